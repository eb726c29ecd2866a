import { Badge, Group, Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { KevBadge, SeverityBar } from '../../../components/ui/severity';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import type { Release } from '../api/releases';

const { columns } = m.releases;

export function ReleaseTable({ releases }: { releases: Release[] }) {
  return (
    <Table className="tw-table" miw={{ base: 0, sm: 680 }}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{m.common.columns.release}</Table.Th>
          <Table.Th>{m.common.columns.open}</Table.Th>
          <Table.Th visibleFrom="sm" className="tw-num">
            {columns.check}
          </Table.Th>
          <Table.Th visibleFrom="sm" className="tw-num">
            {columns.uncovered}
          </Table.Th>
          <Table.Th visibleFrom="sm">{columns.sbom}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {releases.map((r) => (
          <Table.Tr key={r.id}>
            <Table.Td>
              <Group gap="xs">
                <Link
                  className="tw-link tw-strong tw-wrap"
                  to="/releases/$releaseId"
                  params={{ releaseId: r.id }}
                >
                  {r.version}
                </Link>
                {!r.active && <Badge variant="default">{m.releases.inactive}</Badge>}
              </Group>
            </Table.Td>
            <Table.Td>
              {r.current_sbom ? (
                <Group gap={10} style={{ rowGap: 4 }}>
                  <SeverityBar open={r.open} width={110} />
                  {r.open.kev > 0 && <KevBadge n={r.open.kev} />}
                </Group>
              ) : (
                <Text size="sm" c="dimmed" hiddenFrom="sm">
                  {m.common.noneYet}
                </Text>
              )}
            </Table.Td>
            <Table.Td visibleFrom="sm" className="tw-num">
              {count(r.possible_count)}
            </Table.Td>
            <Table.Td visibleFrom="sm" className="tw-num">
              {count(r.not_covered_count)}
            </Table.Td>
            <Table.Td visibleFrom="sm" c="dimmed">
              {r.current_sbom ? <Ago at={r.current_sbom.uploaded_at} /> : m.common.noneYet}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
