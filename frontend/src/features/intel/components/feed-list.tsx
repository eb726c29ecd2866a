import { Divider, Group, Text } from '@mantine/core';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import type { Intel } from '../api/intel';

/** When each feed was last read, and what went wrong with it. */
export function FeedList({ feeds }: { feeds: Intel['feeds'] }) {
  if (feeds.length === 0) return null;
  return (
    <div>
      <Divider mb="xs" label={m.intel.feeds} labelPosition="left" />
      {feeds.map(({ feed, last_run: run }) => (
        <div key={feed}>
          <Group justify="space-between" gap="xs">
            <Text size="sm" tt="uppercase" fz="xs" fw={600}>
              {feed}
            </Text>
            <Text size="xs" c={run?.error ? 'var(--mantine-color-error)' : 'dimmed'}>
              {!run ? (
                m.intel.never
              ) : run.error ? (
                m.intel.failed
              ) : run.finished_at ? (
                <Ago at={run.finished_at} />
              ) : (
                m.intel.running
              )}
            </Text>
          </Group>
          {run?.error && (
            <Text size="xs" className="tw-wrap">
              {run.error}
            </Text>
          )}
        </div>
      ))}
    </div>
  );
}
