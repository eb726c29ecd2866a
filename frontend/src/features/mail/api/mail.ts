import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';

export type MailSettings = Schemas['MailSettings'];
export type Letter = Schemas['Letter'];

export const mailQuery = queryOptions({
  queryKey: [keys.mail],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/settings/mail', { signal })),
});

/** The newest letters; asked again while one of them waits. */
export const lettersQuery = queryOptions({
  queryKey: [keys.letters],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/settings/mail/letters', { signal })),
  refetchInterval: (query) => (query.state.data?.items.some((l) => l.state === 'waiting') ? 5_000 : 30_000),
});

/** One letter, asked again until it is no longer waiting. */
export const letterQuery = (id: string) =>
  queryOptions({
    queryKey: [keys.letters, id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/settings/mail/letters/{letter_id}', { signal, params: { path: { letter_id: id } } }),
      ),
    refetchInterval: (query) => {
      const letter = query.state.data;
      if (letter && letter.state !== 'waiting') return false;
      // After a refusal the next attempt is a minute or more away.
      return letter && letter.attempts > 0 ? 10_000 : 1_500;
    },
  });

/** Sends a letter to whoever is signed in. */
export function useTestMail() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/settings/mail/test')),
    onSuccess: () => client.invalidateQueries({ queryKey: lettersQuery.queryKey, exact: true }),
  });
}
