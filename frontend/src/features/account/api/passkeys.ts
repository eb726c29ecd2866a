import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { a } from '../../../lib/messages-account';
import { ApiProblem } from '../../../lib/problem';
import { useEntered } from './entrance';

export const passkeysQuery = queryOptions({
  queryKey: [keys.passkeys],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/me/passkeys', { signal })),
});

/** Whether this browser can: the page is served securely and its functions of WebAuthn level 3 are there. */
export const canPasskeys = (): boolean =>
  typeof PublicKeyCredential !== 'undefined' && 'parseCreationOptionsFromJSON' in PublicKeyCredential;

/** The browser's answer, or words for why there is none: people also just close its dialog. */
async function answer(ask: () => Promise<Credential | null>): Promise<unknown> {
  try {
    const credential = await ask();
    if (credential instanceof PublicKeyCredential) return credential.toJSON();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'InvalidStateError')
      throw new ApiProblem(0, a.passkeys.held);
  }
  throw new ApiProblem(0, a.passkeys.cancelled);
}

export function useCreatePasskey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) => {
      const { id, options } = await unwrap(api.POST('/api/v1/me/passkeys/begin'));
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
        options as PublicKeyCredentialCreationOptionsJSON,
      );
      const credential = await answer(() => navigator.credentials.create({ publicKey }));
      return unwrap(api.POST('/api/v1/me/passkeys', { body: { ceremony: id, name, credential } }));
    },
    onSuccess: () => {
      for (const key of [keys.passkeys, keys.me, keys.people])
        void client.invalidateQueries({ queryKey: [key] });
    },
  });
}

export function useRemovePasskey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE('/api/v1/me/passkeys/{passkey_id}', { params: { path: { passkey_id: id } } })),
    onSuccess: () => {
      for (const key of [keys.passkeys, keys.me]) void client.invalidateQueries({ queryKey: [key] });
    },
  });
}

export function usePasskeySignIn() {
  const entered = useEntered();
  return useMutation({
    mutationFn: async () => {
      const { id, options } = await unwrap(api.POST('/api/v1/session/passkey/begin'));
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
        options as PublicKeyCredentialRequestOptionsJSON,
      );
      const credential = await answer(() => navigator.credentials.get({ publicKey }));
      return unwrap(api.POST('/api/v1/session/passkey', { body: { ceremony: id, credential } }));
    },
    onSuccess: entered,
  });
}

/** Proves by passkey who is here. */
export async function proveByPasskey(): Promise<void> {
  const { id, options } = await unwrap(api.POST('/api/v1/session/proof/passkey/begin'));
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as PublicKeyCredentialRequestOptionsJSON,
  );
  const credential = await answer(() => navigator.credentials.get({ publicKey }));
  await unwrap(api.POST('/api/v1/session/proof/passkey', { body: { ceremony: id, credential } }));
}
