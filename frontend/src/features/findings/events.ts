import { m } from '../../lib/messages';

const e = m.evidence;

/** What an event holds, in words: a reason, or fields that went from one value to another. */
export function eventWords(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return '';
  return Object.entries(detail)
    .map(([key, value]) => {
      if (key === 'reason') return e.resolutions[String(value)] ?? String(value);
      if (typeof value === 'object' && value !== null && 'from' in value && 'to' in value) {
        return `${e.fields[key] ?? key.replaceAll('_', ' ')}: ${said(value.from)} → ${said(value.to)}`;
      }
      return '';
    })
    .filter(Boolean)
    .join(', ');
}

function said(value: unknown): string {
  return value === null || value === undefined || value === '' ? e.nothing : String(value);
}
