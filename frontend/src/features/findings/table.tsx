import { Table, Text, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { KevBadge, SeverityBadge } from '../../components/ui/severity';
import { Ago } from '../../components/ui/states';
import type { Schemas } from '../../lib/api/client';
import { percent } from '../../lib/format';
import { messages } from '../../lib/messages';
import { nextSort } from '../../lib/search';

type Finding = Schemas['Finding'];

const columns: { key: string; label: string; down: boolean; portfolio?: true; wide?: true }[] = [
  { key: 'score', label: 'Severity', down: true },
  { key: 'vulnerability', label: 'Vulnerability', down: false },
  { key: 'component', label: 'Component', down: false, wide: true },
  { key: '', label: 'Upgrade to', down: false },
  { key: 'epss', label: 'EPSS', down: true, wide: true },
  { key: 'kev', label: 'Exploited', down: false, wide: true },
  { key: 'product', label: 'Release', down: false, portfolio: true, wide: true },
  { key: 'first_seen', label: 'First seen', down: true, wide: true },
];

/** On a phone only severity, flaw with component, and upgrade stand side by side; the rest is in the drawer. */
const wide = { visibleFrom: 'sm' } as const;

export function FindingTable({
  findings,
  chosen,
  choose,
  sort,
  resort,
  portfolio,
}: {
  findings: Finding[];
  chosen: number | undefined;
  choose: (id: number) => void;
  sort: string | undefined;
  resort: (sort: string) => void;
  portfolio: boolean;
}) {
  const current = sort ?? '-score';
  return (
    <Table highlightOnHover miw={{ base: 0, sm: portfolio ? 980 : 820 }}>
      <Table.Thead style={{ background: 'var(--tw-panel)' }}>
        <Table.Tr>
          {columns
            .filter((c) => portfolio || !c.portfolio)
            .map((c) => (
              <Table.Th key={c.label} {...(c.wide ? wide : {})} aria-sort={ariaSort(current, c.key)}>
                {c.key ? (
                  <UnstyledButton
                    fz="sm"
                    fw={600}
                    style={{ whiteSpace: 'nowrap' }}
                    onClick={() => resort(c.key === 'kev' ? 'kev' : nextSort(current, c.key, c.down))}
                  >
                    {c.label}
                    {current === c.key && <IconChevronUp size={12} aria-hidden />}
                    {current === `-${c.key}` && <IconChevronDown size={12} aria-hidden />}
                  </UnstyledButton>
                ) : (
                  c.label
                )}
              </Table.Th>
            ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {findings.map((f) => (
          <Row key={f.id} f={f} chosen={f.id === chosen} choose={choose} portfolio={portfolio} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function ariaSort(current: string, key: string) {
  if (!key) return undefined;
  if (current === key) return 'ascending';
  return current === `-${key}` ? 'descending' : 'none';
}

function Row({
  f,
  chosen,
  choose,
  portfolio,
}: {
  f: Finding;
  chosen: boolean;
  choose: (id: number) => void;
  portfolio: boolean;
}) {
  return (
    <Table.Tr
      className="tw-row"
      data-chosen={chosen}
      data-finding={f.id}
      tabIndex={0}
      aria-label={`Evidence of ${f.vulnerability.name} in ${f.component.name}`}
      onClick={() => choose(f.id)}
      onKeyDown={(e) => {
        if (e.key === 'Enter') choose(f.id);
      }}
    >
      <Table.Td>
        <SeverityBadge severity={f.severity} score={f.score} />
      </Table.Td>
      <Table.Td maw={340}>
        <Text size="sm" fw={600}>
          {f.vulnerability.name}
        </Text>
        <Text size="xs" c="dimmed" lineClamp={1}>
          {f.vulnerability.summary}
        </Text>
        <Text size="xs" hiddenFrom="sm" style={{ overflowWrap: 'anywhere' }}>
          {f.component.name} {f.component.version}
        </Text>
        {portfolio && (
          <Text size="xs" c="dimmed" hiddenFrom="sm">
            {f.product_name} {f.release_version}
          </Text>
        )}
      </Table.Td>
      <Table.Td {...wide} maw={260}>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {f.component.name}
        </Text>
        <Text size="xs" c="dimmed">
          {f.component.version}
          {f.direct ? ', direct' : f.depth ? `, ${f.depth} levels down` : ''}
        </Text>
      </Table.Td>
      <Table.Td>
        {f.fixed_version ? (
          <Text size="sm" fw={600} className="tw-mono">
            {f.fixed_version}
          </Text>
        ) : (
          <Text size="sm" c="dimmed">
            {messages.noFix}
          </Text>
        )}
      </Table.Td>
      <Table.Td {...wide}>
        <Text size="sm">{f.epss === undefined ? '' : percent(f.epss)}</Text>
      </Table.Td>
      <Table.Td {...wide}>{f.kev && <KevBadge due={f.kev_due} />}</Table.Td>
      {portfolio && (
        <Table.Td {...wide}>
          <Link
            className="tw-link"
            to="/releases/$releaseId"
            params={{ releaseId: f.release_id }}
            onClick={(e) => e.stopPropagation()}
          >
            <Text component="span" size="sm">
              {f.product_name} {f.release_version}
            </Text>
          </Link>
        </Table.Td>
      )}
      <Table.Td {...wide}>
        <Text size="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          {f.state === 'resolved' && f.resolved_at ? (
            <>
              gone <Ago at={f.resolved_at} />
            </>
          ) : (
            <Ago at={f.first_seen} />
          )}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
