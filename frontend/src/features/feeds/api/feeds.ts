import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { byCursor } from '../../../lib/paging';

export type Feed = Schemas['FeedStatus'];
export type Run = Schemas['PollRun'];

export const feedsQuery = queryOptions({
  queryKey: [keys.feeds],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/feeds', { signal })),
});

export const runsQuery = (feed: string) =>
  infiniteQueryOptions({
    queryKey: [keys.feedRuns, feed],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/v1/feeds/{feed}/runs', {
          signal,
          params: { path: { feed }, query: { limit: 20, cursor: pageParam } },
        }),
      ),
    ...byCursor,
  });

export const runQuery = (feed: string, run: number) =>
  queryOptions({
    queryKey: [keys.feedRuns, feed, run],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/feeds/{feed}/runs/{run_id}', { signal, params: { path: { feed, run_id: run } } }),
      ),
    refetchInterval: (q) => (q.state.data?.outcome === 'running' ? 1_500 : false),
  });

/** Whether a poll of the feed is at work. */
export const atWork = (f: Feed) => f.state === 'polling' || f.state === 'loading';

/**
 * The feeds, asked for often while one is being polled. Whoever asks for a poll notes the newest run of before: until there
 * is another, the poll waits for a free process.
 */
export function useFeeds() {
  const [asked, setAsked] = useState<Record<string, number>>({});
  const waiting = (f: Feed) => {
    const before = asked[f.feed];
    return before !== undefined && (f.last_run?.run_id ?? 0) <= before;
  };
  const query = useQuery({
    ...feedsQuery,
    refetchInterval: (q) => (q.state.data?.items.some((f) => atWork(f) || waiting(f)) ? 1_000 : 30_000),
  });
  const note = (f: Feed) => setAsked((a) => ({ ...a, [f.feed]: f.last_run?.run_id ?? 0 }));
  return { query, waiting, note };
}

function useChange<In>(change: (input: In) => Promise<Feed>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (feed) => {
      client.setQueryData(feedsQuery.queryKey, (old) =>
        old ? { ...old, items: old.items.map((f) => (f.feed === feed.feed ? feed : f)) } : old,
      );
      void client.invalidateQueries({ queryKey: [keys.feedRuns, feed.feed] });
      void client.invalidateQueries({ queryKey: [keys.intel] });
    },
  });
}

const of = (feed: string) => ({ params: { path: { feed } } });

export interface PollOptions {
  reconcile?: boolean;
  accept_withdrawals?: boolean;
}

export const usePoll = (feed: string) =>
  useChange((body: PollOptions) => unwrap(api.POST('/api/v1/feeds/{feed}/poll', { ...of(feed), body })));

export const usePause = (feed: string) =>
  useChange((paused: boolean) =>
    paused
      ? unwrap(api.POST('/api/v1/feeds/{feed}/pause', of(feed)))
      : unwrap(api.POST('/api/v1/feeds/{feed}/resume', of(feed))),
  );

export const useSetKey = (feed: string) =>
  useChange((key: string) => unwrap(api.PUT('/api/v1/feeds/{feed}/key', { ...of(feed), body: { key } })));

export const useDropKey = (feed: string) =>
  useChange((_: undefined) => unwrap(api.DELETE('/api/v1/feeds/{feed}/key', of(feed))));
