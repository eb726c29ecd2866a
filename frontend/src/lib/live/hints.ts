import type { Query, QueryClient } from '@tanstack/react-query';
import { changedByRelease, keys } from '../keys';
import type { LiveMessage } from './connection';

const products = [
  keys.product,
  keys.productAccess,
  keys.products,
  keys.release,
  keys.releases,
  keys.sbom,
  keys.sboms,
  keys.audit,
];

/** The first words of the queries that a hint of a kind is about. */
const about: Record<string, readonly string[]> = {
  findings: [...changedByRelease, keys.home, keys.sbom],
  products: [...products, keys.home],
  feeds: [keys.feeds, keys.feedRuns, keys.intel, keys.reports, keys.home],
};

/** Lists that people read: their rows move only when asked, see useNews. */
export const isRead = (key: readonly unknown[]) => key[0] === keys.findings && key[1] === 'list';

/** Whether what a query shows may have changed. */
export function concerns(hint: LiveMessage, key: readonly unknown[]): boolean {
  const word = String(key[0]);
  if (hint.kind === 'everything') return true;
  if (!about[hint.kind]?.includes(word)) return false;
  // A page of one release or product that the hint does not name stays as it is.
  const [, id] = key;
  if (typeof id !== 'number') return true;
  if (word === keys.release && hint.release_ids?.length) return hint.release_ids.includes(id);
  if (word === keys.product && hint.product_ids?.length) return hint.product_ids.includes(id);
  return true;
}

/** Fetches anew what hints are about; lists that people read are only marked as old. */
export function refetch(client: QueryClient, hints: LiveMessage[]) {
  const meant = (q: Query) => hints.some((h) => concerns(h, q.queryKey));
  void client.invalidateQueries({ predicate: (q) => meant(q) && isRead(q.queryKey), refetchType: 'none' });
  void client.invalidateQueries({ predicate: (q) => meant(q) && !isRead(q.queryKey) });
}

/** At least this long lies between two rounds of fetching, however many hints come. */
export const apart = 2_000;

/** Hands the first hint on at once and gathers those that follow. */
export function gather(
  tell: (hints: LiveMessage[]) => void,
  later: (call: () => void, ms: number) => void,
): (hint: LiveMessage) => void {
  let held: LiveMessage[] = [];
  let busy = false;
  const flush = () => {
    busy = held.length > 0;
    if (!busy) return;
    const told = held;
    held = [];
    tell(told);
    later(flush, apart);
  };
  return (hint) => {
    if (hint.kind === 'everything') held = [hint];
    else if (held[0]?.kind !== 'everything') held.push(hint);
    if (held.length > 100) held = [{ kind: 'everything' }];
    if (!busy) flush();
  };
}
