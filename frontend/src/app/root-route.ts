import { createRootRoute, notFound } from '@tanstack/react-router';
import { NotFound } from './pages/not-found';
import { Root } from './root';

/** The route above all others. */
export const root = createRootRoute({ component: Root, notFoundComponent: NotFound });
export const under = { getParentRoute: () => root } as const;

/** Ids are positive whole numbers; another word in their place is no page. */
export function id(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n <= 0) throw notFound();
  return n;
}
