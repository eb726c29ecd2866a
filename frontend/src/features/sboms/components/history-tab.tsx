import { Badge, Group, Table, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { More, notYet } from '../../../components/ui/states';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { bytes, count } from '../../../lib/numbers';
import { flatten } from '../../../lib/paging';
import { type Sbom, sbomsQuery } from '../api/sboms';
import { Warnings } from './warnings';

const { columns } = m.sboms;

/** Every document the release had, newest first, with its warnings and the original to download. */
export function HistoryTab({ releaseId }: { releaseId: number }) {
  const query = useInfiniteQuery(sbomsQuery(releaseId));
  return (
    <div className="tw-panel tw-scroll">
      {notYet(query, 3) ?? (
        <Table className="tw-table" miw={{ base: 0, sm: 720 }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{columns.document}</Table.Th>
              <Table.Th visibleFrom="sm">{columns.format}</Table.Th>
              <Table.Th visibleFrom="sm" className="tw-num">
                {columns.components}
              </Table.Th>
              <Table.Th visibleFrom="sm">{columns.uploaded}</Table.Th>
              <Table.Th>{columns.original}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {flatten(query.data).map((s) => (
              <Row key={s.id} s={s} />
            ))}
          </Table.Tbody>
        </Table>
      )}
      <More query={query} />
    </div>
  );
}

function Row({ s }: { s: Sbom }) {
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td maw={440}>
        <Group gap="xs">
          <Text size="sm" fw={550} className="tw-wrap">
            {s.file_name || `${s.subject_name} ${s.subject_version}`}
          </Text>
          {s.current && <Badge variant="light">{m.sboms.current}</Badge>}
        </Group>
        <Text size="xs" c="dimmed" hiddenFrom="sm" component="div">
          {m.sboms.formats[s.format] ?? s.format} {s.spec_version}, <Ago at={s.uploaded_at} />
        </Text>
        {s.status === 'failed' && (
          <Text size="xs" c="var(--mantine-color-error)">
            {s.status_message}
          </Text>
        )}
        <Warnings total={s.warning_count} warnings={s.warnings} first={0} />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {m.sboms.formats[s.format] ?? s.format} {s.spec_version} {s.encoding}
        <Text size="xs" c="dimmed" className="tw-wrap">
          {s.tools.join(', ')}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm" className="tw-num">
        {count(s.component_count)}
      </Table.Td>
      <Table.Td visibleFrom="sm" c="dimmed">
        <Ago at={s.uploaded_at} />
      </Table.Td>
      <Table.Td>
        <a className="tw-link" href={`/api/v1/sboms/${s.id}/document`} download>
          <IconDownload size={14} aria-hidden style={{ verticalAlign: -2 }} />{' '}
          {m.sboms.download(bytes(s.size_bytes))}
        </a>
      </Table.Td>
    </Table.Tr>
  );
}
