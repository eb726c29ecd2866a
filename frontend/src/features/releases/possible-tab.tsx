import { Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { SeverityBadge } from '../../components/ui/severity';
import { Empty, Loading, More, ProblemAlert } from '../../components/ui/states';
import { messages, reasons } from '../../lib/messages';
import { flatten, possibleQuery } from '../../lib/queries';

/** Matches that evidence does not confirm, each with the reason. */
export function PossibleTab({ releaseId }: { releaseId: number }) {
  const query = useInfiniteQuery(possibleQuery(releaseId));
  if (query.isError) return <ProblemAlert error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Loading />;
  const items = flatten(query.data);
  if (items.length === 0) return <Empty title="Nothing to check">{messages.toCheckHelp}</Empty>;
  return (
    <div className="tw-panel">
      <Text size="sm" c="dimmed" p="sm">
        {messages.toCheckHelp}
      </Text>
      <div className="tw-scroll">
        <Table miw={760}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Severity</Table.Th>
              <Table.Th>Advisory</Table.Th>
              <Table.Th>Component</Table.Th>
              <Table.Th>Why it is not certain</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((m) => (
              <Table.Tr key={`${m.component.id} ${m.advisory}`}>
                <Table.Td>
                  <SeverityBadge severity={m.severity} score={m.score} />
                </Table.Td>
                <Table.Td>
                  <Text size="sm" fw={600}>
                    {m.vulnerabilities.join(', ') || m.advisory}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {m.advisory}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Text size="sm">{m.component.name}</Text>
                  <Text size="xs" c="dimmed">
                    {m.component.version}
                  </Text>
                </Table.Td>
                <Table.Td maw={460}>
                  <Text size="sm">{reasons[m.reason] ?? m.reason}</Text>
                  <Text size="xs" c="dimmed">
                    {m.evidence.words}
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
