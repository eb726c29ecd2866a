import { given, oneOf, type Raw } from '../../lib/search';

export const kinds = ['advisory', 'kev', 'report'] as const;

/** What of the stream is shown, as the address holds it. */
export interface NewsView {
  touches?: 'all' | undefined;
  kind?: (typeof kinds)[number] | undefined;
}

export function parseNewsView(raw: Raw): NewsView {
  return given({
    touches: oneOf(raw, 'touches', ['all'] as const),
    kind: oneOf(raw, 'kind', kinds),
  });
}
