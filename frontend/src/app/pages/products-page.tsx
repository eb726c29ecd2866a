import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { ProductList } from '../../features/products/components/product-list';
import { m } from '../../lib/messages';
import { useTitle } from '../../lib/title';

const route = getRouteApi('/products');

export function ProductsPage() {
  const view = route.useSearch();
  const navigate = useNavigate();
  useTitle(m.products.title);
  return (
    <ProductList
      view={view}
      change={(search) => void navigate({ to: '/products', search, replace: true, resetScroll: false })}
      onMade={(p) => void navigate({ to: '/products/$productId', params: { productId: p.id } })}
    />
  );
}
