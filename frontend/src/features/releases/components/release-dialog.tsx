import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { useFocusGivenBack } from '../../../lib/focus';
import { m } from '../../../lib/messages';
import { byField } from '../../../lib/problem';
import { type Release, useCreateRelease } from '../api/releases';

export function ReleaseDialog({
  productId,
  onClose,
  onMade,
}: {
  productId: number;
  onClose: () => void;
  onMade: (r: Release) => void;
}) {
  useFocusGivenBack();
  const [version, setVersion] = useState('');
  const create = useCreateRelease(productId);
  const fault = byField(create.error, ['version'] as const);
  return (
    <Modal
      opened
      onClose={onClose}
      title={m.releases.create}
      closeButtonProps={{ 'aria-label': m.common.close }}
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          create.mutate(version.trim(), { onSuccess: onMade });
        }}
      >
        <Stack gap="sm">
          {fault.rest && <ProblemAlert error={create.error} />}
          <TextInput
            label={m.releases.version}
            placeholder={m.releases.versionHelp}
            required
            data-autofocus
            value={version}
            onChange={(e) => setVersion(e.currentTarget.value)}
            error={fault.of.version}
          />
          <Group justify="flex-end" mt="xs">
            <Button variant="default" onClick={onClose}>
              {m.common.cancel}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {m.common.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
