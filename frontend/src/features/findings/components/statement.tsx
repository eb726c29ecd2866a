import { Badge, Group, Stack, Text } from '@mantine/core';
import { Out } from '../../../components/ui/out';
import { Ago } from '../../../components/ui/time';
import type { Schemas } from '../../../lib/api/client';
import { m, reasons } from '../../../lib/messages';

const e = m.evidence;

/** One source's statement: its range, the comparison in words, and the fix it names. */
export function StatementCard({ s }: { s: Schemas['Statement'] }) {
  return (
    <Stack className="tw-panel" p="sm" gap={4}>
      <Group gap="xs">
        <Text size="sm" fw={600} component="span">
          <Out href={s.url}>{s.advisory}</Out>
        </Text>
        <Text size="xs" c="dimmed">
          {s.source}
        </Text>
        {s.confidence === 'possible' && <Badge variant="default">{e.possible}</Badge>}
        {s.withdrawn && <Badge variant="default">{e.withdrawn}</Badge>}
      </Group>
      {s.summary && (
        <Text size="sm" className="tw-wrap">
          {s.summary}
        </Text>
      )}
      <Text size="sm" className="tw-wrap">
        {s.evidence.words}
      </Text>
      {s.reason && <Text size="sm">{reasons[s.reason] ?? s.reason}</Text>}
      <Text size="xs" c="dimmed" className="tw-wrap">
        {s.evidence.ecosystem} {s.evidence.package}{' '}
        <span className="tw-mono">
          {s.evidence.range} {e.at} {s.evidence.place}
        </span>
      </Text>
      <Text size="xs" c="dimmed" component="div">
        {s.fixed_version ? e.fixedIn(s.fixed_version) : m.common.noFix}
        {s.published && (
          <>
            , {e.published} <Ago at={s.published} />
          </>
        )}
        {s.modified && (
          <>
            , {e.changed} <Ago at={s.modified} />
          </>
        )}
      </Text>
    </Stack>
  );
}
