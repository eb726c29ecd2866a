import { Button, Table, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { KevBadge, SeverityBadge } from '../../../components/ui/severity';
import { m } from '../../../lib/messages';
import type { Lead } from '../api/reports';

const t = m.reports;
const first = 15;

/** The vulnerabilities that a report leads to, and where each reaches us. */
export function Leads({ list, total }: { list: Lead[]; total: number }) {
  const [all, setAll] = useState(false);
  if (list.length === 0) return <Title order={2}>{t.leadsNone}</Title>;
  return (
    <section>
      <Title order={2} mb={8}>
        {t.leads(Math.max(total, list.length))}
      </Title>
      <div className="tw-panel tw-scroll">
        <Table className="tw-table" miw={{ base: 0, sm: 620 }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{m.common.columns.vulnerability}</Table.Th>
              <Table.Th>{m.common.columns.severity}</Table.Th>
              <Table.Th>{t.reach}</Table.Th>
              <Table.Th visibleFrom="sm">{m.common.columns.why}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {(all ? list : list.slice(0, first)).map((l) => (
              <Table.Tr key={`${l.vulnerability} ${l.link}`}>
                <Table.Td>
                  {l.known ? (
                    <Link
                      className="tw-link tw-strong tw-wrap"
                      to="/vulnerabilities/$name"
                      params={{ name: l.vulnerability }}
                    >
                      {l.vulnerability}
                    </Link>
                  ) : (
                    <span className="tw-wrap">{l.vulnerability}</span>
                  )}{' '}
                  {l.kev && <KevBadge />}
                </Table.Td>
                <Table.Td>
                  <SeverityBadge severity={l.severity} score={l.score} />
                </Table.Td>
                <Table.Td>
                  <Reach l={l} />
                </Table.Td>
                <Table.Td visibleFrom="sm">{t.links[l.link]}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {list.length > first && (
          <Button variant="subtle" size="compact-sm" m="xs" onClick={() => setAll(!all)}>
            {all ? m.common.fewer : `${m.common.more} (${list.length - first})`}
          </Button>
        )}
      </div>
    </section>
  );
}

function Reach({ l }: { l: Lead }) {
  if (l.findings > 0) {
    return (
      <Link className="tw-link" to="/vulnerabilities/$name" params={{ name: l.vulnerability }}>
        {t.findings(l.findings, l.releases)}
      </Link>
    );
  }
  return (
    <Text size="sm" c="dimmed">
      {l.held ? t.check : l.known ? t.notHeld : t.unknown}
    </Text>
  );
}
