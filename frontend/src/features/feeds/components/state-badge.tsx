import { Text } from '@mantine/core';
import { m } from '../../../lib/messages';
import type { Feed } from '../api/feeds';

const fill: Record<Feed['state'], string> = {
  current: 'good',
  polling: 'low',
  loading: 'low',
  waiting: 'unknown',
  failing: 'medium',
  behind: 'critical',
  asks: 'high',
  needs_key: 'high',
  paused: 'unknown',
};

/** How a feed is, as a word beside its colour. */
export function StateBadge({ state }: { state: Feed['state'] }) {
  return (
    <Text component="span" size="sm" fw={600} className="tw-flat">
      <span
        className="tw-dot"
        style={{ background: `var(--tw-fill-${fill[state]})`, marginRight: 7 }}
        aria-hidden
      />
      {m.feeds.states[state]}
    </Text>
  );
}
