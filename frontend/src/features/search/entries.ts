import { m } from '../../lib/messages';
import type { Found } from './api/search';

const s = m.search;

/** One line that the search offers; its address is its identity. */
export interface Entry {
  href: string;
  title: string;
  detail: string;
  severity?: string;
}

export interface Group {
  name: string;
  entries: Entry[];
}

const seg = encodeURIComponent;

/** Groups of what was found, without the empty ones. A whole id comes before everything else. */
export function groupsOf(found: Found, q: string): Group[] {
  const flaws: Group = {
    name: s.groups.vulnerabilities,
    entries: found.vulnerabilities.map((v) => ({
      href: `/vulnerabilities/${seg(v.name)}`,
      title: v.id === v.name ? v.name : `${v.id} = ${v.name}`,
      detail: [v.findings > 0 ? s.reaches(v.findings) : s.reachesNothing, v.summary]
        .filter(Boolean)
        .join(', '),
      severity: v.severity,
    })),
  };
  const typed = q.trim().toLowerCase();
  const exact = found.vulnerabilities.some(
    (v) => v.id.toLowerCase() === typed || v.name.toLowerCase() === typed,
  );
  const others: Group[] = [
    {
      name: s.groups.products,
      entries: found.products.map((p) => ({
        href: `/products/${p.id}`,
        title: p.name,
        detail: s.releases(p.releases),
      })),
    },
    {
      name: s.groups.releases,
      entries: found.releases.map((r) => ({
        href: `/releases/${r.release_id}`,
        title: `${r.product_name} ${r.version}`,
        detail: '',
      })),
    },
    {
      name: s.groups.components,
      entries: found.components.map((c) => ({
        href: `/components?name=${seg(c.name)}${c.ecosystem ? `&ecosystem=${seg(c.ecosystem)}` : ''}`,
        title: c.name,
        detail: [c.ecosystem, s.versions(c.versions)].filter(Boolean).join(', '),
      })),
    },
    {
      name: s.groups.reports,
      entries: found.reports.map((r) => ({
        href: `/intel/reports/${r.id}`,
        title: r.name,
        detail: r.adversary,
      })),
    },
    {
      name: s.groups.people,
      entries: found.people.map((p) => ({ href: '/people', title: p.name, detail: p.mail })),
    },
  ];
  return (exact ? [flaws, ...others] : [...others.slice(0, 3), flaws, ...others.slice(3)]).filter(
    (g) => g.entries.length > 0,
  );
}

const place = 'tw-search-recent';
const kept = 6;

/** What was opened from the search last, on this device. */
export function recent(): Entry[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
    return Array.isArray(list) ? list.filter(isEntry).slice(0, kept) : [];
  } catch {
    return [];
  }
}

function isEntry(x: unknown): x is Entry {
  const e = x as Partial<Entry> | null;
  return typeof e?.href === 'string' && e.href.startsWith('/') && typeof e.title === 'string';
}

export function remember(entry: Entry): void {
  const list = [entry, ...recent().filter((e) => e.href !== entry.href)].slice(0, kept);
  try {
    localStorage.setItem(place, JSON.stringify(list));
  } catch {
    // A browser that keeps nothing searches all the same.
  }
}
