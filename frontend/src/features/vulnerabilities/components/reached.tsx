import { Table, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Name } from '../../../components/ui/name';
import { m } from '../../../lib/messages';
import type { Vulnerability } from '../api/vulnerability';

/** Where a vulnerability sits in the portfolio. */
export function Reached({ v }: { v: Vulnerability }) {
  const list = v.affected_releases;
  if (list.length === 0) return <Title order={2}>{m.vulnerability.reachesNone}</Title>;
  return (
    <section>
      <Title order={2} mb={8}>
        {m.vulnerability.reaches(list.length)}
      </Title>
      <div className="tw-panel tw-scroll">
        <Table className="tw-table" miw={{ base: 0, sm: 560 }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{m.common.columns.release}</Table.Th>
              <Table.Th>{m.common.columns.component}</Table.Th>
              <Table.Th>{m.common.columns.upgrade}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.map((r) => (
              <Table.Tr key={r.finding_id}>
                <Table.Td>
                  <Link
                    className="tw-link tw-strong tw-wrap"
                    to="/releases/$releaseId"
                    params={{ releaseId: r.release_id }}
                    search={{ finding: r.finding_id }}
                  >
                    {r.product_name} {r.version}
                  </Link>
                </Table.Td>
                <Table.Td className="tw-wrap">
                  <Name>{r.component.name}</Name> {r.component.version}
                </Table.Td>
                <Table.Td className="tw-wrap">{r.fixed_version ?? m.common.noFix}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}
