import { Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { bytes, count } from '../../../lib/numbers';
import type { System } from '../api/system';

const t = m.system;

function Panel({ title, heads, children }: { title: string; heads: string[]; children: ReactNode }) {
  return (
    <section>
      <Title order={2} mb={8}>
        {title}
      </Title>
      <div className="tw-panel tw-scroll">
        <Table className="tw-table">
          <Table.Thead>
            <Table.Tr>
              {heads.map((h) => (
                <Table.Th key={h}>{h}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>{children}</Table.Tbody>
        </Table>
      </div>
    </section>
  );
}

export function Queues({ list }: { list: System['queues'] }) {
  return (
    <Panel title={t.queues} heads={[t.queue, t.state, t.jobs, t.oldest]}>
      {list.length === 0 && (
        <Table.Tr>
          <Table.Td colSpan={4}>
            <Text size="sm" c="dimmed">
              {t.noJobs}
            </Text>
          </Table.Td>
        </Table.Tr>
      )}
      {list.map((q) => (
        <Table.Tr key={`${q.queue} ${q.state}`}>
          <Table.Td className="tw-wrap">{q.queue}</Table.Td>
          <Table.Td>{t.states[q.state]}</Table.Td>
          <Table.Td>{count(q.jobs)}</Table.Td>
          <Table.Td>{q.oldest && <Ago at={q.oldest} />}</Table.Td>
        </Table.Tr>
      ))}
    </Panel>
  );
}

export function Tables({ list }: { list: System['database']['tables'] }) {
  return (
    <Panel title={t.tables} heads={[t.table, t.bytes, t.rows]}>
      {list.map((r) => (
        <Table.Tr key={r.name}>
          <Table.Td className="tw-mono">{r.name}</Table.Td>
          <Table.Td>{bytes(r.bytes)}</Table.Td>
          <Table.Td>{count(r.rows)}</Table.Td>
        </Table.Tr>
      ))}
    </Panel>
  );
}
