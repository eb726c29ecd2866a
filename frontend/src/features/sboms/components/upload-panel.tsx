import { CloseButton, Group, Progress, Stack, Text } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { ProblemAlert } from '../../../components/ui/problem';
import { Empty } from '../../../components/ui/states';
import { m } from '../../../lib/messages';
import { bytes } from '../../../lib/numbers';
import { ChooseFile } from './choose-file';
import { PreviewFigures } from './preview';
import { StoreBar } from './store-bar';
import type { Upload } from './use-upload';

/** The file on its way: what it holds, what it would change, what is wrong with it. Nothing where there is none. */
export function UploadPanel({ upload: u, first, may }: { upload: Upload; first: boolean; may: boolean }) {
  if (!u.file) {
    if (!first) return null;
    if (!may) {
      return (
        <div className="tw-panel">
          <Empty title={m.sboms.firstRead} icon={<IconFileUpload size={38} />}>
            {m.sboms.firstReadHelp}
          </Empty>
        </div>
      );
    }
    return (
      <div className="tw-drop">
        <Empty title={m.sboms.first} icon={<IconFileUpload size={38} />}>
          <p>{m.sboms.firstHelp}</p>
          <ChooseFile onFile={u.begin}>{m.sboms.chooseFirst}</ChooseFile>
        </Empty>
      </div>
    );
  }
  return (
    <Stack className="tw-panel" p="md" gap="md">
      <Group justify="space-between" wrap="nowrap">
        <Group gap="sm" wrap="nowrap">
          <IconFileUpload size={20} aria-hidden style={{ flex: 'none' }} />
          <Text size="sm" fw={600} className="tw-wrap">
            {u.file.name}{' '}
            <Text component="span" size="sm" c="dimmed" fw={400}>
              {bytes(u.file.size)}
            </Text>
          </Text>
        </Group>
        {!u.upload.isPending && <CloseButton aria-label={m.common.close} onClick={u.reset} />}
      </Group>
      {u.preview.isPending && (
        <div role="status">
          <Progress value={100} animated aria-label={m.sboms.checking} />
          <Text size="xs" c="dimmed" mt={4}>
            {m.sboms.checking}
          </Text>
        </div>
      )}
      {u.preview.isError && (
        <ProblemAlert title={m.sboms.refused} error={u.preview.error}>
          <ChooseFile size="xs" variant="default" onFile={u.begin}>
            {m.sboms.another}
          </ChooseFile>
          <Text size="xs">{m.sboms.refusedHelp}</Text>
        </ProblemAlert>
      )}
      {u.preview.data && !u.upload.data && <PreviewFigures preview={u.preview.data} />}
      <StoreBar upload={u} />
    </Stack>
  );
}
