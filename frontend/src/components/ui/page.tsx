import { Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { m } from '../../lib/messages';

/** The head of a page: where one is, what it is, and what one can do with it. */
export function PageHead({
  crumbs,
  title,
  badges,
  sub,
  actions,
}: {
  crumbs?: ReactNode;
  title: string;
  badges?: ReactNode;
  sub?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <Group justify="space-between" align="flex-end" gap="sm">
      <div style={{ minWidth: 0 }}>
        {crumbs && (
          <Text component="nav" size="sm" c="dimmed" aria-label={m.common.breadcrumb} mb={2}>
            {crumbs}
          </Text>
        )}
        <Group gap="sm">
          <Title order={1} className="tw-wrap">
            {title}
          </Title>
          {badges}
        </Group>
        {sub && (
          <Text size="sm" c="dimmed" mt={2} component="div" className="tw-wrap">
            {sub}
          </Text>
        )}
      </div>
      {actions && <Group gap="sm">{actions}</Group>}
    </Group>
  );
}

/** One figure with its name. */
export function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="md" fw={600} component="div">
        {children}
      </Text>
    </div>
  );
}
