import { m } from '../../lib/messages';
import { day } from '../../lib/times';

const e = m.evidence;
const statuses: Record<string, string> = m.decision.statuses;

/** What an event holds, in words: a reason, fields that went from one value to another, what was decided and by whom. */
export function eventWords(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return '';
  const d = detail as Record<string, unknown>;
  if ('was' in d) {
    return e.left(said(d.was), word(d.status).toLowerCase(), said(d.by), day(String(d.assessed_at)));
  }
  return Object.entries(d)
    .map(([key, value]) => {
      if (key === 'reason') return e.resolutions[String(value)] ?? e.ended[String(value)] ?? String(value);
      if (key === 'reasons' && Array.isArray(value)) {
        return value.map((r) => m.decision.reviews[String(r)] ?? String(r)).join(' ');
      }
      if (key === 'by') return value ? e.by(String(value)) : '';
      if (typeof value === 'object' && value !== null && 'from' in value && 'to' in value) {
        return `${e.fields[key] ?? key.replaceAll('_', ' ')}: ${word(value.from)} → ${word(value.to)}`;
      }
      return '';
    })
    .filter(Boolean)
    .join(', ');
}

const word = (value: unknown) => statuses[String(value)] ?? said(value);

function said(value: unknown): string {
  return value === null || value === undefined || value === '' ? e.nothing : String(value);
}
