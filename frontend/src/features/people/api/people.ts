import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { byCursor } from '../../../lib/paging';

export type Person = Schemas['Person'];
export type Invitation = Schemas['Invitation'];
export type Settings = Schemas['AccountSettings'];

export const peopleQuery = (q: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [keys.people, { q }],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/v1/people', { signal, params: { query: { ...(q ? { q } : {}), cursor: pageParam } } }),
      ),
    ...byCursor,
  });

/** How many seats the licence has, and how many are taken. */
export const seatsQuery = queryOptions({
  queryKey: [keys.license],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/license', { signal })),
});

export const invitationsQuery = queryOptions({
  queryKey: [keys.invitations],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/invitations', { signal })),
});

export const settingsQuery = queryOptions({
  queryKey: [keys.settings],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/settings/accounts', { signal })),
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

export const useChangePerson = (id: number) =>
  useChange(
    (body: Schemas['PersonChange']) =>
      unwrap(api.PATCH('/api/v1/people/{person_id}', { params: { path: { person_id: id } }, body })),
    keys.people,
    keys.me,
    keys.license,
  );

/** Ends every session of a person; answers how many. */
export const useEndSessions = (id: number) =>
  useChange(
    () => unwrap(api.DELETE('/api/v1/people/{person_id}/sessions', { params: { path: { person_id: id } } })),
    keys.people,
  );

export const useRemovePerson = (id: number) =>
  useChange(
    () => unwrap(api.DELETE('/api/v1/people/{person_id}', { params: { path: { person_id: id } } })),
    keys.people,
    keys.teams,
    keys.license,
  );

export const useResetLink = (id: number) =>
  useMutation({
    mutationFn: () =>
      unwrap(api.POST('/api/v1/people/{person_id}/reset-link', { params: { path: { person_id: id } } })),
  });

export const useInvite = () =>
  useChange(
    (body: Schemas['NewInvitation']) => unwrap(api.POST('/api/v1/invitations', { body })),
    keys.invitations,
    keys.license,
  );

export const useRevoke = () =>
  useChange(
    (id: number) =>
      unwrap(api.DELETE('/api/v1/invitations/{invitation_id}', { params: { path: { invitation_id: id } } })),
    keys.invitations,
    keys.license,
  );

export const useSaveSettings = () =>
  useChange(
    (body: Settings) => unwrap(api.PUT('/api/v1/settings/accounts', { body })),
    keys.settings,
    keys.me,
    keys.welcome,
  );
