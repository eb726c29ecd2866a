import { Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Name } from '../../../components/ui/name';
import { SeverityBadge } from '../../../components/ui/severity';
import { Empty, notYet } from '../../../components/ui/states';
import type { Schemas } from '../../../lib/api/client';
import { m } from '../../../lib/messages';
import { upgradesQuery } from '../api/contents';

/** What to upgrade, the worst first: one line a component, the version that ends all its findings, and lesser steps. */
export function UpgradesTab({ releaseId }: { releaseId: number }) {
  const query = useQuery(upgradesQuery(releaseId));
  const items = query.data?.items ?? [];
  return (
    <div className="tw-panel tw-scroll">
      {notYet(query) ??
        (items.length === 0 ? (
          <Empty title={m.upgrades.none}>{m.upgrades.noneHelp}</Empty>
        ) : (
          <Table className="tw-table" miw={{ base: 0, sm: 640 }}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{m.upgrades.worst}</Table.Th>
                <Table.Th>{m.common.columns.component}</Table.Th>
                <Table.Th>{m.common.columns.upgrade}</Table.Th>
                <Table.Th visibleFrom="sm">{m.upgrades.ends}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((u) => (
                <Row key={u.component.id} u={u} releaseId={releaseId} />
              ))}
            </Table.Tbody>
          </Table>
        ))}
    </div>
  );
}

function Row({ u, releaseId }: { u: Schemas['Upgrade']; releaseId: number }) {
  const steps = u.partial.filter((p) => p.version !== u.upgrade && p.ends < u.findings);
  return (
    <Table.Tr>
      <Table.Td>
        <SeverityBadge severity={u.worst} />
      </Table.Td>
      <Table.Td maw={320} className="tw-wrap">
        <Link
          className="tw-link tw-strong"
          to="/releases/$releaseId"
          params={{ releaseId }}
          search={{ q: u.component.name }}
        >
          <Name>{u.component.name}</Name>
        </Link>
        <Text size="xs" c="dimmed">
          {u.component.version}
        </Text>
      </Table.Td>
      <Table.Td>
        {u.upgrade ? (
          <Text size="sm" fw={600} className="tw-wrap">
            {u.upgrade}
          </Text>
        ) : (
          <Text size="sm" c="dimmed">
            {m.upgrades.no}
          </Text>
        )}
        {steps.slice(-3).map((p) => (
          <Text size="xs" c="dimmed" key={p.version}>
            {p.version} {m.upgrades.some(p.ends, u.findings)}
          </Text>
        ))}
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {u.upgrade ? m.upgrades.all(u.findings) : m.upgrades.open(u.findings)}
      </Table.Td>
    </Table.Tr>
  );
}
