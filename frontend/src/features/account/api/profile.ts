import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';

export type Session = Schemas['Session'];
export type Token = Schemas['Token'];

export const sessionsQuery = queryOptions({
  queryKey: [keys.sessions],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/me/sessions', { signal })),
});

export const tokensQuery = queryOptions({
  queryKey: [keys.tokens],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/me/tokens', { signal })),
});

/** A mutation after which some answers are old. */
function useChange<In, Out>(mutationFn: (input: In) => Promise<Out>, ...old: string[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => {
      for (const key of old) void client.invalidateQueries({ queryKey: [key] });
    },
  });
}

export const useRename = () =>
  useChange((name: string) => unwrap(api.PATCH('/api/v1/me', { body: { name } })), keys.me, keys.people);

export const useChangePassword = () =>
  useChange(
    (body: Schemas['PasswordChange']) => unwrap(api.PUT('/api/v1/me/password', { body })),
    keys.sessions,
    keys.me,
  );

export const useEndSession = () =>
  useChange(
    (id: string) =>
      unwrap(api.DELETE('/api/v1/me/sessions/{session_id}', { params: { path: { session_id: id } } })),
    keys.sessions,
  );

export const useEndOthers = () => useChange(() => unwrap(api.DELETE('/api/v1/me/sessions')), keys.sessions);

export const useCreateToken = () =>
  useChange((body: Schemas['NewToken']) => unwrap(api.POST('/api/v1/me/tokens', { body })), keys.tokens);

export const useRevokeToken = () =>
  useChange(
    (id: number) =>
      unwrap(api.DELETE('/api/v1/me/tokens/{token_id}', { params: { path: { token_id: id } } })),
    keys.tokens,
  );
