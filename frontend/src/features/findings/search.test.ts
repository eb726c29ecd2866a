import { describe, expect, it } from 'vitest';
import { isFiltered, nextSort, parseFindingsView } from './search';

describe('a findings view in the URL', () => {
  it('keeps what it knows, in one order', () => {
    expect(
      parseFindingsView({
        q: 'log4j',
        severity: 'high,critical,odd',
        kev: true,
        fixable: 'true',
        ecosystem: 'Maven',
        state: 'all',
        sort: '-epss',
        finding: '12',
        tab: 'x',
      }),
    ).toEqual({
      q: 'log4j',
      severity: 'critical,high',
      kev: true,
      fixable: true,
      ecosystem: 'Maven',
      state: 'all',
      sort: '-epss',
      finding: 12,
    });
  });
  it('drops what it does not know and what is the default', () => {
    expect(
      parseFindingsView({ sort: 'colour', finding: -1, q: ' ', kev: 'yes', state: 'open', severity: '' }),
    ).toEqual({});
    expect(parseFindingsView({ sort: '-score', finding: 1.5 })).toEqual({});
  });
  it('takes a number for the text that it was', () => {
    expect(parseFindingsView({ q: 2021 })).toEqual({ q: '2021' });
  });
  it('knows filters from order', () => {
    expect(isFiltered({ sort: 'kev', finding: 3 })).toBe(false);
    expect(isFiltered({ sort: 'kev', kev: true })).toBe(true);
  });
});

describe('the sort after a click', () => {
  it('goes the natural way first, then the other', () => {
    expect(nextSort(undefined, 'epss', true)).toBe('-epss');
    expect(nextSort('-epss', 'epss', true)).toBe('epss');
    expect(nextSort('component', 'component', false)).toBe('-component');
  });
  it('is not written where it is the default', () => {
    expect(nextSort('score', 'score', true)).toBeUndefined();
    expect(nextSort(undefined, 'score', true)).toBe('score');
  });
  it('stays where the server sorts one way only', () => {
    expect(nextSort('kev', 'kev', false)).toBe('kev');
  });
});
