import createClient from 'openapi-fetch';
import { ApiProblem } from '../problem';
import { proof } from '../proof';
import { session } from '../session';
import type { components, paths } from './schema.gen';

export type Schemas = components['schemas'];

/** Lists in a query are comma lists. */
export const api = createClient<paths>({
  baseUrl: '',
  fetch: (request) => proving(request),
  querySerializer: { array: { style: 'form', explode: false } },
});

/**
 * Sends a request, and once more when the server wants to know first who is there. A document that is uploaded is not
 * kept for that: nobody is asked to prove anything for one.
 */
export async function proving(request: Request): Promise<Response> {
  const kind = request.headers.get('Content-Type') ?? 'application/json';
  const again = kind.startsWith('application/json') ? request.clone() : undefined;
  const answer = await fetch(request);
  if (answer.status !== 403 || !again) return answer;
  const said: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  const faults = (said as { faults?: { code?: string }[] } | undefined)?.faults;
  if (!faults?.some((x) => x.code === 'prove_again') || !(await proof.ask())) return answer;
  return fetch(again);
}

/** Turns an openapi-fetch answer into its data, or throws what the server said as an ApiProblem. */
export async function unwrap<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  let answer: { data?: T; error?: unknown; response: Response };
  try {
    answer = await call;
  } catch (cause) {
    throw ApiProblem.unreachable(cause);
  }
  // A wrong password is answered with 401, too, and is no lost session.
  if (answer.response.status === 401 && !answer.response.url.endsWith('/api/v1/session')) session.lose();
  if (!answer.response.ok || answer.error !== undefined) {
    throw ApiProblem.from(answer.response.status, answer.error);
  }
  return answer.data as T;
}
