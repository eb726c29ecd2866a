import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from './api/client';

/** What every cursor list answers with. */
interface Paged<T> {
  items: T[] | null;
  next_cursor?: string | undefined;
}

export function flatten<T>(data: { pages: Paged<T>[] } | undefined): T[] {
  return data?.pages.flatMap((p) => p.items ?? []) ?? [];
}

const next = (last: Paged<unknown>) => last.next_cursor || undefined;
const first = undefined as string | undefined;

export const intelQuery = queryOptions({
  queryKey: ['intel'],
  queryFn: () => unwrap(api.GET('/api/v1/intel')),
  staleTime: 60_000,
});

export const productsQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: ['products', q],
    queryFn: ({ pageParam }) =>
      unwrap(api.GET('/api/v1/products', { params: { query: { q: q || undefined, cursor: pageParam } } })),
    initialPageParam: first,
    getNextPageParam: next,
  });

export const productQuery = (id: number) =>
  queryOptions({
    queryKey: ['product', id],
    queryFn: () => unwrap(api.GET('/api/v1/products/{product_id}', { params: { path: { product_id: id } } })),
  });

export const releasesQuery = (productId: number) =>
  infiniteQueryOptions({
    queryKey: ['releases', productId],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/products/{product_id}/releases', {
          params: { path: { product_id: productId }, query: { cursor: pageParam } },
        }),
      ),
    initialPageParam: first,
    getNextPageParam: next,
  });

export const releaseQuery = (id: number) =>
  queryOptions({
    queryKey: ['release', id],
    queryFn: () => unwrap(api.GET('/api/v1/releases/{release_id}', { params: { path: { release_id: id } } })),
  });

export const sbomQuery = (id: number) =>
  queryOptions({
    queryKey: ['sbom', id],
    queryFn: () => unwrap(api.GET('/api/v1/sboms/{sbom_id}', { params: { path: { sbom_id: id } } })),
  });

export const sbomsQuery = (releaseId: number) =>
  infiniteQueryOptions({
    queryKey: ['sboms', releaseId],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/releases/{release_id}/sboms', {
          params: { path: { release_id: releaseId }, query: { cursor: pageParam } },
        }),
      ),
    initialPageParam: first,
    getNextPageParam: next,
  });

/** What narrows and orders a findings list; the same words as in the URL. */
export interface FindingsSearch {
  q?: string | undefined;
  severity?: string | undefined;
  ecosystem?: string | undefined;
  kev?: boolean | undefined;
  fixable?: boolean | undefined;
  state?: 'open' | 'resolved' | 'all' | undefined;
  sort?: string | undefined;
}

type FindingScope = {
  release_id?: number;
  product_id?: number;
  component_id?: number;
  vulnerability?: string;
};

export const findingsQuery = (scope: FindingScope, search: FindingsSearch) =>
  infiniteQueryOptions({
    queryKey: ['findings', scope, search],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/findings', {
          params: { query: { ...scope, ...(search as object), cursor: pageParam, limit: 100 } },
        }),
      ),
    initialPageParam: first,
    getNextPageParam: next,
  });

export const findingsSummaryQuery = (scope: FindingScope, search: FindingsSearch) =>
  queryOptions({
    queryKey: ['findings', 'summary', scope, search],
    queryFn: () => {
      const { sort: _, ...rest } = search;
      return unwrap(
        api.GET('/api/v1/findings/summary', { params: { query: { ...scope, ...(rest as object) } } }),
      );
    },
  });

export const findingQuery = (id: number) =>
  queryOptions({
    queryKey: ['finding', id],
    queryFn: () => unwrap(api.GET('/api/v1/findings/{finding_id}', { params: { path: { finding_id: id } } })),
  });

export const possibleQuery = (releaseId: number) =>
  infiniteQueryOptions({
    queryKey: ['possible', releaseId],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/releases/{release_id}/possible', {
          params: { path: { release_id: releaseId }, query: { cursor: pageParam } },
        }),
      ),
    initialPageParam: first,
    getNextPageParam: next,
  });

export const coverageQuery = (releaseId: number) =>
  infiniteQueryOptions({
    queryKey: ['coverage', releaseId],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/releases/{release_id}/coverage', {
          params: { path: { release_id: releaseId }, query: { cursor: pageParam } },
        }),
      ),
    initialPageParam: first,
    getNextPageParam: next,
  });

export const releaseComponentsQuery = (releaseId: number, q: string) =>
  infiniteQueryOptions({
    queryKey: ['components', releaseId, q],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/releases/{release_id}/components', {
          params: { path: { release_id: releaseId }, query: { q: q || undefined, cursor: pageParam } },
        }),
      ),
    initialPageParam: first,
    getNextPageParam: next,
  });

export const upgradesQuery = (releaseId: number) =>
  queryOptions({
    queryKey: ['upgrades', releaseId],
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/releases/{release_id}/upgrades', {
          params: { path: { release_id: releaseId } },
        }),
      ),
  });

export const vulnerabilityQuery = (name: string) =>
  queryOptions({
    queryKey: ['vulnerability', name],
    queryFn: () => unwrap(api.GET('/api/v1/vulnerabilities/{name}', { params: { path: { name } } })),
  });

export const componentSearchQuery = (s: { name?: string; q?: string; ecosystem?: string; below?: string }) =>
  infiniteQueryOptions({
    queryKey: ['component-search', s],
    queryFn: ({ pageParam }) =>
      unwrap(api.GET('/api/v1/components', { params: { query: { ...s, cursor: pageParam } } })),
    initialPageParam: first,
    getNextPageParam: next,
    enabled: Boolean(s.name || s.q),
  });

/** Everything that an upload may have changed. */
export const afterUpload = [
  ['release'],
  ['releases'],
  ['products'],
  ['sboms'],
  ['findings'],
  ['possible'],
  ['coverage'],
  ['components'],
  ['upgrades'],
];

export type Counts = Schemas['SeverityCounts'];
