import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDots, IconPlayerPause, IconPlayerPlay, IconRefresh, IconZoomScan } from '@tabler/icons-react';
import { m } from '../../../lib/messages';
import { atWork, type Feed, type PollOptions, usePause, usePoll } from '../api/feeds';

const t = m.feeds;

/** What an admin can have a feed do, with what went wrong with the last of it. */
export function useFeedActions(f: Feed, note: (f: Feed) => void) {
  const poll = usePoll(f.feed);
  const pause = usePause(f.feed);
  return {
    error: poll.error ?? pause.error,
    busy: poll.isPending || pause.isPending,
    poll: (options: PollOptions) => {
      note(f);
      poll.mutate(options);
    },
    pause: (paused: boolean) =>
      pause.mutate(paused, {
        onSuccess: () => notifications.show({ message: paused ? t.paused(f.title) : t.resumed(f.title) }),
      }),
  };
}

export function FeedActions({
  feed: f,
  waiting,
  actions,
}: {
  feed: Feed;
  waiting: boolean;
  actions: ReturnType<typeof useFeedActions>;
}) {
  return (
    <Group gap={6} wrap="nowrap">
      <Button
        size="xs"
        variant="default"
        leftSection={<IconRefresh size={15} aria-hidden />}
        aria-label={t.pollFeed(f.title)}
        loading={actions.busy || waiting}
        disabled={atWork(f) || f.state === 'needs_key'}
        onClick={() => actions.poll({})}
      >
        {t.poll}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t.actions(f.title)}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconZoomScan size={16} aria-hidden />}
            disabled={atWork(f) || f.state === 'needs_key'}
            onClick={() => actions.poll({ reconcile: true })}
          >
            {t.reconcile}
          </Menu.Item>
          {f.paused_at ? (
            <Menu.Item
              leftSection={<IconPlayerPlay size={16} aria-hidden />}
              onClick={() => actions.pause(false)}
            >
              {t.resume}
            </Menu.Item>
          ) : (
            <Menu.Item
              leftSection={<IconPlayerPause size={16} aria-hidden />}
              onClick={() => actions.pause(true)}
            >
              {t.pause}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
