import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';

export type Found = Schemas['Found'];

export const foundQuery = (q: string) =>
  queryOptions({
    queryKey: [keys.search, q],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/search', { signal, params: { query: { q } } })),
    enabled: q !== '',
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
