import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { byCursor } from '../../../lib/paging';

export type Sbom = Schemas['SBOM'];

export const sbomsQuery = (releaseId: number) =>
  infiniteQueryOptions({
    queryKey: [keys.sboms, releaseId],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/v1/releases/{release_id}/sboms', {
          signal,
          params: { path: { release_id: releaseId }, query: { cursor: pageParam } },
        }),
      ),
    ...byCursor,
  });

/** One SBOM, asked for again until it is matched or has failed. */
export const sbomProgressQuery = (id: number) =>
  queryOptions({
    queryKey: [keys.sbom, id],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/sboms/{sbom_id}', { signal, params: { path: { sbom_id: id } } })),
    staleTime: 0,
    refetchInterval: (q) => (q.state.data && q.state.data.status !== 'stored' ? false : 400),
  });
