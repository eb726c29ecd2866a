import { Badge, Group, Text, Tooltip } from '@mantine/core';
import { m } from '../../lib/messages';
import { count } from '../../lib/numbers';
import { asSeverity, type Severity, severities } from '../../lib/severity';

type Counts = Record<Severity, number> & { total: number };

const capital = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);

/** Severity as a word and, where a vector gives one, its score. Colour never stands alone. */
export function SeverityBadge({ severity, score }: { severity: string; score?: number | undefined }) {
  const s = asSeverity(severity);
  const ground = `color-mix(in srgb, var(--tw-fill-${s}) 16%, var(--tw-panel))`;
  return (
    <span className="tw-sev" style={{ color: `var(--tw-${s})` }}>
      {score !== undefined && <b style={{ background: ground }}>{score.toFixed(1)}</b>}
      {score === undefined && (
        <span className="tw-dot" style={{ background: `var(--tw-fill-${s})` }} aria-hidden />
      )}
      <span className="tw-sev-word">{capital(m.common.severities[s])}</span>
    </span>
  );
}

function inWords(open: Counts): string {
  return severities
    .filter((s) => open[s] > 0)
    .map((s) => `${count(open[s])} ${m.common.severities[s]}`)
    .join(', ');
}

/** Open findings by severity as one bar; the numbers stand in its label. */
export function SeverityBar({ open, width = 120 }: { open: Counts; width?: number | string }) {
  if (open.total === 0) {
    return (
      <Text size="sm" c="dimmed">
        {m.common.noFindings}
      </Text>
    );
  }
  const label = inWords(open);
  return (
    <Tooltip label={label}>
      <Group gap={10} wrap="nowrap" role="img" aria-label={label}>
        <span className="tw-bar" style={{ width }}>
          {severities.map((s) =>
            open[s] > 0 ? (
              <span key={s} style={{ flexGrow: open[s], background: `var(--tw-fill-${s})` }} />
            ) : null,
          )}
        </span>
        <Text component="span" size="sm" fw={600}>
          {count(open.total)}
        </Text>
      </Group>
    </Tooltip>
  );
}

/** Known to be exploited, by CISA's list; how many findings where it stands for several. */
export function KevBadge({ due, n }: { due?: string | undefined; n?: number }) {
  const help = due ? `${m.common.exploitedHelp}, ${m.common.due(due)}` : m.common.exploitedHelp;
  return (
    <Tooltip label={help}>
      <Badge color="var(--tw-critical)" variant="outline" miw="max-content">
        {n === undefined ? m.common.exploited : `${count(n)} ${m.common.exploited}`}
      </Badge>
    </Tooltip>
  );
}
