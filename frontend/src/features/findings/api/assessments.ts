import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas, unwrap } from '../../../lib/api/client';
import { changedByDecision, keys } from '../../../lib/keys';

export type Assessment = Schemas['Assessment'];
export type Decision = Schemas['Decision'];
export type Choice = Schemas['Choice'];

/** What a decision is made on: these findings, or those that a filter keeps. */
export type Chosen = Pick<Choice, 'finding_ids' | 'filter'>;

export const assessmentsQuery = (finding: number) =>
  queryOptions({
    queryKey: [keys.finding, finding, 'assessments'],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/v1/findings/{finding_id}/assessments', {
          signal,
          params: { path: { finding_id: finding } },
        }),
      ),
  });

/** How many findings a decision in this place would reach. The words of the decision play no part. */
export const reachQuery = (chosen: Chosen, scope: Decision['scope'], everyVersion: boolean) =>
  queryOptions({
    queryKey: [keys.findings, 'reach', chosen, scope, everyVersion],
    queryFn: ({ signal }) =>
      unwrap(
        api.POST('/api/v1/assessments/preview', {
          signal,
          body: { ...chosen, status: 'affected', scope, every_version: everyVersion },
        }),
      ),
  });

function useChange<In, Out>(change: (input: In) => Promise<Out>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () =>
      Promise.all(changedByDecision.map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}

export const useAssess = (chosen: Chosen) =>
  useChange((decision: Decision) =>
    unwrap(api.POST('/api/v1/assessments', { body: { ...chosen, ...decision } })),
  );

export const useWithdraw = (finding: number) =>
  useChange((assessment: number) =>
    unwrap(
      api.POST('/api/v1/findings/{finding_id}/assessments/{assessment_id}/withdraw', {
        params: { path: { finding_id: finding, assessment_id: assessment } },
        body: {},
      }),
    ),
  );
