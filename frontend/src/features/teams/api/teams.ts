import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { productAccessQuery } from '../../../lib/me';

export type Team = Schemas['Team'];
export type ProductAccess = Schemas['ProductAccess'];

export const teamsQuery = queryOptions({
  queryKey: [keys.teams],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/teams', { signal })),
});

/** Teams as choices of a select. */
export function useTeamChoices(enabled = true): { value: string; label: string }[] {
  const teams = useQuery({ ...teamsQuery, enabled }).data?.items ?? [];
  return teams.map((t) => ({ value: String(t.id), label: t.name }));
}

/** People as choices: the first few hundred, which is more than such a team has. */
export const memberChoicesQuery = queryOptions({
  queryKey: [keys.people, 'choices'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/people', { signal, params: { query: { limit: 200 } } })),
});

export function useSaveTeam(id: number | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['NewTeam']) =>
      id === undefined
        ? unwrap(api.POST('/api/v1/teams', { body }))
        : unwrap(api.PUT('/api/v1/teams/{team_id}', { params: { path: { team_id: id } }, body })),
    onSuccess: () => {
      for (const key of [keys.teams, keys.people, keys.productAccess]) {
        void client.invalidateQueries({ queryKey: [key] });
      }
    },
  });
}

export function useDeleteTeam(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/v1/teams/{team_id}', { params: { path: { team_id: id } } })),
    onSuccess: () => {
      for (const key of [keys.teams, keys.people, keys.productAccess]) {
        void client.invalidateQueries({ queryKey: [key] });
      }
    },
  });
}

export function useSetProductAccess(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['NewProductAccess']) =>
      unwrap(api.PUT('/api/v1/products/{product_id}/access', { params: { path: { product_id: id } }, body })),
    onSuccess: (now) => {
      client.setQueryData(productAccessQuery(id).queryKey, now);
      void client.invalidateQueries({ queryKey: [keys.teams] });
    },
  });
}
