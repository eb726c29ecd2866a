import { Popover, Stack, Text, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import { asProblem } from '../../../lib/problem';
import { type Intel, intelQuery } from '../api/intel';
import { FeedList } from './feed-list';

type State = 'good' | 'bad' | 'none';
const fill: Record<State, string> = {
  good: 'var(--tw-fill-good)',
  bad: 'var(--tw-fill-high)',
  none: 'var(--tw-fill-unknown)',
};

function stateOf(intel: Intel): State {
  if (intel.advisories === 0) return 'bad';
  return intel.feeds.some((f) => f.last_run?.error) ? 'bad' : 'good';
}

/** What the answers rest on: how many advisories are held, how fresh each feed is, and whether one fails. */
export function IntelChip() {
  const query = useQuery(intelQuery);
  if (query.isPending) return null;
  const intel = query.data;
  const state = intel ? stateOf(intel) : 'none';
  const words = !intel
    ? m.intel.unknown
    : intel.advisories === 0
      ? m.intel.empty
      : m.intel.advisories(intel.advisories);
  return (
    <Popover position="bottom-end" width={320} shadow="md" withArrow>
      <Popover.Target>
        <UnstyledButton px={8} py={4} style={{ whiteSpace: 'nowrap' }} aria-label={words}>
          <span className="tw-dot" style={{ background: fill[state] }} aria-hidden />
          <Text component="span" size="xs" c="dimmed" ml={7} visibleFrom="sm">
            {words}
          </Text>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Text size="sm" fw={600}>
            {m.intel.title}
          </Text>
          {!intel && <Text size="sm">{asProblem(query.error).message}</Text>}
          {intel?.advisories === 0 && <Text size="sm">{m.intel.emptyHelp}</Text>}
          {intel && (
            <>
              <Line label={m.intel.vulnerabilities} n={intel.vulnerabilities} />
              <Line label={m.intel.kev} n={intel.kev} />
              <Line label={m.intel.epss} n={intel.epss} />
              <FeedList feeds={intel.feeds} />
            </>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function Line({ label, n }: { label: string; n: number }) {
  return (
    <Text size="sm" style={{ display: 'flex', justifyContent: 'space-between' }}>
      <Text component="span" size="sm" c="dimmed">
        {label}
      </Text>
      {count(n)}
    </Text>
  );
}
