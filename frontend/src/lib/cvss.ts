import { m } from './messages';

/** A metric of a CVSS vector in words. */
export interface Metric {
  name: string;
  value: string;
  /** True where the value is the worst of its metric. */
  worst: boolean;
}

type Values = Readonly<Record<string, string>>;
/** A metric's short name, its values in words, and the worst of them; in the order of the specification. */
type Table = [keyof typeof m.cvss.names, Values, string][];

function tableOf(version: string): Table {
  const { v2, v3, v4 } = m.cvss;
  if (version === '2.0') {
    return [
      ['AV', v2.AV, 'N'],
      ['AC', v2.AC, 'L'],
      ['Au', v2.Au, 'N'],
      ['C', v2.C, 'C'],
      ['I', v2.I, 'C'],
      ['A', v2.A, 'C'],
    ];
  }
  if (version.startsWith('3')) {
    return [
      ['AV', v3.AV, 'N'],
      ['AC', v3.AC, 'L'],
      ['PR', v3.PR, 'N'],
      ['UI', v3.UI, 'N'],
      ['S', v3.S, 'C'],
      ['C', v3.C, 'H'],
      ['I', v3.I, 'H'],
      ['A', v3.A, 'H'],
      ['E', v3.E, 'H'],
    ];
  }
  if (!version.startsWith('4')) return [];
  return [
    ['AV', v3.AV, 'N'],
    ['AC', v3.AC, 'L'],
    ['AT', v4.AT, 'N'],
    ['PR', v3.PR, 'N'],
    ['UI', v3.UI, 'N'],
    ['VC', v4.VC, 'H'],
    ['VI', v4.VI, 'H'],
    ['VA', v4.VA, 'H'],
    ['SC', v4.SC, 'H'],
    ['SI', v4.SI, 'H'],
    ['SA', v4.SA, 'H'],
    ['E', v4.E, 'A'],
  ];
}

/** The version of a vector, read from its prefix ("4.0", "3.1", "3.0", "2.0"); empty when it is none. */
export function cvssVersion(vector: string): string {
  const found = /^CVSS:(\d\.\d)\//.exec(vector);
  if (found?.[1]) return found[1];
  return /^\(?AV:[NAL]\/AC:[LMH]\/Au:/.test(vector) ? '2.0' : '';
}

/**
 * The base metrics of a vector, and the exploit's maturity where it is given, in words and in the specification's order.
 * Unknown vectors give an empty list.
 */
export function decodeCvss(vector: string): Metric[] {
  const given = new Map(
    vector
      .replace(/[()]/g, '')
      .split('/')
      .map((p) => p.split(':') as [string, string]),
  );
  return tableOf(cvssVersion(vector)).flatMap(([key, values, worst]) => {
    const raw = given.get(key);
    if (raw === undefined || raw === 'X') return [];
    return [{ name: m.cvss.names[key], value: values[raw] ?? raw, worst: raw === worst }];
  });
}
