// @vitest-environment jsdom
import { beforeEach, expect, test } from 'vitest';
import type { Found } from './api/search';
import { groupsOf, recent, remember } from './entries';

const nothing: Found = {
  products: [],
  releases: [],
  components: [],
  vulnerabilities: [],
  reports: [],
  people: [],
};
const flaw = {
  name: 'CVE-2021-44228',
  id: 'GHSA-jfh8-c2jp-5v3q',
  summary: 'Log4Shell',
  severity: 'critical',
  findings: 3,
} as const;

beforeEach(() => localStorage.clear());

test('a whole id comes first, else products do', () => {
  const found: Found = {
    ...nothing,
    products: [{ id: 7, name: 'Gateway', releases: 2 }],
    vulnerabilities: [flaw],
  };
  expect(groupsOf(found, 'ghsa-jfh8-c2jp-5v3q')[0]?.entries[0]?.href).toBe('/vulnerabilities/CVE-2021-44228');
  expect(groupsOf(found, 'ghsa')[0]?.entries[0]?.href).toBe('/products/7');
  expect(groupsOf(nothing, 'x')).toEqual([]);
});

test('names stay whole in addresses', () => {
  const found: Found = { ...nothing, components: [{ ecosystem: 'npm', name: '@scope/a&b', versions: 1 }] };
  expect(groupsOf(found, 'a')[0]?.entries[0]?.href).toBe('/components?name=%40scope%2Fa%26b&ecosystem=npm');
});

test('what was opened last is remembered once, and strange content is not', () => {
  const entry = { href: '/products/1', title: 'Gateway', detail: '' };
  remember(entry);
  remember({ ...entry, href: '/products/2' });
  remember(entry);
  expect(recent().map((e) => e.href)).toEqual(['/products/1', '/products/2']);
  localStorage.setItem('tw-search-recent', '[{"href":"javascript:alert(1)","title":"x"}, 4]');
  expect(recent()).toEqual([]);
});
