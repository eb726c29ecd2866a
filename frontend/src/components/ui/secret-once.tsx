import { Button, CopyButton, Group, TextInput } from '@mantine/core';
import { a } from '../../lib/messages-account';

/** A secret that is shown once, to copy. */
export function SecretOnce({ label, value }: { label: string; value: string }) {
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <TextInput
        label={label}
        value={value}
        readOnly
        style={{ flex: 1 }}
        onFocus={(e) => e.currentTarget.select()}
      />
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy}>
            {copied ? a.tokens.copied : a.tokens.copy}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
