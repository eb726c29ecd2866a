import { Badge, Box, Group, Text, Tooltip } from '@mantine/core';
import { asSeverity, count, severities } from '../../lib/format';
import type { Counts } from '../../lib/queries';

/** Severity as a word and, where a vector gives one, its score. Colour never stands alone. */
export function SeverityBadge({ severity, score }: { severity: string; score?: number | undefined }) {
  const s = asSeverity(severity);
  return (
    <Group gap={6} wrap="nowrap">
      <Box w={4} h={18} style={{ borderRadius: 2, background: `var(--tw-fill-${s})` }} aria-hidden />
      <Text component="span" size="sm" fw={600} c={`var(--tw-${s})`} style={{ whiteSpace: 'nowrap' }}>
        {s[0]?.toUpperCase() + s.slice(1)}
        {score === undefined ? '' : ` ${score.toFixed(1)}`}
      </Text>
    </Group>
  );
}

/** Open findings by severity as one bar; the numbers stand beside it and in the label. */
export function SeverityBar({ open, width = 120 }: { open: Counts; width?: number }) {
  if (open.total === 0) {
    return (
      <Text size="sm" c="dimmed">
        no findings
      </Text>
    );
  }
  const label = severities
    .filter((s) => open[s] > 0)
    .map((s) => `${count(open[s])} ${s}`)
    .join(', ');
  return (
    <Tooltip label={label}>
      <Group gap={8} wrap="nowrap" role="img" aria-label={label}>
        <Group gap={1} wrap="nowrap" w={width} h={8} style={{ borderRadius: 4, overflow: 'hidden' }}>
          {severities.map((s) =>
            open[s] > 0 ? (
              <Box
                key={s}
                h={8}
                style={{ flexGrow: open[s], minWidth: 3, background: `var(--tw-fill-${s})` }}
              />
            ) : null,
          )}
        </Group>
        <Text size="sm" fw={600}>
          {count(open.total)}
        </Text>
      </Group>
    </Tooltip>
  );
}

/** Known to be exploited, by CISA's list. */
export function KevBadge({ due }: { due?: string | undefined }) {
  return (
    <Tooltip
      label={
        due
          ? `On CISA's list of exploited vulnerabilities, due ${due}`
          : "On CISA's list of exploited vulnerabilities"
      }
    >
      <Badge size="sm" radius="sm" color="var(--tw-critical)" variant="outline">
        exploited
      </Badge>
    </Tooltip>
  );
}
