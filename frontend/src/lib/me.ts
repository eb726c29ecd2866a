import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from './api/client';
import { keys } from './keys';

export type Me = Schemas['Me'];
export type Role = Me['role'];

/** Roles in rising order. */
export const roles: Role[] = ['viewer', 'contributor', 'analyst', 'admin'];

/** Who is signed in. */
export const meQuery = queryOptions({
  queryKey: [keys.me],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/me', { signal })),
  staleTime: 60_000,
});

/** Whether the person's own role reaches another. In a product a team may give more. */
export function useMay(role: Role): boolean {
  const me = useQuery({ ...meQuery, enabled: false }).data;
  return me !== undefined && roles.indexOf(me.role) >= roles.indexOf(role);
}
