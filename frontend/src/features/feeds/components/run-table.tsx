import { Table, Text, Title, VisuallyHidden } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Empty, More, notYet } from '../../../components/ui/states';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import { flatten } from '../../../lib/paging';
import { type Run, runsQuery } from '../api/feeds';

const t = m.runs;

/** How long a run took, or has taken by its last word. */
export function took(r: Run): string {
  const end = new Date(r.finished_at ?? r.updated_at).getTime();
  return t.seconds((end - new Date(r.started_at).getTime()) / 1000);
}

const tone: Record<Run['outcome'], string> = {
  running: 'var(--tw-low)',
  done: 'var(--tw-good)',
  failed: 'var(--mantine-color-error)',
  asks: 'var(--tw-high)',
  cut: 'var(--tw-unknown)',
};

export function Outcome({ run: r }: { run: Run }) {
  return (
    <Text component="span" size="sm" fw={600} c={tone[r.outcome]}>
      {t.outcomes[r.outcome]}
    </Text>
  );
}

/** A feed's runs, newest first. */
export function RunTable({ feed }: { feed: string }) {
  const query = useInfiniteQuery(runsQuery(feed));
  const runs = flatten(query.data);
  return (
    <section>
      <Title order={2} mb={8}>
        {t.title}
      </Title>
      <div className="tw-panel">
        {notYet(query) ??
          (runs.length === 0 ? (
            <Empty title={t.none}>{t.noneHelp}</Empty>
          ) : (
            <div className="tw-scroll">
              <Table className="tw-table" miw={{ base: 0, sm: 720 }}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t.columns.started}</Table.Th>
                    <Table.Th>{t.columns.outcome}</Table.Th>
                    <Table.Th className="tw-num">{t.columns.seen}</Table.Th>
                    <Table.Th className="tw-num" visibleFrom="sm">
                      {t.columns.added}
                    </Table.Th>
                    <Table.Th className="tw-num" visibleFrom="sm">
                      {t.columns.changed}
                    </Table.Th>
                    <Table.Th className="tw-num">{t.columns.refused}</Table.Th>
                    <Table.Th visibleFrom="sm">{t.columns.took}</Table.Th>
                    <Table.Th visibleFrom="sm">{t.columns.why}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {runs.map((r) => (
                    <Row key={r.run_id} feed={feed} run={r} />
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          ))}
        <More query={query} />
      </div>
    </section>
  );
}

function Row({ feed, run: r }: { feed: string; run: Run }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Link
          className="tw-link tw-strong"
          to="/intel/feeds/$feed"
          params={{ feed }}
          search={{ run: r.run_id }}
          resetScroll={false}
        >
          <VisuallyHidden>{t.open(r.run_id)}: </VisuallyHidden>
          <Ago at={r.started_at} />
        </Link>
      </Table.Td>
      <Table.Td>
        <Outcome run={r} />
      </Table.Td>
      <Table.Td className="tw-num">{count(r.seen)}</Table.Td>
      <Table.Td className="tw-num" visibleFrom="sm">
        {count(r.added)}
      </Table.Td>
      <Table.Td className="tw-num" visibleFrom="sm">
        {count(r.changed)}
      </Table.Td>
      <Table.Td className="tw-num">{count(r.refused)}</Table.Td>
      <Table.Td className="tw-flat" visibleFrom="sm">
        {took(r)}
      </Table.Td>
      <Table.Td maw={380} visibleFrom="sm">
        <Text size="xs" lineClamp={2} className="tw-wrap">
          {r.error || t.triggers[r.trigger] || r.trigger}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
