import { Group, Stack, Title } from '@mantine/core';
import { Link, useLocation } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { m } from '../../lib/messages';

const t = m.intelPages;

const tabs = [
  { to: '/intel', label: t.news },
  { to: '/intel/feeds', label: t.feeds },
  { to: '/intel/reports', label: t.reports },
  { to: '/intel/indicators', label: t.indicators },
] as const;

/** The pages about intel, side by side. */
export function IntelTabs({ children }: { children: ReactNode }) {
  const path = useLocation({ select: (l) => l.pathname });
  return (
    <Stack gap="md">
      <Title order={1}>{t.title}</Title>
      <Group component="nav" gap={2} aria-label={t.title} className="tw-tabs">
        {tabs.map((tab) => (
          <Link
            key={tab.to}
            to={tab.to}
            className="tw-tab"
            data-on={path === tab.to}
            activeOptions={{ includeSearch: false, exact: true }}
          >
            {tab.label}
          </Link>
        ))}
      </Group>
      {children}
    </Stack>
  );
}
