import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { keys } from '../../../lib/keys';
import { byCursor } from '../../../lib/paging';
import { given } from '../../../lib/search';
import type { ReportsView } from '../search';

export type Brief = Schemas['ReportBrief'];
export type Report = Schemas['ReportDetail'];
export type Lead = Schemas['ReportLead'];
export type Touched = Schemas['TouchedComponent'];

export const reportsQuery = (view: ReportsView) =>
  infiniteQueryOptions({
    queryKey: [keys.reports, view],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/v1/reports', {
          signal,
          params: { query: given({ ...view, limit: 30, cursor: pageParam }) },
        }),
      ),
    placeholderData: keepPreviousData,
    ...byCursor,
  });

export const reportQuery = (id: number) =>
  queryOptions({
    queryKey: [keys.report, id],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/reports/{report_id}', { signal, params: { path: { report_id: id } } })),
  });

export const indicatorsQuery = (id: number, type: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [keys.report, id, 'indicators', { type }],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/v1/reports/{report_id}/indicators', {
          signal,
          params: { path: { report_id: id }, query: given({ type, cursor: pageParam }) },
        }),
      ),
    ...byCursor,
  });

export const hitsQuery = (value: string) =>
  queryOptions({
    queryKey: [keys.indicators, value],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/indicators', { signal, params: { query: { value } } })),
    enabled: value !== '',
  });
