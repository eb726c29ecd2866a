import { useEffect, useRef, useState } from 'react';

/**
 * How many findings came (or went, below 0) since the list was fetched: the count follows hints of change, the rows stay where
 * they are until the person asks. `total` is the count now, `listed` whether the list is being fetched as a whole.
 */
export function useNews(
  view: string,
  total: number | undefined,
  busy: { list: boolean; total: boolean },
): number {
  const [base, setBase] = useState<{ view: string; total: number }>();
  const fetched = useRef(false);
  if (busy.list) fetched.current = true;
  useEffect(() => {
    if (total === undefined || busy.list || busy.total) return;
    if (fetched.current || base?.view !== view) {
      fetched.current = false;
      setBase({ view, total });
    }
  }, [view, total, busy.list, busy.total, base?.view]);
  return base?.view === view && total !== undefined && !busy.list ? total - base.total : 0;
}
