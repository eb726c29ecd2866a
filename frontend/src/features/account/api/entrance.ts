import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { meQuery } from '../../../lib/me';
import { session } from '../../../lib/session';

export type SignIn = Schemas['SignIn'];

export const welcomeQuery = queryOptions({
  queryKey: [keys.welcome],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/welcome', { signal })),
});

/** What every way in does when it has succeeded: who is here is asked for anew, and so is all that failed meanwhile. */
export function useEntered() {
  const returned = useReturned();
  return async (done: SignIn) => {
    if (done.person) await returned();
  };
}

/** The same after somebody came in by a window beside the page. */
export function useReturned() {
  const client = useQueryClient();
  return async () => {
    session.found();
    await client.fetchQuery({ ...meQuery, staleTime: 0 });
    void client.invalidateQueries({ predicate: (q) => q.queryKey[0] !== keys.me });
  };
}

export function useSignIn() {
  const entered = useEntered();
  return useMutation({
    mutationFn: (body: Schemas['Credentials']) => unwrap(api.POST('/api/v1/session', { body })),
    onSuccess: entered,
  });
}

export function useSecondStep() {
  const entered = useEntered();
  return useMutation({
    mutationFn: (body: Schemas['Code']) => unwrap(api.POST('/api/v1/session/code', { body })),
    onSuccess: entered,
  });
}

export function useRegister() {
  const entered = useEntered();
  return useMutation({
    mutationFn: (body: Schemas['Registration']) => unwrap(api.POST('/api/v1/registrations', { body })),
    onSuccess: entered,
  });
}

export function useEnter() {
  const entered = useEntered();
  return useMutation({
    mutationFn: (secret: string) => unwrap(api.POST('/api/v1/session/link', { body: { secret } })),
    onSuccess: entered,
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/v1/session')),
    onSuccess: () => client.clear(),
  });
}

export const invitationQuery = (secret: string) =>
  queryOptions({
    queryKey: [keys.invitations, 'look', secret],
    queryFn: () => unwrap(api.POST('/api/v1/invitations/look', { body: { secret } })),
    retry: false,
  });

export const useAskReset = () =>
  useMutation({
    mutationFn: (mail: string) => unwrap(api.POST('/api/v1/password-resets', { body: { mail } })),
  });

export const useReset = () =>
  useMutation({
    mutationFn: (body: Schemas['NewPassword']) => unwrap(api.POST('/api/v1/password-resets/use', { body })),
  });

export const useVerify = () =>
  useMutation({
    mutationFn: (secret: string) => unwrap(api.POST('/api/v1/verifications', { body: { secret } })),
  });
