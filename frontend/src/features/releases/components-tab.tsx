import { Table, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Empty, Loading, More, ProblemAlert } from '../../components/ui/states';
import { reasons } from '../../lib/messages';
import { flatten, releaseComponentsQuery } from '../../lib/queries';

/** Every distinct component of the release's SBOM. */
export function ComponentsTab({ releaseId }: { releaseId: number }) {
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text, 200);
  const query = useInfiniteQuery(releaseComponentsQuery(releaseId, q));
  const items = flatten(query.data);
  return (
    <div className="tw-panel">
      <TextInput
        aria-label="Search components"
        placeholder="Part of a name"
        size="xs"
        w={220}
        m="sm"
        value={text}
        onChange={(e) => setText(e.currentTarget.value)}
      />
      {query.isError ? (
        <ProblemAlert error={query.error} retry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Loading />
      ) : items.length === 0 ? (
        <Empty title={q ? `No component’s name contains “${q}”` : 'The SBOM lists no component'} />
      ) : (
        <div className="tw-scroll">
          <Table miw={760}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Component</Table.Th>
                <Table.Th>Version</Table.Th>
                <Table.Th>Ecosystem</Table.Th>
                <Table.Th>Licences</Table.Th>
                <Table.Th>Depth</Table.Th>
                <Table.Th>Findings</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((c) => (
                <Table.Tr key={c.id}>
                  <Table.Td maw={380}>
                    <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                      {c.name}
                    </Text>
                    {c.purl && (
                      <Text size="xs" c="dimmed" className="tw-mono" lineClamp={1}>
                        {c.purl}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>{c.version || 'none'}</Table.Td>
                  <Table.Td>
                    <Text
                      size="sm"
                      c={c.not_covered ? 'dimmed' : undefined}
                      title={reasons[c.not_covered ?? ''] ?? ''}
                    >
                      {c.ecosystem || 'not covered'}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    <Text size="xs">{c.licenses.join(', ')}</Text>
                  </Table.Td>
                  <Table.Td>{c.depth === 1 ? 'direct' : (c.depth ?? '')}</Table.Td>
                  <Table.Td>{c.findings > 0 ? <b>{c.findings}</b> : ''}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <More query={query} />
    </div>
  );
}
