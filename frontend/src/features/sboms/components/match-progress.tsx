import { Group, Progress, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { changedByRelease } from '../../../lib/keys';
import { m } from '../../../lib/messages';
import { sbomProgressQuery } from '../api/sboms';

/** How far the matching of a stored SBOM is; when it is done, everything that it changed is asked for again. */
export function MatchProgress({ sbomId }: { sbomId: number }) {
  const client = useQueryClient();
  const query = useQuery(sbomProgressQuery(sbomId));
  const status = query.data?.status;
  useEffect(() => {
    if (!status || status === 'stored') return;
    for (const key of changedByRelease) void client.invalidateQueries({ queryKey: [key] });
  }, [status, client]);
  if (query.isError) return <ProblemAlert error={query.error} retry={() => query.refetch()} />;
  if (!query.data) return null;
  const { progress_done: done, progress_total: total } = query.data;
  if (status === 'failed') {
    return <ProblemAlert title={m.sboms.failed} error={new Error(query.data.status_message)} />;
  }
  if (status === 'matched') {
    return (
      <Group gap="xs" role="status" wrap="nowrap">
        <IconCircleCheck size={18} color="var(--tw-fill-good)" aria-hidden style={{ flex: 'none' }} />
        <Text size="sm">{m.sboms.matched(query.data.component_count)}</Text>
      </Group>
    );
  }
  return (
    <div role="status">
      <Progress
        value={total > 0 ? Math.max(3, (100 * done) / total) : 3}
        animated
        aria-label={m.sboms.matchingBar}
      />
      <Text size="xs" c="dimmed" mt={4}>
        {total > 0 ? m.sboms.matching(done, total) : m.sboms.waiting} {m.sboms.leave}
      </Text>
    </div>
  );
}
