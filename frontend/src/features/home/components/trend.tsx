import { Group, SegmentedControl, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { notYet } from '../../../components/ui/states';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import { type Day, trendQuery } from '../api/home';

const shown = ['critical', 'high', 'medium', 'low'] as const;
const [width, height] = [640, 170];

/** Open findings by severity over time, the worst at the bottom, each leading to its list. */
export function Trend() {
  const [days, setDays] = useState('30');
  const query = useQuery({ ...trendQuery(Number(days)), placeholderData: keepPreviousData });
  const items = query.data?.items ?? [];
  const [first, last] = [items[0], items.at(-1)];
  return (
    <section className="tw-panel" style={{ padding: 16 }} aria-label={m.home.trend}>
      <Group justify="space-between" mb="sm">
        <Text component="h2" fw={600}>
          {m.home.trend}
        </Text>
        <SegmentedControl
          size="xs"
          aria-label={m.home.span}
          value={days}
          onChange={setDays}
          data={[
            { value: '30', label: m.home.days(30) },
            { value: '90', label: m.home.days(90) },
          ]}
        />
      </Group>
      {notYet(query, 3)}
      {first && last && (
        <>
          <Chart items={items} />
          <Group justify="space-between">
            <Text size="xs" c="dimmed">
              {first.day}
            </Text>
            <Text size="xs" c="dimmed">
              {m.home.today}
            </Text>
          </Group>
          <Group gap="lg" mt="xs">
            {shown.map((s) => (
              <Link key={s} to="/findings" search={{ severity: s }} className="tw-link">
                <span className="tw-dot" style={{ background: `var(--tw-fill-${s})` }} aria-hidden />{' '}
                {m.common.severities[s]} {count(last.open[s])}{' '}
                <Text component="span" size="xs" c="dimmed">
                  {m.home.change(last.open[s] - first.open[s])}
                </Text>
              </Link>
            ))}
          </Group>
        </>
      )}
    </section>
  );
}

function Chart({ items }: { items: Day[] }) {
  const most = Math.max(1, ...items.map((d) => shown.reduce((n, s) => n + d.open[s], 0)));
  const x = (i: number) => (i * width) / Math.max(1, items.length - 1);
  const y = (n: number) => height - (n * (height - 6)) / most;
  const below = items.map(() => 0);
  const areas = shown.map((s) => {
    const bottom = items.map((_, i) => `${x(i)},${y(below[i] ?? 0)}`).reverse();
    const top = items.map((d, i) => {
      below[i] = (below[i] ?? 0) + d.open[s];
      return `${x(i)},${y(below[i] ?? 0)}`;
    });
    return <polygon key={s} points={[...top, ...bottom].join(' ')} fill={`var(--tw-fill-${s})`} />;
  });
  const [first, last] = [items[0]?.open.total ?? 0, items.at(-1)?.open.total ?? 0];
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      width="100%"
      height={height}
      role="img"
      aria-label={m.home.trendWords(first, last, items.length)}
    >
      {areas}
    </svg>
  );
}
