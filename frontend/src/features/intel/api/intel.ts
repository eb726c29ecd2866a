import { queryOptions } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';

export type Intel = Schemas['Overview'];

export const intelQuery = queryOptions({
  queryKey: [keys.intel],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/intel', { signal })),
  staleTime: 30_000,
  refetchInterval: 60_000,
});
