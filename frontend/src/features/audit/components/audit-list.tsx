import { Anchor, Code, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { PageHead } from '../../../components/ui/page';
import { SearchField } from '../../../components/ui/search-field';
import { Empty, More, notYet } from '../../../components/ui/states';
import { Ago } from '../../../components/ui/time';
import { a } from '../../../lib/messages-account';
import { flatten } from '../../../lib/paging';
import { type AuditEvent, type AuditView, auditQuery, exportAddress } from '../api/audit';
import { differences } from '../differences';

/** Who did what, newest first. */
export function AuditList({ view, change }: { view: AuditView; change: (view: AuditView) => void }) {
  const query = useInfiniteQuery(auditQuery(view));
  const events = flatten(query.data);
  return (
    <Stack gap="md">
      <PageHead
        title={a.audit.title}
        sub={a.audit.help}
        actions={
          <Group gap="md">
            <Anchor href={exportAddress(view, 'csv')} size="sm">
              {a.audit.csv}
            </Anchor>
            <Anchor href={exportAddress(view, 'jsonl')} size="sm">
              {a.audit.jsonl}
            </Anchor>
          </Group>
        }
      />
      <div className="tw-panel">
        <Group p="sm" gap="sm" align="flex-end">
          <SearchField
            label={a.audit.action}
            value={view.action}
            onSearch={(action) => change({ ...view, ...{ action: action ?? '' } })}
            w={{ base: '100%', xs: 260 }}
          />
          <TextInput
            type="date"
            aria-label={a.audit.from}
            value={view.from ?? ''}
            onChange={(e) => change({ ...view, from: e.currentTarget.value })}
          />
          <TextInput
            type="date"
            aria-label={a.audit.to}
            value={view.to ?? ''}
            onChange={(e) => change({ ...view, to: e.currentTarget.value })}
          />
        </Group>
        {notYet(query) ??
          (events.length === 0 ? (
            <Empty title={a.audit.none}>{a.audit.actionHelp}</Empty>
          ) : (
            <div className="tw-scroll">
              <Table className="tw-table" miw={760}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{a.audit.when}</Table.Th>
                    <Table.Th>{a.audit.who}</Table.Th>
                    <Table.Th>{a.audit.what}</Table.Th>
                    <Table.Th>{a.audit.change}</Table.Th>
                    <Table.Th>{a.audit.where}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {events.map((e) => (
                    <Row key={e.id} event={e} />
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          ))}
        <More query={query} />
      </div>
    </Stack>
  );
}

function Row({ event: e }: { event: AuditEvent }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Ago at={e.at} />
      </Table.Td>
      <Table.Td maw={180} className="tw-wrap">
        {e.actor_name}
        <Text size="xs" c="dimmed">
          {a.audit.kinds[e.actor_kind]}
        </Text>
      </Table.Td>
      <Table.Td maw={260} className="tw-wrap">
        <Code>{e.action}</Code>
        <Text size="xs" c="dimmed" className="tw-wrap">
          {e.subject_name || e.subject_id}
        </Text>
      </Table.Td>
      <Table.Td maw={320}>
        {differences(e.before, e.after).map((d) => (
          <Text size="xs" key={d} className="tw-wrap">
            {d}
          </Text>
        ))}
      </Table.Td>
      <Table.Td className="tw-wrap">{e.address}</Table.Td>
    </Table.Tr>
  );
}
