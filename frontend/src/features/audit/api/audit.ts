import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { byCursor } from '../../../lib/paging';

export type AuditEvent = Schemas['AuditEvent'];

export interface AuditView {
  action?: string;
  from?: string;
  to?: string;
}

/** Days, as people choose them, become the times between which the record lies: the last day counts whole. */
export function between({ from, to }: AuditView): { from?: string; to?: string } {
  const start = from ? new Date(`${from}T00:00:00`) : undefined;
  const end = to ? new Date(`${to}T00:00:00`) : undefined;
  end?.setDate(end.getDate() + 1);
  return {
    ...(start && !Number.isNaN(start.getTime()) ? { from: start.toISOString() } : {}),
    ...(end && !Number.isNaN(end.getTime()) ? { to: end.toISOString() } : {}),
  };
}

const filter = (view: AuditView) => ({ ...between(view), ...(view.action ? { action: view.action } : {}) });

export const auditQuery = (view: AuditView) =>
  infiniteQueryOptions({
    queryKey: [keys.audit, view],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET('/api/v1/audit', { signal, params: { query: { ...filter(view), cursor: pageParam } } })),
    ...byCursor,
  });

/** The address of an export of what the list shows. */
export function exportAddress(view: AuditView, format: 'csv' | 'jsonl'): string {
  return `/api/v1/audit/export?${new URLSearchParams({ ...filter(view), format })}`;
}
