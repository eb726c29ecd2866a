import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { proveByPasskey } from './passkeys';

export type NewCodes = Schemas['NewCodes'];

export const codesQuery = queryOptions({
  queryKey: [keys.codes],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/me/codes', { signal })),
});

export const useBeginCodes = () =>
  useMutation({ mutationFn: () => unwrap(api.POST('/api/v1/me/codes/begin')) });

/** A mutation after which it is another question whether the person has a second factor. */
export function useFactorChange<In, Out>(mutationFn: (input: In) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => {
      for (const key of [keys.codes, keys.me, keys.people, keys.sessions])
        void client.invalidateQueries({ queryKey: [key] });
    },
  });
}

export const useConfirmCodes = () =>
  useFactorChange((body: Schemas['FirstCode']) => unwrap(api.POST('/api/v1/me/codes', { body })));

export const useRemoveCodes = () => useFactorChange(() => unwrap(api.DELETE('/api/v1/me/codes')));

export const useRenewRecovery = () => useFactorChange(() => unwrap(api.POST('/api/v1/me/codes/recovery')));

/** Proves who is here: by what was typed, or else by passkey. */
export const useProve = () =>
  useMutation({
    mutationFn: async (body: Schemas['Proof'] | 'passkey') => {
      if (body === 'passkey') await proveByPasskey();
      else await unwrap(api.POST('/api/v1/session/proof', { body }));
    },
  });
