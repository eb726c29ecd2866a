import { Anchor, Badge, Group, Stack, Text } from '@mantine/core';
import { Ago } from '../../components/ui/states';
import type { Schemas } from '../../lib/api/client';
import { messages, reasons } from '../../lib/messages';

/** One source's statement: its range, the comparison in words, and the fix it names. */
export function StatementCard({ s }: { s: Schemas['Statement'] }) {
  return (
    <Stack className="tw-panel" p="sm" gap={4}>
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          {s.url ? (
            <Anchor href={s.url} target="_blank" rel="noreferrer" fw={600} size="sm">
              {s.advisory}
            </Anchor>
          ) : (
            <Text fw={600} size="sm">
              {s.advisory}
            </Text>
          )}
          <Text size="xs" c="dimmed">
            {s.source}
          </Text>
        </Group>
        {s.confidence === 'possible' && (
          <Badge size="sm" radius="sm" variant="light" color="yellow">
            possible
          </Badge>
        )}
        {s.withdrawn && (
          <Badge size="sm" radius="sm" variant="light" color="gray">
            withdrawn
          </Badge>
        )}
      </Group>
      {s.summary && <Text size="sm">{s.summary}</Text>}
      <Text size="sm">{s.evidence.words}</Text>
      <Text size="xs" c="dimmed">
        {s.evidence.ecosystem} {s.evidence.package}: <span className="tw-mono">{s.evidence.range}</span> at{' '}
        <span className="tw-mono">{s.evidence.place}</span>
      </Text>
      <Text size="xs" c="dimmed">
        {s.fixed_version ? `fixed in ${s.fixed_version}` : messages.noFix}
        {s.reason ? `. ${reasons[s.reason] ?? s.reason}` : ''}
        {s.modified && (
          <>
            . Changed <Ago at={s.modified} />
          </>
        )}
      </Text>
    </Stack>
  );
}
