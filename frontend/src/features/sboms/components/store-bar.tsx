import { Button, Group, Progress, Text } from '@mantine/core';
import { ProblemAlert } from '../../../components/ui/problem';
import { m } from '../../../lib/messages';
import type { Upload } from './use-upload';

/** The last word on a checked file, and how far its sending is. */
export function StoreBar({ upload: u }: { upload: Upload }) {
  const { upload } = u;
  if (upload.data?.unchanged) return <Text size="sm">{m.sboms.unchanged}</Text>;
  if (!u.preview.data || upload.data) return null;
  const share = Math.round(100 * u.sent);
  return (
    <>
      {upload.isError && <ProblemAlert title={m.sboms.notStored} error={upload.error} retry={u.store} />}
      {upload.isPending && (
        <div role="status">
          <Progress value={share} aria-label={m.sboms.sending(share)} />
          <Text size="xs" c="dimmed" mt={4}>
            {m.sboms.sending(share)}
          </Text>
        </div>
      )}
      <Group gap="sm">
        <Button onClick={u.store} loading={upload.isPending}>
          {m.sboms.store}
        </Button>
        {!upload.isPending && (
          <Button variant="default" onClick={u.reset}>
            {m.common.cancel}
          </Button>
        )}
      </Group>
    </>
  );
}
