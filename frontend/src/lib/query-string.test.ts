import { describe, expect, it } from 'vitest';
import { parseQuery, writeQuery } from './query-string';

describe('search params are text', () => {
  it('keeps a version that looks like a number', () => {
    expect(parseQuery('?name=log4j-core&below=2.10')).toEqual({ name: 'log4j-core', below: '2.10' });
    expect(parseQuery('q=true&name=%22a%22')).toEqual({ q: 'true', name: '"a"' });
  });
  it('writes what it reads, without what is absent', () => {
    const search = { severity: 'critical,high', ecosystem: 'Debian:12', kev: true, q: '', state: undefined };
    expect(writeQuery(search)).toBe('?severity=critical,high&ecosystem=Debian:12&kev=true');
    expect(writeQuery({})).toBe('');
    const odd = { q: 'a&b=c #1 + ä' };
    expect(parseQuery(writeQuery(odd))).toEqual(odd);
  });
});
