import { Badge, Button, FileButton, Group, Progress, Stack, Text } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useEffect, useState } from 'react';
import { ProblemAlert } from '../../components/ui/states';
import { bytes, plural } from '../../lib/format';
import { messages } from '../../lib/messages';
import { afterUpload, sbomQuery } from '../../lib/queries';
import { previewSbom, uploadSbom } from './api';
import { PreviewPanel } from './preview';

/** Drop a file, see what it would change, then store it and watch it being matched. */
export function UploadBox({ releaseId, compact }: { releaseId: number; compact: boolean }) {
  const [file, setFile] = useState<File>();
  const [over, setOver] = useState(false);
  const client = useQueryClient();
  const preview = useMutation({ mutationFn: (f: File) => previewSbom(releaseId, f) });
  const upload = useMutation({ mutationFn: (f: File) => uploadSbom(releaseId, f) });
  const begin = (f: File | null | undefined) => {
    if (!f) return;
    upload.reset();
    setFile(f);
    preview.mutate(f);
  };
  const drop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    begin(e.dataTransfer.files[0]);
  };
  const reset = () => {
    setFile(undefined);
    preview.reset();
    upload.reset();
  };
  return (
    <section
      className="tw-drop"
      data-over={over}
      aria-label="Upload an SBOM"
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Stack gap="sm" p={compact && !file ? 'sm' : 'lg'}>
        <Group justify={compact || file ? 'space-between' : 'center'} gap="md">
          <Group gap="sm" wrap="nowrap">
            <IconFileUpload size={22} aria-hidden />
            <div>
              <Text size="sm" fw={600}>
                {file ? file.name : compact ? 'Drop a newer SBOM here' : messages.noSbom}
              </Text>
              <Text size="xs" c="dimmed">
                {file ? bytes(file.size) : messages.noSbomHelp}
              </Text>
            </div>
          </Group>
          <FileButton onChange={begin}>
            {(props) => (
              <Button {...props} variant={compact ? 'default' : 'filled'} size="sm">
                Choose a file
              </Button>
            )}
          </FileButton>
        </Group>
        {preview.isPending && <Progress value={100} animated aria-label="Checking the document" />}
        {preview.isError && <ProblemAlert title="This document was refused" error={preview.error} />}
        {preview.data && file && !upload.data && (
          <PreviewPanel
            preview={preview.data}
            busy={upload.isPending}
            onStore={() => upload.mutate(file)}
            onCancel={reset}
          />
        )}
        {upload.isError && <ProblemAlert title="The document was not stored" error={upload.error} />}
        {upload.data?.unchanged && (
          <Text size="sm">This is the document that the release has already. Nothing was changed.</Text>
        )}
        {upload.data && !upload.data.unchanged && (
          <MatchProgress
            sbomId={upload.data.sbom.id ?? 0}
            onDone={() => {
              for (const queryKey of afterUpload) void client.invalidateQueries({ queryKey });
            }}
          />
        )}
      </Stack>
    </section>
  );
}

function MatchProgress({ sbomId, onDone }: { sbomId: number; onDone: () => void }) {
  const sbom = useQuery({
    ...sbomQuery(sbomId),
    staleTime: 0,
    refetchInterval: (q) => (q.state.data && q.state.data.status !== 'stored' ? false : 300),
  });
  const status = sbom.data?.status;
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once, when the status arrives
  useEffect(() => {
    if (status === 'matched') onDone();
  }, [status]);
  if (sbom.isError) return <ProblemAlert error={sbom.error} retry={() => void sbom.refetch()} />;
  if (!sbom.data) return null;
  const { progress_done: done, progress_total: total } = sbom.data;
  if (status === 'failed') return <ProblemAlert error={new Error(sbom.data.status_message)} />;
  if (status === 'matched') {
    return (
      <Group gap="xs">
        <Badge color="teal" variant="light" radius="sm">
          matched
        </Badge>
        <Text size="sm">
          {plural(sbom.data.component_count, 'component')} compared; the findings are up to date.
        </Text>
      </Group>
    );
  }
  return (
    <Stack gap={4} role="status">
      <Progress value={total > 0 ? Math.max(4, (100 * done) / total) : 4} animated aria-label="Matching" />
      <Text size="xs" c="dimmed">
        Matching {done} of {plural(total, 'component')}. You may leave this page.
      </Text>
    </Stack>
  );
}
