import { Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { KevBadge, SeverityBadge } from '../../../components/ui/severity';
import { m } from '../../../lib/messages';
import type { Home } from '../api/home';

function Panel({ title, none, children }: { title: string; none: string; children: ReactNode[] }) {
  return (
    <section className="tw-panel" style={{ padding: 16, minWidth: 0 }} aria-label={title}>
      <Text component="h2" fw={600} mb="sm">
        {title}
      </Text>
      {children.length === 0 ? (
        <Text size="sm" c="dimmed">
          {none}
        </Text>
      ) : (
        <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: 'none' }}>
          {children}
        </Stack>
      )}
    </section>
  );
}

const Reach = ({ findings, releases }: { findings: number; releases: number }) => (
  <Text component="span" size="sm" c="dimmed">
    {m.home.reach(findings, releases)}
  </Text>
);

export const NewList = ({ items }: { items: Home['new'] }) => (
  <Panel title={m.home.fresh} none={m.home.freshNone}>
    {items.map((n) => (
      <li key={n.name}>
        <Group gap="sm" justify="space-between">
          <Group gap="sm">
            <SeverityBadge severity={n.severity} score={n.score} />
            <Link to="/vulnerabilities/$name" params={{ name: n.name }} className="tw-link tw-wrap">
              {n.name}
            </Link>
            <Text component="span" size="sm" className="tw-wrap">
              {n.component_name}
            </Text>
            {n.kev && <KevBadge />}
          </Group>
          <Reach findings={n.finding_count} releases={n.release_count} />
        </Group>
      </li>
    ))}
  </Panel>
);

export const ExploitedList = ({ items }: { items: Home['exploited'] }) => (
  <Panel title={m.home.exploited} none={m.home.exploitedNone}>
    {items.map((e) => (
      <li key={e.name}>
        <Group gap="sm" justify="space-between">
          <Link to="/vulnerabilities/$name" params={{ name: e.name }} className="tw-link">
            {e.name}
          </Link>
          <Reach findings={e.finding_count} releases={e.release_count} />
        </Group>
        <Text size="sm" c="dimmed" className="tw-wrap">
          {e.title} {m.home.added(e.added)}
          {e.due && `, ${m.common.due(e.due)}`}
        </Text>
      </li>
    ))}
  </Panel>
);

export const RiskList = ({ items }: { items: Home['at_risk'] }) => (
  <Panel title={m.home.risk} none={m.home.riskNone}>
    {items.map((r) => (
      <li key={r.release_id}>
        <Group gap="sm" justify="space-between">
          <Link to="/releases/$releaseId" params={{ releaseId: r.release_id }} className="tw-link tw-wrap">
            {r.product_name} {r.version}
          </Link>
          <Text component="span" size="sm" c="dimmed">
            {m.home.riskWords(r.kev, r.critical, r.fixable)}
          </Text>
        </Group>
      </li>
    ))}
  </Panel>
);
