import { Button, Chip, Group, Select } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { SearchField } from '../../../components/ui/search-field';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import { oneOf } from '../../../lib/search';
import { type Severity, severities, toggleSeverity } from '../../../lib/severity';
import { type FindingsView, isFiltered } from '../search';

const states = (['open', 'settled', 'resolved', 'all'] as const).map((value) => ({
  value,
  label: m.findings.states[value],
}));

/** Filters as chips; each is a part of the URL. The numbers are those under the other filters. */
export function FindingFilters({
  view,
  change,
  counts,
  ecosystems,
}: {
  view: FindingsView;
  change: (part: FindingsView) => void;
  counts: Record<Severity, number> | undefined;
  ecosystems: string[];
}) {
  const chosen = (view.severity ?? '').split(',');
  const offered = severities.filter((s) => s !== 'none' || chosen.includes(s) || (counts?.[s] ?? 0) > 0);
  return (
    <Group gap={8}>
      <SearchField
        label={m.findings.search}
        placeholder={m.findings.searchHint}
        value={view.q}
        onSearch={(q) => change({ q })}
        w={{ base: '100%', xs: 210 }}
      />
      <Group gap={6} role="group" aria-label={m.findings.severity}>
        {offered.map((s) => (
          <Chip
            key={s}
            checked={chosen.includes(s)}
            onChange={() => change({ severity: toggleSeverity(view.severity, s) })}
          >
            <span
              className="tw-dot"
              style={{ background: `var(--tw-fill-${s})`, marginRight: 6 }}
              aria-hidden
            />
            {m.common.severities[s]}
            {counts && <span style={{ opacity: 0.75, marginLeft: 6 }}>{count(counts[s])}</span>}
          </Chip>
        ))}
        <Chip checked={view.kev ?? false} onChange={(on) => change({ kev: on || undefined })}>
          {m.common.exploited}
        </Chip>
        <Chip checked={view.fixable ?? false} onChange={(on) => change({ fixable: on || undefined })}>
          {m.findings.fixable}
        </Chip>
        <Chip checked={view.vex === 'none'} onChange={(on) => change({ vex: on ? 'none' : undefined })}>
          {m.decision.noneYet}
        </Chip>
        <Chip checked={view.review ?? false} onChange={(on) => change({ review: on || undefined })}>
          {m.decision.reviewChip}
        </Chip>
      </Group>
      <Select
        aria-label={m.findings.ecosystem}
        placeholder={m.findings.anyEcosystem}
        data={
          view.ecosystem && !ecosystems.includes(view.ecosystem)
            ? [view.ecosystem, ...ecosystems]
            : ecosystems
        }
        value={view.ecosystem ?? null}
        onChange={(v) => change({ ecosystem: v ?? undefined })}
        searchable
        clearable
        w={150}
      />
      <Select
        aria-label={m.findings.state}
        data={states}
        value={view.state ?? 'open'}
        allowDeselect={false}
        onChange={(v) => change({ state: oneOf({ v }, 'v', ['settled', 'resolved', 'all'] as const) })}
        w={132}
      />
      {isFiltered(view) && (
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={() =>
            change({
              q: undefined,
              severity: undefined,
              kev: undefined,
              fixable: undefined,
              ecosystem: undefined,
              state: undefined,
              vex: undefined,
              review: undefined,
            })
          }
        >
          {m.findings.clear}
        </Button>
      )}
    </Group>
  );
}
