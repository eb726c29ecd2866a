import { Badge, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Figure } from '../../../components/ui/page';
import { m } from '../../../lib/messages';
import { day } from '../../../lib/times';
import type { Report } from '../api/reports';

const t = m.reports;

/** Who attacks with what; names lead to the other reports that bear them. */
export function ReportFacts({ r }: { r: Report }) {
  return (
    <Stack className="tw-panel" p="md" gap="md">
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md" verticalSpacing="sm">
        <Figure label={t.adversary}>
          {r.adversary ? (
            <Link
              className="tw-link tw-wrap"
              to="/intel/reports"
              search={{ adversary: r.adversary, touches: 'all' }}
            >
              {r.adversary}
            </Link>
          ) : (
            t.nobody
          )}
        </Figure>
        {r.created_at && <Figure label={t.created}>{day(r.created_at)}</Figure>}
        <Figure label={t.came}>{day(r.first_seen)}</Figure>
        <Figure label={m.indicators.title}>{m.indicators.of(r.indicators)}</Figure>
      </SimpleGrid>
      <Words label={t.malware} words={r.malware_families} />
      {r.techniques.length > 0 && (
        <Line label={t.techniques}>
          {r.techniques.map((id) => (
            <Link
              key={id}
              className="tw-link tw-flat"
              to="/intel/reports"
              search={{ technique: id, touches: 'all' }}
            >
              {id}
            </Link>
          ))}
        </Line>
      )}
      <Words label={t.industries} words={r.industries} />
      <Words label={t.countries} words={r.countries} />
      <Words label={t.tags} words={r.tags} />
    </Stack>
  );
}

function Words({ label, words }: { label: string; words: string[] }) {
  if (words.length === 0) return null;
  return (
    <Line label={label}>
      {words.slice(0, 30).map((w) => (
        <Badge key={w} variant="default" style={{ height: 'auto', whiteSpace: 'normal' }}>
          {w}
        </Badge>
      ))}
      {words.length > 30 && (
        <Text size="xs" c="dimmed">
          {m.problem.more(words.length - 30)}
        </Text>
      )}
    </Line>
  );
}

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed" mb={3}>
        {label}
      </Text>
      <Group gap={8} fz="sm">
        {children}
      </Group>
    </div>
  );
}
