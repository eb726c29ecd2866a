import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useFocusGivenBack } from '../../lib/focus';
import { m } from '../../lib/messages';
import { ProblemAlert } from './problem';

/** Asks before something is gone for good. */
export function Confirm({
  title,
  help,
  action,
  error,
  busy,
  onConfirm,
  onClose,
}: {
  title: string;
  help: string;
  action: string;
  error: unknown;
  busy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}) {
  useFocusGivenBack();
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': m.common.close }}>
      <Stack gap="md">
        <Text size="sm">{help}</Text>
        {error ? <ProblemAlert error={error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {m.common.cancel}
          </Button>
          <Button color="red.9" onClick={onConfirm} loading={busy}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
