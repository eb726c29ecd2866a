import { Badge, Button, Group, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { KevBadge, SeverityBar } from '../../components/ui/severity';
import { Ago, Empty, Loading, More, ProblemAlert } from '../../components/ui/states';
import { api, type Schemas, unwrap } from '../../lib/api/client';
import { messages } from '../../lib/messages';
import { flatten, productQuery, releasesQuery } from '../../lib/queries';
import { criticalities, exposures, ProductDialog } from './product-dialog';

const route = getRouteApi('/products/$productId');

export function ProductPage() {
  const { productId } = route.useParams();
  const product = useQuery(productQuery(productId));
  const releases = useInfiniteQuery(releasesQuery(productId));
  const [editing, dialog] = useDisclosure(false);
  if (product.isError) return <ProblemAlert error={product.error} retry={() => void product.refetch()} />;
  if (product.isPending) return <Loading />;
  const p = product.data;
  const list = flatten(releases.data);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start">
        <div>
          <Text size="sm">
            <Link className="tw-link" to="/products">
              Products
            </Link>
          </Text>
          <Title order={1}>{p.name}</Title>
          {p.description && (
            <Text c="dimmed" size="sm">
              {p.description}
            </Text>
          )}
          <Group gap="xs" mt={6}>
            <Badge variant="light" radius="sm" color="gray">
              criticality: {criticalities.find((c) => c.value === p.criticality)?.label ?? p.criticality}
            </Badge>
            <Badge variant="light" radius="sm" color="gray">
              exposure: {exposures.find((e) => e.value === p.exposure)?.label.split(':')[0] ?? p.exposure}
            </Badge>
          </Group>
        </div>
        <Button variant="default" onClick={dialog.open}>
          Change
        </Button>
      </Group>
      <NewRelease productId={productId} />
      <div className="tw-panel tw-scroll">
        {releases.isError ? (
          <ProblemAlert error={releases.error} retry={() => void releases.refetch()} />
        ) : releases.isPending ? (
          <Loading />
        ) : list.length === 0 ? (
          <Empty title={messages.noReleases}>{messages.noReleasesHelp}</Empty>
        ) : (
          <ReleaseTable releases={list} />
        )}
        <More query={releases} />
      </div>
      {editing && <ProductDialog opened onClose={dialog.close} product={p} />}
    </Stack>
  );
}

function ReleaseTable({ releases }: { releases: Schemas['Release'][] }) {
  return (
    <Table highlightOnHover miw={600}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Release</Table.Th>
          <Table.Th>Open findings</Table.Th>
          <Table.Th>To check</Table.Th>
          <Table.Th>Not covered</Table.Th>
          <Table.Th>SBOM</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {releases.map((r) => (
          <Table.Tr key={r.id}>
            <Table.Td>
              <Group gap="xs">
                <Link className="tw-link" to="/releases/$releaseId" params={{ releaseId: r.id }}>
                  <Text component="span" fw={600} size="sm">
                    {r.version}
                  </Text>
                </Link>
                {!r.active && (
                  <Badge size="sm" variant="light" color="gray" radius="sm">
                    inactive
                  </Badge>
                )}
              </Group>
            </Table.Td>
            <Table.Td>
              <Group gap="sm" wrap="nowrap">
                <SeverityBar open={r.open} />
                {r.open.kev > 0 && <KevBadge />}
              </Group>
            </Table.Td>
            <Table.Td>{r.possible_count}</Table.Td>
            <Table.Td>{r.not_covered_count}</Table.Td>
            <Table.Td>
              <Text size="sm" c="dimmed">
                {r.current_sbom ? <Ago at={r.current_sbom.uploaded_at} /> : 'none yet'}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function NewRelease({ productId }: { productId: number }) {
  const [version, setVersion] = useState('');
  const client = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST('/api/v1/products/{product_id}/releases', {
          params: { path: { product_id: productId } },
          body: { version },
        }),
      ),
    onSuccess: (release) => {
      void client.invalidateQueries({ queryKey: ['releases', productId] });
      void client.invalidateQueries({ queryKey: ['products'] });
      void navigate({ to: '/releases/$releaseId', params: { releaseId: release.id } });
    },
  });
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        create.mutate();
      }}
    >
      <Stack gap="xs">
        <Group gap="sm" align="flex-end">
          <TextInput
            label="New release"
            placeholder="version, such as 2.4.0"
            value={version}
            onChange={(e) => setVersion(e.currentTarget.value)}
            required
          />
          <Button type="submit" loading={create.isPending}>
            Create
          </Button>
        </Group>
        {create.error && <ProblemAlert error={create.error} />}
      </Stack>
    </form>
  );
}
