import { locale } from './language';

const numbers = new Intl.NumberFormat(locale);
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export function count(n: number): string {
  return numbers.format(n);
}

/** "1 finding", "12 findings"; German, too, has one word for one and one for all others. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A likelihood (0 to 1) as a percentage; small ones keep a digit that says something. */
export function percent(p: number): string {
  const v = p * 100;
  // Nothing is certain: what rounds to 100 is shown below it.
  if (v >= 99.5) return `${tenths.format(Math.min(99.9, Math.floor(v * 10) / 10))} %`;
  if (v >= 10) return `${whole.format(v)} %`;
  if (v >= 0.1) return `${tenths.format(v)} %`;
  return `< ${tenths.format(0.1)} %`;
}

/** A size in powers of 1024. */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${whole.format(n / 1024)} KiB`;
  return `${tenths.format(n / 1024 / 1024)} MiB`;
}
