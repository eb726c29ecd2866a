import { Progress, Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Empty, Loading, More, ProblemAlert } from '../../components/ui/states';
import { count, plural } from '../../lib/format';
import { reasons } from '../../lib/messages';
import { coverageQuery } from '../../lib/queries';

/** What could not be judged, and why: silence must not look like safety. */
export function UncoveredTab({ releaseId }: { releaseId: number }) {
  const query = useInfiniteQuery(coverageQuery(releaseId));
  if (query.isError) return <ProblemAlert error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Loading />;
  const cover = query.data.pages[0];
  if (!cover) return null;
  const items = query.data.pages.flatMap((p) => p.items);
  return (
    <Stack gap="md">
      <div className="tw-panel">
        <Stack p="md" gap="xs">
          <Text size="sm">
            <b>{count(cover.covered)}</b> of {plural(cover.components, 'component')} could be compared with
            advisories.
          </Text>
          <Progress
            value={cover.components > 0 ? (100 * cover.covered) / cover.components : 0}
            aria-label="Share of components covered"
          />
          {cover.reasons.map((r) => (
            <Text size="sm" key={r.reason}>
              <b>{count(r.count)}</b> {r.words || reasons[r.reason] || r.reason}
            </Text>
          ))}
        </Stack>
      </div>
      {items.length === 0 ? (
        <Empty title="Everything is covered" />
      ) : (
        <div className="tw-panel tw-scroll">
          <Table miw={620}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Component</Table.Th>
                <Table.Th>Version</Table.Th>
                <Table.Th>Why</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((i) => (
                <Table.Tr key={i.component.id}>
                  <Table.Td>
                    <Text size="sm">{i.component.name}</Text>
                    <Text size="xs" c="dimmed" className="tw-mono">
                      {i.component.purl}
                    </Text>
                  </Table.Td>
                  <Table.Td>{i.component.version || 'none'}</Table.Td>
                  <Table.Td>
                    <Text size="sm">{i.words || reasons[i.reason] || i.reason}</Text>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <More query={query} />
        </div>
      )}
    </Stack>
  );
}
