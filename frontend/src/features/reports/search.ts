import { given, oneOf, type Raw, text } from '../../lib/search';

/** Which reports the list shows, as the address holds it. */
export interface ReportsView {
  touches?: 'all' | undefined;
  q?: string | undefined;
  adversary?: string | undefined;
  technique?: string | undefined;
  cve?: string | undefined;
}

export function parseReportsView(raw: Raw): ReportsView {
  return given({
    touches: oneOf(raw, 'touches', ['all'] as const),
    q: text(raw, 'q'),
    adversary: text(raw, 'adversary'),
    technique: text(raw, 'technique'),
    cve: text(raw, 'cve'),
  });
}
