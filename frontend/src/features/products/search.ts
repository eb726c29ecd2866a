import { given, oneOf, type Raw, text } from '../../lib/search';

const sorts = ['name', '-name', '-created', 'created'] as const;

/** The product list in the URL. By name is the default and is not written. */
export interface ProductsView {
  q?: string | undefined;
  sort?: (typeof sorts)[number] | undefined;
}

export function parseProductsView(raw: Raw): ProductsView {
  const sort = oneOf(raw, 'sort', sorts);
  return given({ q: text(raw, 'q'), sort: sort === 'name' ? undefined : sort });
}
