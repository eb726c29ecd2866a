import { infiniteQueryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { byCursor } from '../../../lib/paging';

export type OwnedToken = Schemas['OwnedToken'];

export const allTokensQuery = (state: 'live' | 'all') =>
  infiniteQueryOptions({
    queryKey: [keys.allTokens, state],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET('/api/v1/tokens', { signal, params: { query: { state, cursor: pageParam } } })),
    ...byCursor,
  });

export function useRevokeAny() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) =>
      unwrap(api.DELETE('/api/v1/tokens/{token_id}', { params: { path: { token_id: id } } })),
    onSuccess: () => {
      for (const key of [keys.allTokens, keys.tokens]) void client.invalidateQueries({ queryKey: [key] });
    },
  });
}
