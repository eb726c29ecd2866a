/** One stretch of affected versions: from `low` up to `high`. */
export interface Stretch {
  low: string;
  lowIncluded: boolean;
  high: string;
  highIncluded: boolean;
}

/**
 * Reads a range as the evidence writes it (">= 2.13.0, < 2.15.0"; either side may be missing). Anything else, such as a
 * list of versions, gives undefined: it is then shown as it stands.
 */
export function readRange(range: string): Stretch | undefined {
  const s: Stretch = { low: '', lowIncluded: true, high: '', highIncluded: false };
  for (const part of range.split(',')) {
    const found = /^\s*(>=|>|<=|<)\s*(\S+)\s*$/.exec(part);
    const [, sign = '', version = ''] = found ?? [];
    if (!sign) return undefined;
    if (sign.startsWith('>')) {
      if (s.low) return undefined;
      s.low = version;
      s.lowIncluded = sign === '>=';
    } else {
      if (s.high) return undefined;
      s.high = version;
      s.highIncluded = sign === '<=';
    }
  }
  return s.low || s.high ? s : undefined;
}
