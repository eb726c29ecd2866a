import { describe, expect, it } from 'vitest';
import { bytes, percent, plural } from './numbers';
import { asSeverity, toggleSeverity, worst } from './severity';
import { ago } from './times';

describe('numbers', () => {
  it('says likelihoods so that small ones still say something and none is certain', () => {
    expect([0.99996, 0.97, 0.1, 0.0123, 0.0004].map(percent)).toEqual([
      '99.9 %',
      '97 %',
      '10 %',
      '1.2 %',
      '< 0.1 %',
    ]);
  });
  it('counts in words', () => {
    expect([plural(1, 'finding'), plural(0, 'finding'), plural(2, 'advisory', 'advisories')]).toEqual([
      '1 finding',
      '0 findings',
      '2 advisories',
    ]);
  });
  it('shortens sizes', () => {
    expect([bytes(900), bytes(2048), bytes(3_200_000)]).toEqual(['900 B', '2 KiB', '3.1 MiB']);
  });
});

describe('times', () => {
  const now = new Date('2026-11-25T12:00:00Z');
  it.each([
    ['2026-11-25T11:59:40Z', 'just now'],
    ['2026-11-25T09:00:00Z', '3 hours ago'],
    ['2026-11-24T12:00:00Z', 'yesterday'],
    ['2021-12-10T00:00:00Z', '5 years ago'],
  ])('tells %s from now', (at, words) => {
    expect(ago(at, now)).toBe(words);
  });
});

describe('severities', () => {
  it('takes an unknown word for unknown', () => {
    expect([asSeverity('high'), asSeverity('urgent')]).toEqual(['high', 'unknown']);
  });
  it('finds the worst that has a finding', () => {
    const none = { critical: 0, high: 0, medium: 0, low: 0, none: 0, unknown: 0 };
    expect(worst(none)).toBeUndefined();
    expect(worst({ ...none, low: 3, medium: 1, unknown: 9 })).toBe('medium');
  });
  it('toggles in the order of the severities', () => {
    expect(toggleSeverity(undefined, 'high')).toBe('high');
    expect(toggleSeverity('low', 'critical')).toBe('critical,low');
    expect(toggleSeverity('high', 'high')).toBeUndefined();
  });
});
