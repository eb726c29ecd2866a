import { Stack, Text } from '@mantine/core';
import { IconRss } from '@tabler/icons-react';
import { Empty, notYet } from '../../../components/ui/states';
import { useMay } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { useFeeds } from '../api/feeds';
import { FeedCard } from './feed-card';

/** Every feed, in the order in which the server names them. */
export function FeedList() {
  const { query, waiting, note } = useFeeds();
  const manages = useMay('admin');
  const feeds = query.data?.items;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" maw={760}>
        {m.feeds.help} {!manages && m.feeds.adminOnly}
      </Text>
      {feeds?.length === 0 && (
        <div className="tw-panel">
          <Empty title={m.feeds.none} icon={<IconRss size={30} />}>
            {m.feeds.noneHelp}
          </Empty>
        </div>
      )}
      {!feeds && <div className="tw-panel">{notYet(query, 7)}</div>}
      {feeds?.map((f) => (
        <FeedCard key={f.feed} feed={f} waiting={waiting(f)} note={note} manages={manages} />
      ))}
    </Stack>
  );
}
