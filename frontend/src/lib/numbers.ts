const numbers = new Intl.NumberFormat(undefined);

export function count(n: number): string {
  return numbers.format(n);
}

/** "1 finding", "12 findings". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A likelihood (0 to 1) as a percentage; small ones keep a digit that says something. */
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
