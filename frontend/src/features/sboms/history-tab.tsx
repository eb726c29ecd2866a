import { Anchor, Badge, Code, Group, Spoiler, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Ago, Loading, More, ProblemAlert } from '../../components/ui/states';
import { bytes, count, plural } from '../../lib/format';
import { flatten, sbomsQuery } from '../../lib/queries';

/** Every document the release had, newest first, with its warnings and the original to download. */
export function HistoryTab({ releaseId }: { releaseId: number }) {
  const query = useInfiniteQuery(sbomsQuery(releaseId));
  if (query.isError) return <ProblemAlert error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending) return <Loading />;
  return (
    <div className="tw-panel tw-scroll">
      <Table miw={700}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Document</Table.Th>
            <Table.Th>Format</Table.Th>
            <Table.Th>Components</Table.Th>
            <Table.Th>Uploaded</Table.Th>
            <Table.Th>Original</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {flatten(query.data).map((s) => (
            <Table.Tr key={s.id}>
              <Table.Td maw={420}>
                <Group gap="xs">
                  <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                    {s.file_name || `${s.subject_name} ${s.subject_version}`}
                  </Text>
                  {s.current && (
                    <Badge size="sm" radius="sm" variant="light">
                      current
                    </Badge>
                  )}
                </Group>
                {s.warning_count > 0 && (
                  <Spoiler maxHeight={20} showLabel="Show" hideLabel="Hide">
                    <Text size="xs" c="dimmed">
                      {plural(s.warning_count, 'warning')}
                    </Text>
                    {s.warnings.map((w) => (
                      <Text size="xs" key={`${w.path} ${w.message}`}>
                        <Code>{w.path}</Code> {w.message}
                      </Text>
                    ))}
                  </Spoiler>
                )}
              </Table.Td>
              <Table.Td>
                {s.format === 'spdx' ? 'SPDX' : 'CycloneDX'} {s.spec_version} {s.encoding}
              </Table.Td>
              <Table.Td>{count(s.component_count)}</Table.Td>
              <Table.Td>
                <Text size="sm" c="dimmed">
                  <Ago at={s.uploaded_at} />
                </Text>
              </Table.Td>
              <Table.Td>
                <Anchor size="sm" href={`/api/v1/sboms/${s.id}/document`} download>
                  {bytes(s.size_bytes)}
                </Anchor>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <More query={query} />
    </div>
  );
}
