import { describe, expect, it } from 'vitest';
import { ApiProblem, asProblem, byField, mayPass } from './problem';

const refused = ApiProblem.from(422, {
  title: 'Unprocessable',
  detail: 'No.',
  request_id: 'r1',
  faults: [{ path: 'body.name', code: 'taken', message: 'choose another' }, 7],
});

describe('problems', () => {
  it('carry words, places and the request, and drop what is no fault', () => {
    expect([refused.message, refused.status, refused.requestId]).toEqual(['No.', 422, 'r1']);
    expect(refused.faults).toEqual([{ path: 'body.name', code: 'taken', message: 'choose another' }]);
  });
  it('fall back to the title, then to the status', () => {
    expect(ApiProblem.from(404, { title: 'Not found' }).message).toBe('Not found');
    expect(ApiProblem.from(502, '<html>').message).toContain('502');
    expect(ApiProblem.from(500, undefined).message).toContain('500');
  });
  it('take any thrown value', () => {
    expect(asProblem(new Error('boom')).message).toBe('boom');
    expect(asProblem('odd').message).toBe('odd');
    expect(ApiProblem.unreachable(new TypeError('fetch failed')).status).toBe(0);
  });
  it('are tried again only where that may help', () => {
    expect([0, 429, 503].map((s) => mayPass(new ApiProblem(s, '')))).toEqual([true, true, true]);
    expect([404, 422].map((s) => mayPass(new ApiProblem(s, '')))).toEqual([false, false]);
  });
  it('stand at their field; what has none is told apart', () => {
    expect(byField(refused, ['name'] as const)).toEqual({ of: { name: 'choose another' }, rest: false });
    expect(byField(refused, ['version'] as const)).toEqual({ of: {}, rest: true });
    expect(byField(new ApiProblem(503, 'later'), ['name'] as const)).toEqual({ of: {}, rest: true });
    expect(byField(null, ['name'] as const)).toEqual({ of: {}, rest: false });
  });
});
