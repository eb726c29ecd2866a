import { queryOptions } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';

export type System = Schemas['System'];
export type License = Schemas['License'];

export const systemQuery = queryOptions({
  queryKey: [keys.system],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/system', { signal })),
  refetchInterval: 10_000,
});

export const licenseQuery = queryOptions({
  queryKey: [keys.license],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/license', { signal })),
});
