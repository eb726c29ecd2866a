/** What every cursor list answers with. */
export interface Page<T> {
  items: T[];
  next_cursor?: string | undefined;
}

/** The part of an infinite query's options that is the same for every cursor list. */
export const byCursor = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: { next_cursor?: string | undefined }) => last.next_cursor || undefined,
};

export function flatten<T>(data: { pages: Page<T>[] } | undefined): T[] {
  return data?.pages.flatMap((p) => p.items) ?? [];
}
