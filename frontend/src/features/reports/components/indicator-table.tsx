import { Badge, Group, Select, Table, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Empty, More, notYet } from '../../../components/ui/states';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import { flatten } from '../../../lib/paging';
import { indicatorsQuery, type Report } from '../api/reports';

const t = m.indicators;

/** A report's indicators, page by page, by type where one is chosen. */
export function IndicatorTable({
  r,
  type,
  setType,
}: {
  r: Report;
  type: string | undefined;
  setType: (type: string | undefined) => void;
}) {
  const query = useInfiniteQuery({ ...indicatorsQuery(r.id, type), enabled: r.full });
  const list = flatten(query.data);
  const types = Object.entries(r.indicator_types).sort((a, b) => b[1] - a[1]);
  return (
    <section>
      <Group justify="space-between" mb={8} align="flex-end">
        <Title order={2}>{t.of(r.indicators)}</Title>
        {types.length > 1 && r.full && (
          <Select
            aria-label={t.type}
            size="xs"
            w={220}
            placeholder={t.allTypes}
            clearable
            data={types.map(([value, n]) => ({ value, label: `${value} (${count(n)})` }))}
            value={type ?? null}
            onChange={(v) => setType(v ?? undefined)}
          />
        )}
      </Group>
      <div className="tw-panel">
        {!r.full ? (
          <Empty title={t.none}>{m.reports.headerHelp}</Empty>
        ) : (
          (notYet(query) ??
          (list.length === 0 ? (
            <Empty title={t.none} />
          ) : (
            <div className="tw-scroll">
              <Table className="tw-table" miw={{ base: 0, sm: 620 }}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t.type}</Table.Th>
                    <Table.Th>{t.value}</Table.Th>
                    <Table.Th visibleFrom="sm">{t.role}</Table.Th>
                    <Table.Th visibleFrom="sm">{t.state}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {list.map((i) => (
                    <Table.Tr key={`${i.type} ${i.value}`}>
                      <Table.Td className="tw-flat">{i.type}</Table.Td>
                      <Table.Td>
                        <Link className="tw-link tw-mono" to="/intel/indicators" search={{ value: i.value }}>
                          {i.value}
                        </Link>{' '}
                        {i.ours && (
                          <Badge color="var(--tw-critical)" variant="outline">
                            {t.ours}
                          </Badge>
                        )}
                      </Table.Td>
                      <Table.Td visibleFrom="sm">{i.role}</Table.Td>
                      <Table.Td visibleFrom="sm">{i.active ? t.active : t.ended}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )))
        )}
        <More query={query} />
      </div>
    </section>
  );
}
