import { describe, expect, it } from 'vitest';
import { cvssVersion, decodeCvss } from './cvss';

describe('CVSS in words', () => {
  it('reads version 3 and marks the worst', () => {
    const words = decodeCvss('CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:L/A:N');
    expect(words.map((m) => m.value)).toEqual([
      'the network',
      'high',
      'none',
      'yes',
      'yes',
      'high',
      'low',
      'none',
    ]);
    expect(words.filter((m) => m.worst).map((m) => m.name)).toEqual([
      'Reached from',
      'Privileges needed',
      'Reaches beyond the component',
      'Confidentiality',
    ]);
  });
  it('reads version 2, with and without brackets', () => {
    expect(cvssVersion('AV:N/AC:L/Au:N/C:P/I:P/A:P')).toBe('2.0');
    expect(decodeCvss('(AV:L/AC:M/Au:S/C:C/I:P/A:N)').map((m) => m.value)).toEqual([
      'the machine itself',
      'medium',
      'once',
      'complete',
      'partial',
      'none',
    ]);
  });
  it('reads version 4 in its own order, with the exploit only where it is stated', () => {
    const base = 'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:N/VI:N/VA:N/SC:L/SI:L/SA:S';
    expect(decodeCvss(base)).toHaveLength(11);
    expect(decodeCvss(`${base}/E:X`)).toHaveLength(11);
    expect(decodeCvss(`${base}/E:A`).at(-1)).toEqual({
      name: 'Exploit',
      value: 'attacked already',
      worst: true,
    });
  });
  it('gives nothing for what is no vector', () => {
    expect([decodeCvss('HIGH'), decodeCvss('')]).toEqual([[], []]);
  });
});
