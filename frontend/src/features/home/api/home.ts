import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';

export type Home = Schemas['Home'];
export type Day = Schemas['Day'];

export const homeQuery = queryOptions({
  queryKey: [keys.home],
  queryFn: async ({ signal }) => {
    // What comes while the answer is on its way has not been seen.
    const read = new Date().toISOString();
    return { ...(await unwrap(api.GET('/api/v1/home', { signal }))), read };
  },
});

export const trendQuery = (days: number) =>
  queryOptions({
    queryKey: [keys.home, 'trend', days],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/home/trend', { signal, params: { query: { days } } })),
  });

/** Says that what the page showed has been seen. */
export function useLooked() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (until: string) => unwrap(api.PUT('/api/v1/home/looked', { body: { until } })),
    onSuccess: () => client.invalidateQueries({ queryKey: [keys.home] }),
  });
}
