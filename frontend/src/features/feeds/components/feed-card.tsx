import { Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Figure } from '../../../components/ui/page';
import { ProblemAlert } from '../../../components/ui/problem';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import type { Feed } from '../api/feeds';
import { Alarms } from './alarms';
import { FeedActions, useFeedActions } from './feed-actions';
import { RunProgress } from './run-progress';
import { StateBadge } from './state-badge';

const t = m.feeds;

/** One feed in the list: how it is, how fresh, and what an admin can do about it. */
export function FeedCard({
  feed: f,
  waiting,
  note,
  manages,
}: {
  feed: Feed;
  waiting: boolean;
  note: (f: Feed) => void;
  manages: boolean;
}) {
  const actions = useFeedActions(f, note);
  return (
    <Stack component="section" className="tw-panel" p="md" gap="sm" aria-label={f.title}>
      <Group justify="space-between" gap="sm" align="flex-start">
        <Group gap="sm" style={{ minWidth: 0 }}>
          <Link className="tw-link tw-strong" to="/intel/feeds/$feed" params={{ feed: f.feed }}>
            {f.title}
          </Link>
          <StateBadge state={f.state} />
        </Group>
        {manages && <FeedActions feed={f} waiting={waiting} actions={actions} />}
      </Group>
      <FeedFigures feed={f} />
      <RunProgress feed={f} waiting={waiting} />
      {actions.error && <ProblemAlert error={actions.error} />}
      <Alarms feed={f} accept={manages ? () => actions.poll({ accept_withdrawals: true }) : undefined} />
      {f.state === 'needs_key' && (
        <Text size="sm">
          {m.feedKey.needs} {f.key.without_key}{' '}
          {manages && (
            <Link className="tw-link tw-inline" to="/intel/feeds/$feed" params={{ feed: f.feed }}>
              {m.feedKey.enter}
            </Link>
          )}
        </Text>
      )}
    </Stack>
  );
}

export function FeedFigures({ feed: f }: { feed: Feed }) {
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md" verticalSpacing="xs">
      <Figure label={t.success}>{f.last_success_at ? <Ago at={f.last_success_at} /> : t.never}</Figure>
      <Figure label={t.next}>
        <Next feed={f} />
      </Figure>
      <Figure label={t.newest}>{f.newest ? <Ago at={f.newest} /> : t.never}</Figure>
      <Figure label={t.held}>{count(f.records)}</Figure>
    </SimpleGrid>
  );
}

function Next({ feed: f }: { feed: Feed }) {
  if (!f.next_poll_at || f.state === 'needs_key') return t.noNext;
  return new Date(f.next_poll_at).getTime() <= Date.now() ? t.due : <Ago at={f.next_poll_at} />;
}
