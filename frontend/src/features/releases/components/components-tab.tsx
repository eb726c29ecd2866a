import { Table, Text, Tooltip } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Name } from '../../../components/ui/name';
import { SearchField } from '../../../components/ui/search-field';
import { Empty, More, notYet } from '../../../components/ui/states';
import type { Schemas } from '../../../lib/api/client';
import { m, reasons } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import { flatten } from '../../../lib/paging';
import { releaseComponentsQuery } from '../api/contents';

/** Every distinct component of the release's SBOM. */
export function ComponentsTab({
  releaseId,
  q,
  onSearch,
}: {
  releaseId: number;
  q: string | undefined;
  onSearch: (q: string | undefined) => void;
}) {
  const query = useInfiniteQuery(releaseComponentsQuery(releaseId, q));
  const items = flatten(query.data);
  return (
    <div className="tw-panel">
      <SearchField label={m.inventory.search} value={q} onSearch={onSearch} w={260} m="sm" />
      {notYet(query) ??
        (items.length === 0 ? (
          <Empty title={q ? m.inventory.notFound(q) : m.inventory.none} />
        ) : (
          <div className="tw-scroll">
            <Table className="tw-table" miw={{ base: 0, sm: 780 }}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{m.common.columns.component}</Table.Th>
                  <Table.Th>{m.common.columns.version}</Table.Th>
                  <Table.Th visibleFrom="sm">{m.common.columns.ecosystem}</Table.Th>
                  <Table.Th visibleFrom="sm">{m.inventory.licences}</Table.Th>
                  <Table.Th visibleFrom="sm">{m.inventory.depth}</Table.Th>
                  <Table.Th className="tw-num">{m.common.columns.findings}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((c) => (
                  <Row key={c.id} c={c} releaseId={releaseId} />
                ))}
              </Table.Tbody>
            </Table>
          </div>
        ))}
      <More query={query} />
    </div>
  );
}

function Row({ c, releaseId }: { c: Schemas['ReleaseComponent']; releaseId: number }) {
  return (
    <Table.Tr>
      <Table.Td maw={380} className="tw-wrap">
        <Name>{c.name}</Name>
        {c.purl && (
          <Text size="xs" c="dimmed" className="tw-mono" lineClamp={1} visibleFrom="sm">
            {c.purl}
          </Text>
        )}
      </Table.Td>
      <Table.Td className="tw-wrap">{c.version || m.common.none}</Table.Td>
      <Table.Td visibleFrom="sm">
        {c.not_covered ? (
          <Tooltip label={reasons[c.not_covered] ?? c.not_covered}>
            <Text size="sm" c="dimmed" component="span" tabIndex={0}>
              {c.ecosystem || m.inventory.notCovered}
            </Text>
          </Tooltip>
        ) : (
          c.ecosystem
        )}
      </Table.Td>
      <Table.Td visibleFrom="sm" maw={200}>
        <Text size="xs" className="tw-wrap">
          {c.licenses.join(', ')}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {c.depth === 1 ? m.inventory.direct : c.depth ? m.inventory.levels(c.depth) : ''}
      </Table.Td>
      <Table.Td className="tw-num">
        {c.findings > 0 && (
          <Link
            className="tw-link tw-strong"
            to="/releases/$releaseId"
            params={{ releaseId }}
            search={{ q: c.name }}
          >
            {count(c.findings)}
          </Link>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
