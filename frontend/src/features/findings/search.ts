import { flag, given, id, oneOf, type Raw, text } from '../../lib/search';
import { severities } from '../../lib/severity';

const columns = ['score', 'epss', 'first_seen', 'component', 'vulnerability'] as const;
const sorts = [...columns, ...columns.map((c) => `-${c}` as const), 'kev', 'product'] as const;
export type Sort = (typeof sorts)[number];

/** What narrows a findings list; the same words as in the URL. */
export interface FindingsFilter {
  q?: string | undefined;
  /** Comma list. */
  severity?: string | undefined;
  ecosystem?: string | undefined;
  kev?: boolean | undefined;
  fixable?: boolean | undefined;
  /** Left out: open. */
  state?: 'settled' | 'resolved' | 'all' | undefined;
  /** Comma list of what was decided. */
  vex?: string | undefined;
  /** Decided, and to be looked at again. */
  review?: boolean | undefined;
}

/** A findings view in the URL: filters, sort (left out: the worst first), and the finding whose evidence is open. */
export interface FindingsView extends FindingsFilter {
  sort?: Sort | undefined;
  finding?: number | undefined;
}

export function parseFindingsView(raw: Raw): FindingsView {
  const chosen = (text(raw, 'severity') ?? '').split(',');
  const sort = oneOf(raw, 'sort', sorts);
  return given({
    q: text(raw, 'q'),
    severity: severities.filter((s) => chosen.includes(s)).join(',') || undefined,
    ecosystem: text(raw, 'ecosystem'),
    kev: flag(raw, 'kev'),
    fixable: flag(raw, 'fixable'),
    state: oneOf(raw, 'state', ['settled', 'resolved', 'all'] as const),
    vex: text(raw, 'vex'),
    review: flag(raw, 'review'),
    sort: sort === '-score' ? undefined : sort,
    finding: id(raw, 'finding'),
  });
}

export function isFiltered(view: FindingsView): boolean {
  const { sort: _, finding: __, ...filter } = view;
  return Object.values(filter).some((v) => v !== undefined);
}

/** The sort after a click on a column: the column's natural direction first, then the other where there is one. */
export function nextSort(
  current: Sort | undefined,
  column: string,
  naturallyDown: boolean,
): Sort | undefined {
  const natural = naturallyDown ? `-${column}` : column;
  const other = naturallyDown ? column : `-${column}`;
  const next = (current ?? '-score') === natural ? other : natural;
  const known = sorts.find((s) => s === next) ?? sorts.find((s) => s === natural);
  return known === '-score' ? undefined : known;
}
