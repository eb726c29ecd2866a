import { Badge, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Name } from '../../../components/ui/name';
import { m } from '../../../lib/messages';
import type { Finding } from '../api/findings';
import { StatusBadge } from './status-badge';

/** The flaw and what it is; on a phone also where it sits, for its own column has no room there. */
export function VulnerabilityCell({ f }: { f: Finding }) {
  return (
    <>
      <Link
        className="tw-link tw-strong tw-wrap"
        data-open={f.id}
        to="."
        search={(old) => ({ ...old, finding: f.id })}
        resetScroll={false}
        aria-label={`${f.vulnerability.name}, ${f.component.name} ${f.component.version}`}
      >
        {f.vulnerability.name}
      </Link>
      {f.vulnerability.kind === 'malware' && (
        <Badge color="red.9" ml={6}>
          {m.findings.malware}
        </Badge>
      )}
      {f.kev && (
        <Text size="xs" fw={600} c="var(--tw-critical)" hiddenFrom="sm">
          {m.common.exploited}
        </Text>
      )}
      {f.vex && (
        <span style={{ marginLeft: 6 }}>
          <StatusBadge f={f} />
        </span>
      )}
      <Text size="xs" c="dimmed" lineClamp={1}>
        {f.vulnerability.summary}
      </Text>
      <Text size="xs" hiddenFrom="sm" className="tw-wrap">
        <Name>{f.component.name}</Name> {f.component.version}
      </Text>
    </>
  );
}

export function ComponentCell({ f }: { f: Finding }) {
  return (
    <>
      <Text size="sm" lineClamp={2}>
        <Name>{f.component.name}</Name>
      </Text>
      <Text size="xs" c="dimmed" className="tw-wrap">
        {f.component.version}
        {f.direct ? `, ${m.inventory.direct}` : f.depth ? `, ${m.inventory.levels(f.depth)}` : ''}
      </Text>
    </>
  );
}
