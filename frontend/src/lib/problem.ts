/** One place of the input that is wrong, as the server names it (RFC 9457 extension). */
export interface Fault {
  path: string;
  code: string;
  message: string;
}

/** What went wrong, in words for a person, with the places and the request's id. */
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
    if (typeof body === 'object' && body !== null) {
      const b = body as Record<string, unknown>;
      const words = [b.detail, b.title].find((x) => typeof x === 'string' && x !== '');
      const faults = Array.isArray(b.faults) ? b.faults.filter(isFault) : [];
      return new ApiProblem(
        status,
        typeof words === 'string' ? words : `The server answered ${status}.`,
        faults,
        typeof b.request_id === 'string' ? b.request_id : undefined,
      );
    }
    return new ApiProblem(status, `The server answered ${status} without saying why.`);
  }

  static unreachable(cause: unknown): ApiProblem {
    if (cause instanceof ApiProblem) return cause;
    return new ApiProblem(0, 'The server cannot be reached. Check that it runs, then try again.');
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
