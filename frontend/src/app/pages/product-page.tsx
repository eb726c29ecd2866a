import { Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { notYet } from '../../components/ui/states';
import { productQuery } from '../../features/products/api/products';
import { ProductHead } from '../../features/products/components/product-head';
import { ReleaseList } from '../../features/releases/components/release-list';
import { ProductAccessButton } from '../../features/teams/components/product-access';
import { useTitle } from '../../lib/title';

const route = getRouteApi('/products/$productId');

/** A product with its releases. */
export function ProductPage() {
  const { productId } = route.useParams();
  const navigate = useNavigate();
  const query = useQuery(productQuery(productId));
  const product = query.data;
  useTitle(product?.name);
  if (!product) return notYet(query);
  return (
    <Stack gap="lg">
      <ProductHead product={product} onGone={() => void navigate({ to: '/products', replace: true })} />
      <Group justify="flex-end">
        <ProductAccessButton productId={productId} />
      </Group>
      <ReleaseList
        productId={productId}
        onMade={(r) => void navigate({ to: '/releases/$releaseId', params: { releaseId: r.id } })}
      />
    </Stack>
  );
}
