import { Button, Group, Select, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconStack2 } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { PageHead } from '../../../components/ui/page';
import { SearchField } from '../../../components/ui/search-field';
import { Empty, More, notYet } from '../../../components/ui/states';
import { useMay } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { flatten } from '../../../lib/paging';
import { type Product, productsQuery } from '../api/products';
import { type ProductsView, parseProductsView } from '../search';
import { ProductDialog } from './product-dialog';
import { ProductTable } from './product-table';

const sorts = Object.entries(m.products.sorts).map(([value, label]) => ({ value, label }));

export function ProductList({
  view,
  change,
  onMade,
}: {
  view: ProductsView;
  change: (view: ProductsView) => void;
  onMade: (product: Product) => void;
}) {
  const [making, dialog] = useDisclosure(false);
  const query = useInfiniteQuery(productsQuery(view));
  const products = flatten(query.data);
  const make = useMay('contributor') && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={dialog.open}>
      {m.products.create}
    </Button>
  );
  return (
    <Stack gap="md">
      <PageHead title={m.products.title} actions={make} />
      <div className="tw-panel">
        <Group p="sm" gap="sm">
          <SearchField
            label={m.products.search}
            value={view.q}
            onSearch={(q) => change({ ...view, q })}
            w={{ base: '100%', xs: 260 }}
          />
          <Select
            aria-label={m.products.sort}
            data={sorts}
            value={view.sort ?? 'name'}
            allowDeselect={false}
            onChange={(sort) => change(parseProductsView({ ...view, sort }))}
            w={180}
          />
        </Group>
        {notYet(query) ??
          (products.length > 0 ? (
            <div className="tw-scroll">
              <ProductTable products={products} />
            </div>
          ) : view.q ? (
            <Empty title={m.products.notFound(view.q)} />
          ) : (
            <Empty title={m.products.none} icon={<IconStack2 size={34} />}>
              <p>{m.products.noneHelp}</p>
              {make}
            </Empty>
          ))}
        <More query={query} />
      </div>
      {making && <ProductDialog onClose={dialog.close} onSaved={onMade} />}
    </Stack>
  );
}
