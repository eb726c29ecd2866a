import { Button, Group, Text } from '@mantine/core';
import { m } from '../../../lib/messages';

/** Says quietly that the list is no longer as it was fetched; its rows change when asked. */
export function NewsBar({ news, show }: { news: number; show: () => void }) {
  return (
    <div role="status" className="tw-news" data-on={news !== 0 || undefined}>
      {news !== 0 && (
        <Group gap="sm" justify="center" py={6}>
          <Text size="sm" fw={600}>
            {news > 0 ? m.live.added(news) : m.live.gone(-news)}
          </Text>
          <Button size="compact-sm" variant="light" onClick={show}>
            {m.live.show}
          </Button>
        </Group>
      )}
    </div>
  );
}
