import { Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Name } from '../../../components/ui/name';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import type { Hit } from '../api/search';

export function HitTable({ hits }: { hits: Hit[] }) {
  return (
    <Table className="tw-table" miw={{ base: 0, sm: 620 }}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{m.common.columns.component}</Table.Th>
          <Table.Th>{m.common.columns.version}</Table.Th>
          <Table.Th>{m.components.releases}</Table.Th>
          <Table.Th className="tw-num">{m.common.columns.findings}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {hits.map((h) => (
          <Table.Tr key={h.component.id}>
            <Table.Td maw={380} className="tw-wrap">
              <Text size="sm" fw={600} component="span">
                <Name>{h.component.name}</Name>
              </Text>
              <Text size="xs" c="dimmed">
                {h.component.ecosystem}
              </Text>
            </Table.Td>
            <Table.Td className="tw-wrap">{h.component.version}</Table.Td>
            <Table.Td>
              {h.releases.map((r) => (
                <div key={r.release_id}>
                  <Link
                    className="tw-link tw-wrap"
                    to="/releases/$releaseId"
                    params={{ releaseId: r.release_id }}
                    search={{ q: h.component.name }}
                  >
                    {r.product_name} {r.version}
                  </Link>
                </div>
              ))}
            </Table.Td>
            <Table.Td className="tw-num">{h.findings > 0 && <b>{count(h.findings)}</b>}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
