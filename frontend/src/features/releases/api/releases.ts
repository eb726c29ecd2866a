import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { changedByRelease, keys } from '../../../lib/keys';
import { byCursor } from '../../../lib/paging';

export type Release = Schemas['Release'];

export const releasesQuery = (productId: number) =>
  infiniteQueryOptions({
    queryKey: [keys.releases, productId],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/v1/products/{product_id}/releases', {
          signal,
          params: { path: { product_id: productId }, query: { cursor: pageParam } },
        }),
      ),
    ...byCursor,
  });

export const releaseQuery = (id: number) =>
  queryOptions({
    queryKey: [keys.release, id],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/releases/{release_id}', { signal, params: { path: { release_id: id } } })),
  });

export function useCreateRelease(productId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (version: string) =>
      unwrap(
        api.POST('/api/v1/products/{product_id}/releases', {
          params: { path: { product_id: productId } },
          body: { version },
        }),
      ),
    onSuccess: () => {
      for (const key of [keys.releases, keys.products, keys.product]) {
        void client.invalidateQueries({ queryKey: [key] });
      }
    },
  });
}

/** Lets a release count in the portfolio's figures, or no longer. */
export function useSetActive(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (active: boolean) =>
      unwrap(
        api.PATCH('/api/v1/releases/{release_id}', {
          params: { path: { release_id: id } },
          body: { active },
        }),
      ),
    onSuccess: () => {
      for (const key of changedByRelease) void client.invalidateQueries({ queryKey: [key] });
    },
  });
}

export function useDeleteRelease(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(api.DELETE('/api/v1/releases/{release_id}', { params: { path: { release_id: id } } })),
    onSuccess: () => {
      client.removeQueries({ queryKey: [keys.release, id] });
      for (const key of [keys.releases, keys.products, keys.product, keys.findings]) {
        void client.invalidateQueries({ queryKey: [key] });
      }
    },
  });
}
