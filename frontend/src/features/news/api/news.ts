import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { byCursor } from '../../../lib/paging';
import { given } from '../../../lib/search';
import type { NewsView } from '../search';

export type News = Schemas['News'];

export const newsQuery = (view: NewsView) =>
  infiniteQueryOptions({
    queryKey: [keys.news, view],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/v1/intel/news', {
          signal,
          params: { query: given({ ...view, limit: 40, cursor: pageParam }) },
        }),
      ),
    placeholderData: keepPreviousData,
    ...byCursor,
  });
