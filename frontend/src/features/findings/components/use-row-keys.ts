import { useHotkeys } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import type { Finding } from '../api/findings';

/**
 * j and k go through the findings: the open evidence where one is open, else the focus on the rows. Enter then follows
 * the focused link.
 */
export function useRowKeys({
  findings,
  open,
  show,
  reveal,
}: {
  findings: Finding[];
  open: number | undefined;
  show: (id: number) => void;
  reveal: (index: number) => void;
}) {
  const [focus, setFocus] = useState<number>();
  // A row that was out of sight has its element only after the list was scrolled to it.
  useEffect(() => {
    if (focus === undefined) return;
    const frame = requestAnimationFrame(() => {
      document.querySelector<HTMLElement>(`[data-open="${focus}"]`)?.focus({ preventScroll: true });
      setFocus(undefined);
    });
    return () => cancelAnimationFrame(frame);
  }, [focus]);
  const step = (by: number) => {
    const held = document.activeElement?.closest<HTMLElement>('[data-finding]')?.dataset.finding;
    const at = findings.findIndex((f) => f.id === (open ?? Number(held)));
    const index = at < 0 ? 0 : at + by;
    const target = findings[index];
    if (!target) return;
    reveal(index);
    if (open !== undefined) show(target.id);
    else setFocus(target.id);
  };
  useHotkeys([
    ['j', () => step(1)],
    ['k', () => step(-1)],
  ]);
  return { step, giveFocus: setFocus };
}
