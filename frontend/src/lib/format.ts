export const severities = ['critical', 'high', 'medium', 'low', 'none', 'unknown'] as const;
export type Severity = (typeof severities)[number];

export function asSeverity(s: string): Severity {
  return (severities as readonly string[]).includes(s) ? (s as Severity) : 'unknown';
}

const numbers = new Intl.NumberFormat(undefined);

export function count(n: number): string {
  return numbers.format(n);
}

/** "1 finding", "12 findings". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** EPSS probability (0 to 1) as a percentage; small ones keep a digit that says something. */
export function percent(p: number): string {
  const v = p * 100;
  // Nothing is certain: what rounds to 100 is shown below it.
  if (v >= 99.5) return `${Math.min(99.9, Math.floor(v * 10) / 10).toFixed(1)} %`;
  if (v >= 10) return `${v.toFixed(0)} %`;
  if (v >= 0.1) return `${v.toFixed(1)} %`;
  return '< 0.1 %';
}

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(0)} KiB`;
  return `${(n / 1024 / 1024).toFixed(1)} MiB`;
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "3 hours ago"; below a minute "just now". */
export function ago(iso: string, now: Date = new Date()): string {
  const seconds = (new Date(iso).getTime() - now.getTime()) / 1000;
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  }
  return 'just now';
}

export function exact(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' });
}

export function day(iso: string): string {
  return new Date(iso).toLocaleDateString(undefined, { dateStyle: 'medium' });
}
