import { Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Out } from '../../../components/ui/out';
import { PageHead } from '../../../components/ui/page';
import { ProblemAlert } from '../../../components/ui/problem';
import { Empty, notYet } from '../../../components/ui/states';
import { Ago } from '../../../components/ui/time';
import { useMay } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { type Feed, useFeeds } from '../api/feeds';
import { Alarms } from './alarms';
import { FeedActions, useFeedActions } from './feed-actions';
import { FeedFigures } from './feed-card';
import { KeyPanel } from './key-panel';
import { RunDrawer } from './run-drawer';
import { RunProgress } from './run-progress';
import { RunTable } from './run-table';
import { StateBadge } from './state-badge';

const t = m.feeds;

/** One feed whole: how it is, its key, and its runs. */
export function FeedView({
  feed,
  run,
  close,
}: {
  feed: string;
  run?: number | undefined;
  close: () => void;
}) {
  const { query, waiting, note } = useFeeds();
  const found = query.data?.items.find((f) => f.feed === feed);
  if (!query.data) return notYet(query, 8);
  if (!found) {
    return (
      <Empty title={t.none}>
        <Link className="tw-link" to="/intel/feeds">
          {t.all}
        </Link>
      </Empty>
    );
  }
  return (
    <>
      <One feed={found} waiting={waiting(found)} note={note} />
      {run !== undefined && <RunDrawer feed={feed} run={run} close={close} />}
    </>
  );
}

function One({ feed: f, waiting, note }: { feed: Feed; waiting: boolean; note: (f: Feed) => void }) {
  const manages = useMay('admin');
  const actions = useFeedActions(f, note);
  const facts = Object.entries(f.facts);
  return (
    <Stack gap="lg">
      <PageHead
        crumbs={
          <Link className="tw-link" to="/intel/feeds">
            {t.title}
          </Link>
        }
        title={f.title}
        badges={<StateBadge state={f.state} />}
        sub={
          <>
            <Out inline href={f.site}>
              {f.site.replace(/^https?:\/\/(www\.)?/, '')}
            </Out>
            , {t.every(t.hours(f.interval_seconds))}. {f.notice}
          </>
        }
        actions={manages && <FeedActions feed={f} waiting={waiting} actions={actions} />}
      />
      <Stack className="tw-panel" p="md" gap="sm">
        <FeedFigures feed={f} />
        {f.last_reconcile_at && (
          <Text size="sm" c="dimmed">
            {t.reconciled}: <Ago at={f.last_reconcile_at} />
          </Text>
        )}
        {facts.length > 0 && (
          <Text size="sm" c="dimmed" className="tw-wrap">
            {t.facts}: {facts.map(([name, value]) => `${name} ${value}`).join(', ')}
          </Text>
        )}
        <RunProgress feed={f} waiting={waiting} />
        {actions.error && <ProblemAlert error={actions.error} />}
        <Alarms feed={f} accept={manages ? () => actions.poll({ accept_withdrawals: true }) : undefined} />
      </Stack>
      <KeyPanel feed={f} />
      <RunTable key={f.last_run?.outcome === 'running' ? 'running' : 'still'} feed={f.feed} />
    </Stack>
  );
}
