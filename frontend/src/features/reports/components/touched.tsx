import { Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Name } from '../../../components/ui/name';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import type { Touched } from '../api/reports';

const t = m.reports;

/** Components of which an SBOM says something that a report names. */
export function TouchedComponents({ list }: { list: Touched[] }) {
  return (
    <div className="tw-panel tw-scroll">
      <Table className="tw-table" miw={{ base: 0, sm: 560 }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{m.common.columns.component}</Table.Th>
            <Table.Th>{t.what}</Table.Th>
            <Table.Th className="tw-num">{t.releases}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((c) => (
            <Table.Tr key={`${c.component.id} ${c.shares} ${c.value ?? ''}`}>
              <Table.Td>
                <Link className="tw-link tw-strong" to="/components" search={{ name: c.component.name }}>
                  <Name>{c.component.name}</Name>
                </Link>{' '}
                {c.component.version}
              </Table.Td>
              <Table.Td>
                {t.shares[c.shares]}
                {c.value && (
                  <Text size="xs" className="tw-mono">
                    {c.value}
                  </Text>
                )}
              </Table.Td>
              <Table.Td className="tw-num">{count(c.releases)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
