import { Box, Group, Text } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { lazy, Suspense, useEffect, useMemo, useRef } from 'react';
import { Empty, More, notYet } from '../../../components/ui/states';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import { flatten } from '../../../lib/paging';
import { findingsQuery, findingsSummaryQuery } from '../api/findings';
import { type FindingsView, isFiltered } from '../search';
import { ColumnMenu } from './column-menu';
import { FindingFilters } from './filters';
import { FindingTable } from './finding-table';
import { NewsBar } from './news-bar';
import { useFindingTable } from './use-finding-table';
import { useNews } from './use-news';
import { useRowKeys } from './use-row-keys';

const EvidenceDrawer = lazy(() => import('./evidence-drawer').then((x) => ({ default: x.EvidenceDrawer })));

/** The app's and the table's heads stay over the rows; what is scrolled to must come to rest below them. */
const heads = 96;

/** Findings of a release, or of everything: filters, table, and the evidence of one. The URL holds the view. */
export function FindingList({
  releaseId,
  view,
  change,
  ecosystems,
}: {
  releaseId?: number;
  view: FindingsView;
  /** Changes a part of the view; `push` leaves the old one in the browser's history. */
  change: (part: FindingsView, push?: boolean) => void;
  ecosystems: string[];
}) {
  const { finding, sort, ...filter } = view;
  const { severity: _, ...unsevered } = filter;
  const scope = useMemo(() => (releaseId ? { release_id: releaseId } : {}), [releaseId]);
  const query = useInfiniteQuery({ ...findingsQuery(scope, view), placeholderData: keepPreviousData });
  const summary = useQuery({ ...findingsSummaryQuery(scope, filter), placeholderData: keepPreviousData });
  const facets = useQuery({ ...findingsSummaryQuery(scope, unsevered), placeholderData: keepPreviousData });
  const findings = useMemo(() => flatten(query.data), [query.data]);
  const table = useFindingTable(findings, !releaseId);
  const body = useRef<HTMLDivElement>(null);
  const rows = useWindowVirtualizer<HTMLTableRowElement>({
    count: findings.length,
    estimateSize: () => 58,
    overscan: 12,
    scrollMargin: body.current?.offsetTop ?? 0,
    scrollPaddingStart: heads,
    getItemKey: (i) => findings[i]?.id ?? i,
  });
  const last = rows.getVirtualItems().at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query;
  useEffect(() => {
    if (last < findings.length - 25 || !hasNextPage || isFetchingNextPage || isFetchNextPageError) return;
    void fetchNextPage();
  }, [last, findings.length, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  const { step, giveFocus } = useRowKeys({
    findings,
    open: finding,
    show: (id) => change({ finding: id }),
    reveal: (i) => rows.scrollToIndex(i, { align: 'auto' }),
  });
  const at = findings.findIndex((f) => f.id === finding);
  const total = summary.data?.open;
  const news = useNews(JSON.stringify([scope, filter, sort]), total?.total, {
    list: query.isFetching && !isFetchingNextPage,
    total: summary.isFetching,
  });
  return (
    <div className="tw-panel">
      <Box p="sm">
        <FindingFilters view={view} change={change} counts={facets.data?.open} ecosystems={ecosystems} />
        <Group justify="space-between" mt="sm" mih={26}>
          <Text size="sm" c="dimmed" role="status">
            {total && m.findings.total(total.total)}
            {total && total.kev > 0 && `, ${count(total.kev)} ${m.common.exploited}`}
          </Text>
          <ColumnMenu table={table} />
        </Group>
      </Box>
      {notYet(query, 10) ??
        (findings.length === 0 ? (
          <Empty title={isFiltered(view) ? m.findings.filtered : m.findings.none}>
            {!isFiltered(view) && m.findings.noneHelp}
          </Empty>
        ) : (
          <FindingTable
            table={table}
            rows={rows}
            bodyRef={body}
            chosen={finding}
            choose={(id) => change({ finding: id }, true)}
            sort={sort}
            resort={(next) => change({ sort: next })}
          />
        ))}
      <More query={query} />
      <NewsBar news={news} show={() => void query.refetch()} />
      {finding !== undefined && (
        <Suspense>
          <EvidenceDrawer
            id={finding}
            position={at >= 0 ? m.findings.position(at + 1, total?.total ?? findings.length) : undefined}
            step={step}
            close={() => {
              change({ finding: undefined });
              giveFocus(finding);
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
