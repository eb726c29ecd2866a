import { Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { SeverityBadge } from '../../components/ui/severity';
import { Empty, Loading, ProblemAlert } from '../../components/ui/states';
import { plural } from '../../lib/format';
import { messages } from '../../lib/messages';
import { upgradesQuery } from '../../lib/queries';

/** What to upgrade, the worst first: one line a component. */
export function UpgradesTab({ releaseId }: { releaseId: number }) {
  const query = useQuery(upgradesQuery(releaseId));
  if (query.isError) return <ProblemAlert error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Loading />;
  const items = query.data.items;
  if (items.length === 0) return <Empty title="Nothing to upgrade">{messages.noFindingsHelp}</Empty>;
  return (
    <div className="tw-panel tw-scroll">
      <Table miw={640}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Worst</Table.Th>
            <Table.Th>Component</Table.Th>
            <Table.Th>Upgrade to</Table.Th>
            <Table.Th>Ends</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((u) => (
            <Table.Tr key={u.component.id}>
              <Table.Td>
                <SeverityBadge severity={u.worst} />
              </Table.Td>
              <Table.Td>
                <Text size="sm" fw={600}>
                  {u.component.name}
                </Text>
                <Text size="xs" c="dimmed">
                  {u.component.version}
                </Text>
              </Table.Td>
              <Table.Td>
                {u.upgrade ? (
                  <Text size="sm" fw={600} className="tw-mono">
                    {u.upgrade}
                  </Text>
                ) : (
                  <Text size="sm" c="dimmed">
                    no version is known that ends all
                  </Text>
                )}
                {u.partial
                  .filter((p) => p.version !== u.upgrade)
                  .map((p) => (
                    <Text size="xs" c="dimmed" key={p.version}>
                      <span className="tw-mono">{p.version}</span> ends {p.ends}
                    </Text>
                  ))}
              </Table.Td>
              <Table.Td>
                <Text size="sm">{plural(u.findings, 'finding')}</Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
