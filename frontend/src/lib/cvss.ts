/** A metric of a CVSS vector in words. */
export interface Metric {
  name: string;
  value: string;
  /** True where the value is the worst of its metric. */
  worst: boolean;
}

type Table = Record<string, { name: string; values: Record<string, string>; worst: string }>;

const impact = { H: 'high', L: 'low', N: 'none' };

const exploit = {
  name: 'Exploit',
  values: {
    A: 'attacked already',
    P: 'proof of concept',
    U: 'unreported',
    H: 'works everywhere',
    F: 'works',
  },
};

const v3: Table = {
  AV: {
    name: 'Reached from',
    values: { N: 'the network', A: 'the adjacent network', L: 'the machine itself', P: 'physical access' },
    worst: 'N',
  },
  AC: { name: 'Complexity', values: { L: 'low', H: 'high' }, worst: 'L' },
  PR: { name: 'Privileges needed', values: { N: 'none', L: 'low', H: 'high' }, worst: 'N' },
  UI: {
    name: 'Somebody must act',
    values: { N: 'no', R: 'yes', P: 'passively', A: 'actively' },
    worst: 'N',
  },
  S: { name: 'Reaches beyond the component', values: { U: 'no', C: 'yes' }, worst: 'C' },
  C: { name: 'Confidentiality', values: impact, worst: 'H' },
  I: { name: 'Integrity', values: impact, worst: 'H' },
  A: { name: 'Availability', values: impact, worst: 'H' },
  E: { ...exploit, values: { ...exploit.values, U: 'unproven' }, worst: 'H' },
};

const v4: Table = {
  AV: v3.AV as Table[string],
  AC: v3.AC as Table[string],
  AT: { name: 'Special conditions', values: { N: 'none', P: 'present' }, worst: 'N' },
  PR: v3.PR as Table[string],
  UI: v3.UI as Table[string],
  VC: { name: 'Confidentiality here', values: impact, worst: 'H' },
  VI: { name: 'Integrity here', values: impact, worst: 'H' },
  VA: { name: 'Availability here', values: impact, worst: 'H' },
  SC: { name: 'Confidentiality beyond', values: impact, worst: 'H' },
  SI: { name: 'Integrity beyond', values: { ...impact, S: 'safety' }, worst: 'H' },
  SA: { name: 'Availability beyond', values: { ...impact, S: 'safety' }, worst: 'H' },
  E: { ...exploit, worst: 'A' },
};

const part = { C: 'complete', P: 'partial', N: 'none' };

const v2: Table = {
  AV: {
    name: 'Reached from',
    values: { N: 'the network', A: 'the adjacent network', L: 'the machine itself' },
    worst: 'N',
  },
  AC: { name: 'Complexity', values: { L: 'low', M: 'medium', H: 'high' }, worst: 'L' },
  Au: { name: 'Authentication', values: { N: 'none', S: 'once', M: 'several times' }, worst: 'N' },
  C: { name: 'Confidentiality', values: part, worst: 'C' },
  I: { name: 'Integrity', values: part, worst: 'C' },
  A: { name: 'Availability', values: part, worst: 'C' },
};

/** The version of a vector, read from its prefix ("4.0", "3.1", "3.0", "2.0"); empty when it is none. */
export function cvssVersion(vector: string): string {
  const m = /^CVSS:(\d\.\d)\//.exec(vector);
  if (m?.[1]) return m[1];
  return /^\(?AV:[NAL]\/AC:[LMH]\/Au:/.test(vector) ? '2.0' : '';
}

/**
 * The base metrics of a vector, and the exploit's maturity where it is given, in words and in the specification's order.
 * Unknown vectors give an empty list.
 */
export function decodeCvss(vector: string): Metric[] {
  const version = cvssVersion(vector);
  const table =
    version === '2.0' ? v2 : version.startsWith('3') ? v3 : version.startsWith('4') ? v4 : undefined;
  if (!table) return [];
  const given = new Map(
    vector
      .replace(/[()]/g, '')
      .split('/')
      .map((p) => p.split(':') as [string, string]),
  );
  return Object.entries(table).flatMap(([key, m]) => {
    const raw = given.get(key);
    if (raw === undefined || raw === 'X') return [];
    return [{ name: m.name, value: m.values[raw] ?? raw, worst: raw === m.worst }];
  });
}
