import { Button, Code, CopyButton, Group, Modal, SimpleGrid, Stack, Text } from '@mantine/core';
import { useFocusGivenBack } from '../../../lib/focus';
import { f, m } from '../../../lib/messages';

/** Recovery codes, shown once. */
export function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  useFocusGivenBack();
  const text = `${codes.join('\n')}\n`;
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      title={f.codes.recoveryTitle}
      closeButtonProps={{ 'aria-label': m.common.close }}
    >
      <Stack gap="sm">
        <Text size="sm">{f.codes.recoveryHelp}</Text>
        <SimpleGrid cols={1} spacing={4} component="ol" m={0} pl={28} data-recovery>
          {codes.map((code) => (
            <li key={code}>
              <Code fz="sm">{code}</Code>
            </li>
          ))}
        </SimpleGrid>
        <Group justify="flex-end" gap="xs">
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? f.codes.copied : f.codes.copy}
              </Button>
            )}
          </CopyButton>
          <Button
            variant="default"
            component="a"
            href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
            download={f.codes.file}
          >
            {f.codes.download}
          </Button>
          <Button onClick={onClose}>{f.codes.kept}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
