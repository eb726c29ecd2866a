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

/** Who sees a product, and in which role. */
export const productAccessQuery = (id: number) =>
  queryOptions({
    queryKey: [keys.productAccess, id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/products/{product_id}/access', { signal, params: { path: { product_id: id } } }),
      ),
  });

/** Whether the person's role in one product reaches another: a team may give more there, or less where only teams see it. */
export function useMayIn(productId: number | undefined, role: Role): boolean {
  const me = useQuery({ ...meQuery, enabled: false }).data;
  const admin = me?.role === 'admin';
  const access = useQuery({
    ...productAccessQuery(productId ?? 0),
    enabled: productId !== undefined && me !== undefined && !admin,
    staleTime: 60_000,
  });
  if (me === undefined) return false;
  if (admin) return true;
  // Until the answer is there no button is shown that might be refused.
  if (access.isPending) return false;
  const here = access.data?.people.find((p) => p.id === me.id)?.role ?? me.role;
  return roles.indexOf(here) >= roles.indexOf(role);
}
