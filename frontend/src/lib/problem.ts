import { m } from './messages';

/** One place of the input that is wrong, as the server names it (an extension of RFC 9457). */
export interface Fault {
  path: string;
  code: string;
  message: string;
}

/** What went wrong, in words for a person, with the places and the request's id. Status 0: no answer came. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly faults: Fault[];
  readonly requestId: string | undefined;

  constructor(status: number, message: string, faults: Fault[] = [], requestId?: string) {
    super(message);
    this.name = 'ApiProblem';
    this.status = status;
    this.faults = faults;
    this.requestId = requestId;
  }

  static from(status: number, body: unknown): ApiProblem {
    if (typeof body !== 'object' || body === null) return new ApiProblem(status, m.problem.silent(status));
    const b = body as Record<string, unknown>;
    const words = [b.detail, b.title].find((x) => typeof x === 'string' && x !== '');
    return new ApiProblem(
      status,
      typeof words === 'string' ? words : m.problem.silent(status),
      Array.isArray(b.faults) ? b.faults.filter(isFault) : [],
      typeof b.request_id === 'string' ? b.request_id : undefined,
    );
  }

  static unreachable(cause: unknown): ApiProblem {
    if (cause instanceof ApiProblem) return cause;
    return new ApiProblem(0, m.problem.unreachable);
  }
}

function isFault(x: unknown): x is Fault {
  return typeof x === 'object' && x !== null && 'path' in x && 'message' in x;
}

/** Any thrown value as an ApiProblem. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem(0, error instanceof Error ? error.message : String(error));
}

/** Whether trying again may help: nobody answered, or the server itself failed. */
export function mayPass(error: unknown): boolean {
  const { status } = asProblem(error);
  return status === 0 || status === 429 || status >= 500;
}

/**
 * Splits a problem for a form: the message of each named field, and whether something is left that no field can
 * show. Paths are those of the server, such as "body.name".
 */
export function byField<F extends string>(
  error: unknown,
  fields: readonly F[],
): { of: Partial<Record<F, string>>; rest: boolean } {
  if (!error) return { of: {}, rest: false };
  const of: Partial<Record<F, string>> = {};
  let placed = 0;
  const { faults } = asProblem(error);
  for (const f of faults) {
    const field = fields.find((x) => f.path === `body.${x}`);
    if (!field) continue;
    of[field] ??= f.message;
    placed++;
  }
  return { of, rest: placed === 0 || placed < faults.length };
}
