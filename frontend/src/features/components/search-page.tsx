import { Button, Group, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Empty, Loading, More, ProblemAlert } from '../../components/ui/states';
import { componentSearchQuery, flatten } from '../../lib/queries';

const route = getRouteApi('/components');

/** Which active releases contain this package, below this version? */
export function ComponentSearchPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const [name, setName] = useState(search.name ?? '');
  const [below, setBelow] = useState(search.below ?? '');
  const query = useInfiniteQuery(componentSearchQuery(search));
  const items = flatten(query.data);
  return (
    <Stack gap="md">
      <div>
        <Title order={1}>Components</Title>
        <Text size="sm" c="dimmed">
          Which active releases contain a package? Versions compare by the package’s own ecosystem.
        </Text>
      </div>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void navigate({
            to: '/components',
            search: { ...(name ? { name } : {}), ...(below ? { below } : {}) },
          });
        }}
      >
        <Group gap="sm" align="flex-end">
          <TextInput
            label="Package"
            placeholder="log4j-core"
            required
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            w={{ base: '100%', xs: 260 }}
          />
          <TextInput
            label="Below version"
            placeholder="2.17"
            value={below}
            onChange={(e) => setBelow(e.currentTarget.value)}
            w={140}
          />
          <Button type="submit">Search</Button>
        </Group>
      </form>
      {!search.name ? (
        <div className="tw-panel">
          <Empty title="Ask for a package">
            For example log4j-core below 2.17: every active release that still ships an older one.
          </Empty>
        </div>
      ) : query.isError ? (
        <ProblemAlert error={query.error} retry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Loading />
      ) : items.length === 0 ? (
        <div className="tw-panel">
          <Empty
            title={`No active release contains ${search.name}${search.below ? ` below ${search.below}` : ''}`}
          />
        </div>
      ) : (
        <div className="tw-panel tw-scroll">
          <Table miw={620}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Component</Table.Th>
                <Table.Th>Version</Table.Th>
                <Table.Th>Releases</Table.Th>
                <Table.Th>Findings</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((h) => (
                <Table.Tr key={h.component.id}>
                  <Table.Td>
                    <Text size="sm" fw={600}>
                      {h.component.name}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {h.component.ecosystem}
                    </Text>
                  </Table.Td>
                  <Table.Td className="tw-mono">{h.component.version}</Table.Td>
                  <Table.Td>
                    <Group gap={10}>
                      {h.releases.map((r) => (
                        <Link
                          key={r.release_id}
                          className="tw-link"
                          to="/releases/$releaseId"
                          params={{ releaseId: r.release_id }}
                        >
                          {r.product_name} {r.version}
                        </Link>
                      ))}
                    </Group>
                  </Table.Td>
                  <Table.Td>{h.findings > 0 ? <b>{h.findings}</b> : ''}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <More query={query} />
        </div>
      )}
    </Stack>
  );
}
