import { Button, Group, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { KevBadge, SeverityBar } from '../../components/ui/severity';
import { Ago, Empty, Loading, More, ProblemAlert } from '../../components/ui/states';
import type { Schemas } from '../../lib/api/client';
import { plural } from '../../lib/format';
import { messages } from '../../lib/messages';
import { flatten, productsQuery } from '../../lib/queries';
import { ProductDialog } from './product-dialog';

const route = getRouteApi('/products');

export function ProductsPage() {
  const { q } = route.useSearch();
  const navigate = useNavigate();
  const [open, dialog] = useDisclosure(false);
  const query = useInfiniteQuery(productsQuery(q ?? ''));
  const search = useDebouncedCallback((text: string) => {
    void navigate({ to: '/products', search: text ? { q: text } : {}, replace: true });
  }, 200);
  const products = flatten(query.data);
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1}>Products</Title>
        <Group gap="sm" wrap="nowrap">
          <TextInput
            aria-label="Search products"
            placeholder="Search"
            leftSection={<IconSearch size={16} />}
            defaultValue={q ?? ''}
            onChange={(e) => search(e.currentTarget.value)}
            w={{ base: 150, sm: 260 }}
          />
          <Button leftSection={<IconPlus size={16} />} onClick={dialog.open}>
            New product
          </Button>
        </Group>
      </Group>
      <div className="tw-panel tw-scroll">
        {query.isError ? (
          <ProblemAlert error={query.error} retry={() => void query.refetch()} />
        ) : query.isPending ? (
          <Loading />
        ) : products.length === 0 ? (
          q ? (
            <Empty title={`No product is called “${q}”`} />
          ) : (
            <Empty title={messages.noProducts}>
              <p>{messages.noProductsHelp}</p>
              <Button onClick={dialog.open}>New product</Button>
            </Empty>
          )
        ) : (
          <ProductTable products={products} />
        )}
        <More query={query} />
      </div>
      <ProductDialog opened={open} onClose={dialog.close} />
    </Stack>
  );
}

function ProductTable({ products }: { products: Schemas['Product'][] }) {
  return (
    <Table highlightOnHover miw={640}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Product</Table.Th>
          <Table.Th>Newest release</Table.Th>
          <Table.Th>Open findings</Table.Th>
          <Table.Th>Components</Table.Th>
          <Table.Th>SBOM</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {products.map((p) => (
          <Table.Tr key={p.id}>
            <Table.Td>
              <Link className="tw-link" to="/products/$productId" params={{ productId: p.id }}>
                <Text component="span" fw={600} size="sm">
                  {p.name}
                </Text>
              </Link>
              <Text size="xs" c="dimmed">
                {p.description || plural(p.release_count, 'release')}
              </Text>
            </Table.Td>
            <Latest release={p.latest_release} />
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Latest({ release }: { release: Schemas['LatestRelease'] | undefined }) {
  if (!release) {
    return (
      <Table.Td colSpan={4}>
        <Text size="sm" c="dimmed">
          no active release
        </Text>
      </Table.Td>
    );
  }
  return (
    <>
      <Table.Td>
        <Link className="tw-link" to="/releases/$releaseId" params={{ releaseId: release.id }}>
          {release.version}
        </Link>
      </Table.Td>
      <Table.Td>
        <Group gap="sm" wrap="nowrap">
          <SeverityBar open={release.open} />
          {release.open.kev > 0 && <KevBadge />}
        </Group>
      </Table.Td>
      <Table.Td>{release.component_count}</Table.Td>
      <Table.Td>
        <Text size="sm" c="dimmed">
          {release.last_upload_at ? <Ago at={release.last_upload_at} /> : 'none yet'}
        </Text>
      </Table.Td>
    </>
  );
}
