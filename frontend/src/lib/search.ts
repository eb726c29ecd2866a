import { severities } from './format';
import type { FindingsSearch } from './queries';

/** A findings view in the URL: filters, sort, and the finding whose evidence is open. */
export interface FindingsView extends FindingsSearch {
  finding?: number | undefined;
}

const sorts = ['score', 'epss', 'kev', 'first_seen', 'component', 'vulnerability', 'product'];

/** Reads a view from search params. What it does not know it drops, so that no link leads to an error. */
export function parseFindingsView(raw: Record<string, unknown>): FindingsView {
  const view: FindingsView = {};
  const text = (k: string) => (typeof raw[k] === 'string' && raw[k] !== '' ? (raw[k] as string) : undefined);
  const flag = (k: string) => (raw[k] === true || raw[k] === 'true' ? true : undefined);
  view.q = text('q') ?? (typeof raw.q === 'number' ? String(raw.q) : undefined);
  const chosen = (text('severity') ?? '')
    .split(',')
    .filter((s) => (severities as readonly string[]).includes(s));
  view.severity = chosen.length > 0 ? chosen.join(',') : undefined;
  view.ecosystem = text('ecosystem');
  view.kev = flag('kev');
  view.fixable = flag('fixable');
  const state = text('state');
  view.state = state === 'resolved' || state === 'all' ? state : undefined;
  const sort = text('sort');
  view.sort = sort && sorts.includes(sort.replace(/^-/, '')) ? sort : undefined;
  const id = Number(raw.finding);
  view.finding = Number.isInteger(id) && id > 0 ? id : undefined;
  return Object.fromEntries(Object.entries(view).filter(([, v]) => v !== undefined));
}

/** Turns one severity of a comma list on or off. */
export function toggleSeverity(list: string | undefined, severity: string): string | undefined {
  const chosen = new Set((list ?? '').split(',').filter(Boolean));
  if (!chosen.delete(severity)) chosen.add(severity);
  return severities.filter((s) => chosen.has(s)).join(',') || undefined;
}

/** The sort after a click on a column: the column's natural direction first, then the other. */
export function nextSort(current: string | undefined, column: string, naturallyDown: boolean): string {
  const natural = naturallyDown ? `-${column}` : column;
  const other = naturallyDown ? column : `-${column}`;
  return current === natural ? other : natural;
}
