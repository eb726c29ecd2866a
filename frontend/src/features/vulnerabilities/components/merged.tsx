import { Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Schemas } from '../../../lib/api/client';
import { m } from '../../../lib/messages';
import { day } from '../../../lib/times';
import type { Vulnerability } from '../api/vulnerability';

const t = m.vulnerability;
const mostFixes = 12;

interface Row {
  key: string;
  field: string;
  value: ReactNode;
  by: Schemas['By'][];
}

/** The sources once each, with the records in which they say it. */
function sources(by: Schemas['By'][]): string {
  return [...new Set(by.map((b) => (b.advisory ? `${b.source} (${b.advisory})` : b.source)))].join(', ');
}

function rowsOf({ merged: g, status }: Vulnerability): Row[] {
  const rows: Row[] = [];
  const add = (field: string, value: ReactNode, by: Schemas['By'][], key = field) =>
    rows.push({ key, field, value, by });
  for (const s of status) add(t.status, s.words || s.status, [s.by], `${s.status} ${s.by.source}`);
  if (g.summary) add(t.summary, g.summary.value, [g.summary.by]);
  if (g.severity) {
    const words: Record<string, string> = m.common.severities;
    add(t.severity, words[g.severity.value] ?? g.severity.value, [g.severity.by]);
  }
  for (const c of g.cvss) {
    for (const s of c.statements) {
      const value = (
        <>
          <b>{s.score.toFixed(1)}</b> <span className="tw-mono">{s.vector}</span>
        </>
      );
      add(
        `CVSS ${c.version}`,
        value,
        [s.by],
        `${c.version} ${s.vector} ${s.by.source} ${s.by.advisory ?? ''}`,
      );
    }
  }
  for (const c of g.cwes) add(t.weakness, c.value, c.by, c.value);
  for (const x of g.fixes.slice(0, mostFixes)) {
    add(t.fix, `${x.ecosystem} ${x.package} ${x.version}`, x.by, `${x.ecosystem} ${x.package} ${x.version}`);
  }
  if (g.published) add(t.published, day(g.published.value), [g.published.by]);
  if (g.modified) add(t.changed, day(g.modified.value), [g.modified.by]);
  return rows;
}

/** What all sources together say, field by field, each with who says it. */
export function MergedFields({ v }: { v: Vulnerability }) {
  const rows = rowsOf(v);
  if (rows.length === 0) return null;
  const more = v.merged.fixes.length - mostFixes;
  return (
    <section>
      <Title order={2} mb={8}>
        {t.merged}
      </Title>
      <div className="tw-panel tw-scroll">
        <Table className="tw-table" miw={{ base: 0, sm: 560 }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.field}</Table.Th>
              <Table.Th>{t.value}</Table.Th>
              <Table.Th>{t.by}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((r) => (
              <Table.Tr key={r.key}>
                <Table.Td>{r.field}</Table.Td>
                <Table.Td maw={560} className="tw-wrap">
                  {r.value}
                </Table.Td>
                <Table.Td maw={300} className="tw-wrap">
                  {sources(r.by)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {more > 0 && (
          <Text size="xs" c="dimmed" p="sm">
            {t.moreFixes(more)}
          </Text>
        )}
      </div>
    </section>
  );
}
