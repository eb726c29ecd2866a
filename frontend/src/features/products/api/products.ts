import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { byCursor } from '../../../lib/paging';
import type { ProductsView } from '../search';

export type Product = Schemas['Product'];

export const productsQuery = ({ q, sort }: ProductsView) =>
  infiniteQueryOptions({
    queryKey: [keys.products, { q, sort }],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET('/api/v1/products', { signal, params: { query: { q, sort, cursor: pageParam } } })),
    ...byCursor,
  });

export const productQuery = (id: number) =>
  queryOptions({
    queryKey: [keys.product, id],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/products/{product_id}', { signal, params: { path: { product_id: id } } })),
  });

/** Makes a product, or changes the one named. */
export function useSaveProduct(id: number | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['NewProduct']) =>
      id === undefined
        ? unwrap(api.POST('/api/v1/products', { body }))
        : unwrap(api.PATCH('/api/v1/products/{product_id}', { params: { path: { product_id: id } }, body })),
    onSuccess: (saved) => {
      client.setQueryData(productQuery(saved.id).queryKey, saved);
      // A product's name stands in its releases and findings too.
      for (const key of [keys.products, keys.release, keys.findings, keys.finding]) {
        void client.invalidateQueries({ queryKey: [key] });
      }
    },
  });
}

export function useDeleteProduct(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(api.DELETE('/api/v1/products/{product_id}', { params: { path: { product_id: id } } })),
    onSuccess: () => {
      client.removeQueries({ queryKey: [keys.product, id] });
      for (const key of [keys.products, keys.findings]) void client.invalidateQueries({ queryKey: [key] });
    },
  });
}
