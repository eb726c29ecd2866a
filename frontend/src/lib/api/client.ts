import createClient from 'openapi-fetch';
import { ApiProblem } from '../problem';
import { session } from '../session';
import type { components, paths } from './schema.gen';

export type Schemas = components['schemas'];

/** Lists in a query are comma lists. */
export const api = createClient<paths>({
  baseUrl: '',
  querySerializer: { array: { style: 'form', explode: false } },
});

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
  // So is what asks for a fresh proof: signing in again gives it.
  const asked = (answer.error as { faults?: { code?: string }[] } | undefined)?.faults;
  if (answer.response.status === 403 && asked?.some((f) => f.code === 'prove_again')) session.lose();
  if (!answer.response.ok || answer.error !== undefined) {
    throw ApiProblem.from(answer.response.status, answer.error);
  }
  return answer.data as T;
}
