import { describe, expect, it } from 'vitest';
import { cvssVersion, decodeCvss } from './cvss';
import { ago, asSeverity, bytes, percent, plural } from './format';
import { ApiProblem, asProblem } from './problem';
import { nextSort, parseFindingsView, toggleSeverity } from './search';

describe('format', () => {
  it('says likelihoods so that small ones still say something', () => {
    expect([0.99996, 0.97, 0.1, 0.0123, 0.0004].map(percent)).toEqual([
      '99.9 %',
      '97 %',
      '10 %',
      '1.2 %',
      '< 0.1 %',
    ]);
  });
  it('counts in words', () => {
    expect([plural(1, 'finding'), plural(0, 'finding'), plural(2, 'SBOM')]).toEqual([
      '1 finding',
      '0 findings',
      '2 SBOMs',
    ]);
  });
  it('tells times from now', () => {
    const now = new Date('2026-11-25T12:00:00Z');
    expect(ago('2026-11-25T11:59:40Z', now)).toBe('just now');
    expect(ago('2026-11-25T09:00:00Z', now)).toBe('3 hours ago');
    expect(ago('2026-11-24T12:00:00Z', now)).toBe('yesterday');
  });
  it('sizes and severities', () => {
    expect([bytes(900), bytes(2048), bytes(3_200_000)]).toEqual(['900 B', '2 KiB', '3.1 MiB']);
    expect([asSeverity('high'), asSeverity('urgent')]).toEqual(['high', 'unknown']);
  });
});

describe('CVSS in words', () => {
  it('reads every version and marks the worst', () => {
    expect(cvssVersion('AV:N/AC:L/Au:N/C:P/I:P/A:P')).toBe('2.0');
    const v3 = decodeCvss('CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:L/A:N');
    expect(v3.map((m) => m.value)).toEqual([
      'the network',
      'high',
      'none',
      'yes',
      'yes',
      'high',
      'low',
      'none',
    ]);
    expect(v3.filter((m) => m.worst).map((m) => m.name)).toEqual([
      'Reached from',
      'Privileges needed',
      'Reaches beyond the component',
      'Confidentiality',
    ]);
    expect(decodeCvss('CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:N/VI:N/VA:N/SC:L/SI:L/SA:S')).toHaveLength(11);
  });
  it('gives nothing for what is no vector', () => {
    expect(decodeCvss('HIGH')).toEqual([]);
  });
});

describe('a view in the URL', () => {
  it('keeps what it knows and drops the rest', () => {
    const view = parseFindingsView({
      q: 'log4j',
      severity: 'high,urgent,critical',
      kev: 'true',
      state: 'gone',
      sort: '-epss',
      finding: '12',
      tab: 'x',
    });
    expect(view).toEqual({ q: 'log4j', severity: 'high,critical', kev: true, sort: '-epss', finding: 12 });
    expect(parseFindingsView({ sort: 'colour', finding: '-1', q: '' })).toEqual({});
  });
  it('toggles severities in their own order', () => {
    expect(toggleSeverity(undefined, 'high')).toBe('high');
    expect(toggleSeverity('low', 'critical')).toBe('critical,low');
    expect(toggleSeverity('high', 'high')).toBeUndefined();
  });
  it('sorts the natural way first, then the other', () => {
    expect(nextSort('-score', 'epss', true)).toBe('-epss');
    expect(nextSort('-epss', 'epss', true)).toBe('epss');
    expect(nextSort('component', 'component', false)).toBe('-component');
  });
});

describe('problems', () => {
  it('carries words, places and the request', () => {
    const p = ApiProblem.from(422, {
      title: 'Unprocessable',
      detail: 'No.',
      request_id: 'r1',
      faults: [{ path: '/a', code: 'x', message: 'm' }, 7],
    });
    expect([p.message, p.status, p.requestId, p.faults.length]).toEqual(['No.', 422, 'r1', 1]);
  });
  it('says something for answers that say nothing', () => {
    expect(ApiProblem.from(502, '<html>').message).toContain('502');
    expect(asProblem(new Error('boom')).message).toBe('boom');
  });
});
