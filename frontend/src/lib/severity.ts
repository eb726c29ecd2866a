/** Worst first. */
export const severities = ['critical', 'high', 'medium', 'low', 'none', 'unknown'] as const;
export type Severity = (typeof severities)[number];

export function asSeverity(s: string): Severity {
  return (severities as readonly string[]).includes(s) ? (s as Severity) : 'unknown';
}

type Counts = Record<Severity, number>;

/** The worst severity that has a finding; "unknown" only where no other has one. */
export function worst(open: Counts): Severity | undefined {
  return severities.find((s) => open[s] > 0);
}

/** Turns one severity of a comma list on or off; the list keeps the order of the severities. */
export function toggleSeverity(list: string | undefined, severity: Severity): string | undefined {
  const chosen = new Set((list ?? '').split(',').filter(Boolean));
  if (!chosen.delete(severity)) chosen.add(severity);
  return severities.filter((s) => chosen.has(s)).join(',') || undefined;
}
