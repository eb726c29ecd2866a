import { Group, Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { KevBadge, SeverityBadge, SeverityBar } from '../../../components/ui/severity';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import { worst } from '../../../lib/severity';
import type { Product } from '../api/products';

const { columns } = m.products;

export function ProductTable({ products }: { products: Product[] }) {
  return (
    <Table className="tw-table" miw={{ base: 0, sm: 760 }}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{columns.product}</Table.Th>
          <Table.Th visibleFrom="sm">{columns.newest}</Table.Th>
          <Table.Th visibleFrom="sm">{columns.worst}</Table.Th>
          <Table.Th>{m.common.columns.open}</Table.Th>
          <Table.Th visibleFrom="sm" className="tw-num">
            {columns.components}
          </Table.Th>
          <Table.Th visibleFrom="sm">{columns.sbom}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {products.map((p) => (
          <Table.Tr key={p.id}>
            <Table.Td maw={360}>
              <Link
                className="tw-link tw-strong tw-wrap"
                to="/products/$productId"
                params={{ productId: p.id }}
              >
                {p.name}
              </Link>
              <Text size="xs" c="dimmed" lineClamp={1}>
                {p.description || m.products.releases(p.release_count)}
              </Text>
            </Table.Td>
            <Newest release={p.latest_release} />
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Newest({ release }: { release: Product['latest_release'] }) {
  if (!release) {
    return (
      <>
        <Table.Td visibleFrom="sm" c="dimmed" colSpan={5}>
          {m.products.noRelease}
        </Table.Td>
        <Table.Td hiddenFrom="sm" c="dimmed">
          {m.products.noRelease}
        </Table.Td>
      </>
    );
  }
  const bad = worst(release.open);
  return (
    <>
      <Table.Td visibleFrom="sm">
        <Link className="tw-link tw-wrap" to="/releases/$releaseId" params={{ releaseId: release.id }}>
          {release.version}
        </Link>
      </Table.Td>
      <Table.Td visibleFrom="sm">{bad && <SeverityBadge severity={bad} />}</Table.Td>
      <Table.Td>
        <Group gap={10} style={{ rowGap: 4 }}>
          <SeverityBar open={release.open} width={110} />
          {release.open.kev > 0 && <KevBadge n={release.open.kev} />}
        </Group>
      </Table.Td>
      <Table.Td visibleFrom="sm" className="tw-num">
        {count(release.component_count)}
      </Table.Td>
      <Table.Td visibleFrom="sm" c="dimmed">
        {release.last_upload_at ? <Ago at={release.last_upload_at} /> : m.common.noneYet}
      </Table.Td>
    </>
  );
}
