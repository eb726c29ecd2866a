import { Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Name } from '../../../components/ui/name';
import { SeverityBadge } from '../../../components/ui/severity';
import { Empty, More, notYet } from '../../../components/ui/states';
import { m, reasons } from '../../../lib/messages';
import { flatten } from '../../../lib/paging';
import { possibleQuery } from '../api/contents';

/** Matches that the evidence does not confirm, each with the reason. */
export function PossibleTab({ releaseId }: { releaseId: number }) {
  const query = useInfiniteQuery(possibleQuery(releaseId));
  const items = flatten(query.data);
  const waiting = notYet(query);
  if (waiting) return <div className="tw-panel">{waiting}</div>;
  if (items.length === 0) {
    return (
      <div className="tw-panel">
        <Empty title={m.check.none}>{m.check.noneHelp}</Empty>
      </div>
    );
  }
  return (
    <div className="tw-panel">
      <Text size="sm" c="dimmed" px="md" py="sm">
        {m.check.help}
      </Text>
      <div className="tw-scroll">
        <Table className="tw-table" miw={780}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{m.common.columns.severity}</Table.Th>
              <Table.Th>{m.check.advisory}</Table.Th>
              <Table.Th>{m.common.columns.component}</Table.Th>
              <Table.Th>{m.check.why}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((p) => (
              <Table.Tr key={`${p.component.id} ${p.advisory}`}>
                <Table.Td>
                  <SeverityBadge severity={p.severity} score={p.score} />
                </Table.Td>
                <Table.Td>
                  {(p.vulnerabilities.length > 0 ? p.vulnerabilities : [p.advisory]).slice(0, 4).map((v) => (
                    <div key={v}>
                      <Link className="tw-link tw-strong" to="/vulnerabilities/$name" params={{ name: v }}>
                        {v}
                      </Link>
                    </div>
                  ))}
                  <Text size="xs" c="dimmed">
                    {p.source} {p.advisory}
                  </Text>
                </Table.Td>
                <Table.Td maw={260} className="tw-wrap">
                  <Name>{p.component.name}</Name>
                  <Text size="xs" c="dimmed">
                    {p.component.version}
                  </Text>
                </Table.Td>
                <Table.Td maw={460}>
                  {reasons[p.reason] ?? p.reason}
                  <Text size="xs" c="dimmed" className="tw-wrap">
                    {p.evidence.words}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <More query={query} />
    </div>
  );
}
