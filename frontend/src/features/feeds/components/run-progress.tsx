import { Progress, Text } from '@mantine/core';
import { m } from '../../../lib/messages';
import type { Feed } from '../api/feeds';

const t = m.feeds;

/** How far the poll at work is. It goes on when the page is left. */
export function RunProgress({ feed: f, waiting }: { feed: Feed; waiting: boolean }) {
  const r = f.last_run;
  const running = r?.outcome === 'running';
  if (!running && !waiting) return null;
  const share = running && r.total > 0 ? Math.min(100, Math.max(2, (100 * r.done) / r.total)) : 100;
  const words = !running
    ? [t.queued]
    : [
        t.done(r.done, r.total),
        ...(r.rate_per_second >= 1 ? [t.rate(r.rate_per_second)] : []),
        ...(r.left_seconds > 0 ? [t.left(r.left_seconds)] : []),
      ];
  return (
    <div role="status">
      <Progress value={share} animated size="sm" aria-label={t.progress(f.title)} />
      <Text size="xs" c="dimmed" mt={4}>
        {words.join(' · ')}
      </Text>
    </div>
  );
}
