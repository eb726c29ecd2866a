import { Group, Progress, Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Name } from '../../../components/ui/name';
import { Empty, More, notYet } from '../../../components/ui/states';
import { m, reasons } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import { coverageQuery } from '../api/contents';

/** What could not be judged, and why: silence must not look like safety. */
export function UncoveredTab({ releaseId }: { releaseId: number }) {
  const query = useInfiniteQuery(coverageQuery(releaseId));
  const cover = query.data?.pages[0];
  if (!cover) return <div className="tw-panel">{notYet(query)}</div>;
  const items = query.data?.pages.flatMap((p) => p.items) ?? [];
  const share = cover.components > 0 ? (100 * cover.covered) / cover.components : 0;
  return (
    <div className="tw-panel">
      <Stack p="md" gap={8}>
        <Text size="sm">{m.uncovered.share(cover.covered, cover.components)}</Text>
        <Progress value={share} aria-label={m.uncovered.progress} />
        {cover.reasons.map((r) => (
          <Group key={r.reason} gap="xs" wrap="nowrap" align="baseline">
            <Text size="sm" fw={600} miw={34} ta="right">
              {count(r.count)}
            </Text>
            <Text size="sm">{reasons[r.reason] ?? r.words}</Text>
          </Group>
        ))}
      </Stack>
      {items.length === 0 ? (
        <Empty title={m.uncovered.none}>{m.uncovered.noneHelp}</Empty>
      ) : (
        <div className="tw-scroll">
          <Table className="tw-table" miw={{ base: 0, sm: 640 }}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{m.common.columns.component}</Table.Th>
                <Table.Th visibleFrom="sm">{m.common.columns.version}</Table.Th>
                <Table.Th>{m.common.columns.why}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((i) => (
                <Table.Tr key={i.component.id}>
                  <Table.Td maw={380} className="tw-wrap">
                    <Name>{i.component.name}</Name>
                    <Text size="xs" c="dimmed" className="tw-mono" visibleFrom="sm">
                      {i.component.purl}
                    </Text>
                  </Table.Td>
                  <Table.Td visibleFrom="sm" className="tw-wrap">
                    {i.component.version || m.common.none}
                  </Table.Td>
                  <Table.Td maw={420}>{reasons[i.reason] ?? i.words}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <More query={query} />
    </div>
  );
}
