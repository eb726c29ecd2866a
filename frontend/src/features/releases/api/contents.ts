import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { byCursor } from '../../../lib/paging';

/** Matches that the evidence does not confirm. */
export const possibleQuery = (releaseId: number) =>
  infiniteQueryOptions({
    queryKey: [keys.possible, releaseId],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/v1/releases/{release_id}/possible', {
          signal,
          params: { path: { release_id: releaseId }, query: { cursor: pageParam } },
        }),
      ),
    ...byCursor,
  });

/** What could not be judged. The figures of the first page are those of the release. */
export const coverageQuery = (releaseId: number) =>
  infiniteQueryOptions({
    queryKey: [keys.coverage, releaseId],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/v1/releases/{release_id}/coverage', {
          signal,
          params: { path: { release_id: releaseId }, query: { cursor: pageParam } },
        }),
      ),
    ...byCursor,
  });

export const releaseComponentsQuery = (releaseId: number, q: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [keys.components, releaseId, q],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/v1/releases/{release_id}/components', {
          signal,
          params: { path: { release_id: releaseId }, query: { q, cursor: pageParam } },
        }),
      ),
    ...byCursor,
  });

export const upgradesQuery = (releaseId: number) =>
  queryOptions({
    queryKey: [keys.upgrades, releaseId],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/releases/{release_id}/upgrades', {
          signal,
          params: { path: { release_id: releaseId } },
        }),
      ),
  });
