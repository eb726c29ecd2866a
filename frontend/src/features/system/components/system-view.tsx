import { SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Figure, PageHead } from '../../../components/ui/page';
import { notYet } from '../../../components/ui/states';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { bytes } from '../../../lib/numbers';
import { type System, systemQuery } from '../api/system';
import { LicensePanel } from './license-panel';
import { Queues, Tables } from './system-tables';

const t = m.system;

/** How the installation is, and where its licence stands. */
export function SystemView() {
  const query = useQuery(systemQuery);
  return (
    <Stack gap="lg">
      <PageHead title={t.title} sub={t.help} />
      {query.data ? <State s={query.data} /> : <div className="tw-panel">{notYet(query, 6)}</div>}
      <LicensePanel />
    </Stack>
  );
}

function State({ s }: { s: System }) {
  const { database: d, migration } = s;
  return (
    <>
      <Stack className="tw-panel" p="md" gap="sm">
        <SimpleGrid cols={{ base: 2, sm: 5 }} spacing="md" verticalSpacing="xs">
          <Figure label={t.version}>{s.version}</Figure>
          <Figure label={t.schema}>{migration.held}</Figure>
          <Figure label={t.database}>PostgreSQL {d.version}</Figure>
          <Figure label={t.size}>{bytes(d.bytes)}</Figure>
          <Figure label={t.connections}>{t.ofMost(d.connections, d.max_connections)}</Figure>
        </SimpleGrid>
        {migration.known > 0 && migration.held !== migration.known && (
          <Text size="sm">{t.schemaNew(migration.held, migration.known)}</Text>
        )}
      </Stack>
      <Processes list={s.processes} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Queues list={s.queues} />
        <Tables list={d.tables} />
      </SimpleGrid>
    </>
  );
}

function Processes({ list }: { list: System['processes'] }) {
  return (
    <Stack component="section" className="tw-panel" p="md" gap={6} aria-label={t.processes(list.length)}>
      <Title order={2}>{list.length > 0 ? t.processes(list.length) : t.noProcess}</Title>
      {list.length === 0 && <Text size="sm">{t.noProcessHelp}</Text>}
      {list.map((p) => (
        <Text size="sm" key={`${p.address} ${p.since}`}>
          <span className="tw-mono">{p.address || t.here}</span>, {t.since} <Ago at={p.since} />
        </Text>
      ))}
    </Stack>
  );
}
