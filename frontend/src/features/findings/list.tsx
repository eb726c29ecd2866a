import { Group, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Empty, Loading, More, ProblemAlert } from '../../components/ui/states';
import { plural } from '../../lib/format';
import { messages } from '../../lib/messages';
import { findingsQuery, findingsSummaryQuery, flatten } from '../../lib/queries';
import type { FindingsView } from '../../lib/search';
import { FindingFilters } from './filters';
import { FindingTable } from './table';

const EvidenceDrawer = lazy(() => import('./drawer').then((m) => ({ default: m.EvidenceDrawer })));

/** Findings of a release, or of everything: filters, table, and the drawer with the evidence. The URL holds the view. */
export function FindingList({
  releaseId,
  view,
  change,
}: {
  releaseId?: number;
  view: FindingsView;
  change: (part: FindingsView) => void;
}) {
  const { finding, ...search } = view;
  const scope = releaseId ? { release_id: releaseId } : {};
  const query = useInfiniteQuery(findingsQuery(scope, search));
  const summary = useQuery(findingsSummaryQuery(scope, search));
  const findings = flatten(query.data);
  const step = (by: number) => {
    const at = findings.findIndex((f) => f.id === finding);
    const target = findings[at < 0 ? 0 : at + by];
    if (target) {
      change({ finding: target.id });
      document.querySelector(`[data-finding="${target.id}"]`)?.scrollIntoView({ block: 'nearest' });
    }
  };
  useHotkeys([
    ['j', () => step(1)],
    ['k', () => step(-1)],
    ['/', () => document.querySelector<HTMLInputElement>('[aria-label="Search findings"]')?.focus()],
  ]);
  const filtered = Boolean(
    search.q || search.severity || search.kev || search.fixable || search.ecosystem || search.state,
  );
  return (
    <div className="tw-panel">
      <Group justify="space-between" gap={0}>
        <FindingFilters view={view} change={change} />
        {summary.data && (
          <Text size="sm" c="dimmed" px="sm" pb={{ base: 'sm', sm: 0 }}>
            {plural(summary.data.open.total, 'finding')}
          </Text>
        )}
      </Group>
      <div className="tw-scroll">
        {query.isError ? (
          <ProblemAlert error={query.error} retry={() => void query.refetch()} />
        ) : query.isPending ? (
          <Loading rows={10} />
        ) : findings.length === 0 ? (
          filtered ? (
            <Empty title={messages.noFindingsFiltered} />
          ) : (
            <Empty title={messages.noFindings}>{messages.noFindingsHelp}</Empty>
          )
        ) : (
          <FindingTable
            findings={findings}
            chosen={finding}
            choose={(id) => change({ finding: id })}
            sort={search.sort}
            resort={(sort) => change({ sort: sort === '-score' ? undefined : sort })}
            portfolio={!releaseId}
          />
        )}
      </div>
      <More query={query} />
      {finding !== undefined && (
        <Suspense>
          <EvidenceDrawer
            id={finding}
            close={() => change({ finding: undefined })}
            show={(id) => change({ finding: id })}
          />
        </Suspense>
      )}
    </div>
  );
}
