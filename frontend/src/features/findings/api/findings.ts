import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { byCursor } from '../../../lib/paging';
import { asSeverity } from '../../../lib/severity';
import type { FindingsFilter, FindingsView } from '../search';

export type Finding = Schemas['Finding'];
export type FindingDetail = Schemas['FindingDetail'];

/** Whose findings: a release's, or everything's. */
export interface Scope {
  release_id?: number;
}

function asked(scope: Scope, { kev, fixable, severity, vex, review, ...filter }: FindingsFilter) {
  return {
    ...scope,
    ...filter,
    ...(severity ? { severity: severity.split(',').map(asSeverity) } : {}),
    ...(vex ? { vex: vex.split(',') as never } : {}),
    ...(review ? { review: 'true' as const } : {}),
    ...(kev ? { kev: 'true' as const } : {}),
    ...(fixable ? { fixable: 'true' as const } : {}),
  };
}

export const findingsQuery = (scope: Scope, { finding: _, sort, ...filter }: FindingsView) =>
  infiniteQueryOptions({
    queryKey: [keys.findings, 'list', scope, filter, sort],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/v1/findings', {
          signal,
          params: { query: { ...asked(scope, filter), sort, cursor: pageParam, limit: 100 } },
        }),
      ),
    ...byCursor,
    // Rows do not move under the eyes of who reads them: see useNews.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** How many findings of each severity pass a filter. */
export const findingsSummaryQuery = (scope: Scope, filter: FindingsFilter) =>
  queryOptions({
    queryKey: [keys.findings, 'summary', scope, filter],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/findings/summary', { signal, params: { query: asked(scope, filter) } })),
  });

export const findingQuery = (id: number) =>
  queryOptions({
    queryKey: [keys.finding, id],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/findings/{finding_id}', { signal, params: { path: { finding_id: id } } })),
  });
