import { Anchor, Badge, Group, Stack, Text, Title } from '@mantine/core';
import type { Schemas } from '../../lib/api/client';

/** What each source says: its ranges and vectors. */
export function Advisories({ list }: { list: Schemas['Advisory'][] }) {
  return (
    <section>
      <Title order={2} mb={8}>
        What each source says
      </Title>
      <Stack gap="sm">
        {list.map((a) => (
          <Stack key={`${a.feed} ${a.advisory}`} className="tw-panel" p="sm" gap={4}>
            <Group gap="xs">
              <Anchor href={a.url} target="_blank" rel="noreferrer" fw={600} size="sm">
                {a.advisory}
              </Anchor>
              <Text size="xs" c="dimmed">
                {a.source}
              </Text>
              {a.withdrawn && (
                <Badge size="sm" radius="sm" variant="light" color="gray">
                  withdrawn
                </Badge>
              )}
            </Group>
            {a.summary && <Text size="sm">{a.summary}</Text>}
            {a.affected.slice(0, 20).map((e) => (
              <Text size="sm" key={`${e.ecosystem} ${e.package} ${e.ranges}`}>
                {e.ecosystem} <b>{e.package}</b> <span className="tw-mono">{String(e.ranges)}</span>
                {e.fixed.length > 0 && ` fixed in ${e.fixed.join(', ')}`}
              </Text>
            ))}
            {a.affected.length > 20 && (
              <Text size="xs" c="dimmed">
                and {a.affected.length - 20} more packages
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
