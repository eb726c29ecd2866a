import { Badge, Group, Stack, Text, Title } from '@mantine/core';
import { Out } from '../../../components/ui/out';
import type { Schemas } from '../../../lib/api/client';
import { m } from '../../../lib/messages';

/** What each source says: its packages, ranges and vectors. */
export function Advisories({ list }: { list: Schemas['Advisory'][] }) {
  return (
    <section>
      <Title order={2} mb={8}>
        {m.vulnerability.sources}
      </Title>
      <Stack gap="sm">
        {list.map((a) => (
          <Stack key={`${a.feed} ${a.advisory}`} className="tw-panel" p="md" gap={6}>
            <Group gap="xs">
              <Text size="sm" fw={600} component="span">
                <Out href={a.url}>{a.advisory}</Out>
              </Text>
              <Text size="xs" c="dimmed">
                {a.source}
              </Text>
              {a.withdrawn && <Badge variant="default">{m.evidence.withdrawn}</Badge>}
            </Group>
            {a.summary && <Text size="sm">{a.summary}</Text>}
            {a.affected.slice(0, 20).map((entry) => (
              <Text
                size="sm"
                className="tw-wrap"
                key={`${entry.ecosystem} ${entry.package} ${entry.ranges.join()}`}
              >
                <Text component="span" size="sm" c="dimmed">
                  {entry.ecosystem}
                </Text>{' '}
                <b>{entry.package}</b> <span className="tw-mono">{entry.ranges.join(' | ')}</span>
                {entry.fixed.length > 0 && ` ${m.vulnerability.fixedIn} ${entry.fixed.join(', ')}`}
              </Text>
            ))}
            {a.affected_count > Math.min(20, a.affected.length) && (
              <Text size="xs" c="dimmed">
                {m.vulnerability.more(a.affected_count - Math.min(20, a.affected.length))}
              </Text>
            )}
            {a.vectors.map((v) => (
              <Text size="xs" c="dimmed" key={v.score} className="tw-mono">
                {v.score}
              </Text>
            ))}
          </Stack>
        ))}
      </Stack>
    </section>
  );
}
