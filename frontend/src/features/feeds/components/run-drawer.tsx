import { Code, Drawer, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Figure } from '../../../components/ui/page';
import { notYet } from '../../../components/ui/states';
import type { Schemas } from '../../../lib/api/client';
import { useFocusGivenBack } from '../../../lib/focus';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import { exact } from '../../../lib/times';
import { runQuery } from '../api/feeds';
import { Outcome, took } from './run-table';

const t = m.runs;

/** One run beside the list: its figures, how it ended, and the records that it refused. */
export function RunDrawer({ feed, run, close }: { feed: string; run: number; close: () => void }) {
  useFocusGivenBack();
  const query = useQuery(runQuery(feed, run));
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size={620}
      title={
        <Text fw={620} component="span">
          {t.run(run)}
        </Text>
      }
      overlayProps={{ backgroundOpacity: 0.18 }}
      closeButtonProps={{ 'aria-label': m.common.close }}
    >
      {query.data ? <Detail run={query.data} /> : notYet(query, 6)}
    </Drawer>
  );
}

function Detail({ run: r }: { run: Schemas['PollRunDetail'] }) {
  return (
    <Stack gap="md">
      <Text size="sm">
        <Outcome run={r} />, {t.triggers[r.trigger] ?? r.trigger}, {exact(r.started_at)}
      </Text>
      {r.outcome === 'cut' && <Text size="sm">{t.cutHelp}</Text>}
      {r.error && (
        <Text size="sm" className="tw-wrap tw-why">
          {r.error}
        </Text>
      )}
      <SimpleGrid cols={3} spacing="md" verticalSpacing="sm">
        <Figure label={t.columns.seen}>{count(r.seen)}</Figure>
        <Figure label={t.columns.added}>{count(r.added)}</Figure>
        <Figure label={t.columns.changed}>{count(r.changed)}</Figure>
        <Figure label={t.columns.withdrawn}>{count(r.withdrawn)}</Figure>
        <Figure label={t.columns.refused}>{count(r.refused)}</Figure>
        <Figure label={t.columns.took}>{took(r)}</Figure>
      </SimpleGrid>
      <Title order={3}>{t.faults}</Title>
      {r.faults.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t.noFaults}
        </Text>
      ) : (
        <>
          <Text size="sm" c="dimmed">
            {t.faultsHelp}
          </Text>
          <Stack component="ul" gap={8} m={0} pl="md">
            {r.faults.map((f) => (
              <Text component="li" size="sm" className="tw-wrap" key={`${f.path} ${f.message}`}>
                <Code>{f.path}</Code> {f.message}
              </Text>
            ))}
          </Stack>
        </>
      )}
    </Stack>
  );
}
