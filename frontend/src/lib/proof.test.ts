import { afterEach, describe, expect, it, vi } from 'vitest';
import { proving } from './api/client';
import { proof } from './proof';

const asks = () =>
  new Response(JSON.stringify({ faults: [{ path: 'header.Cookie', code: 'prove_again', message: '' }] }), {
    status: 403,
  });

const send = (contentType = 'application/json') =>
  proving(
    new Request('https://threatwerk.example.org/api/v1/x', {
      method: 'POST',
      headers: { 'Content-Type': contentType },
      body: '{"a":1}',
    }),
  );

/** Answers requests one after another, and keeps their bodies. */
function server(...answers: Response[]) {
  const bodies: string[] = [];
  vi.stubGlobal('fetch', async (r: Request) => {
    bodies.push(await r.text());
    return answers.shift() ?? new Response('', { status: 500 });
  });
  return bodies;
}

afterEach(() => vi.unstubAllGlobals());

describe('a request that needs a proof', () => {
  it('is repeated as it was when the person has proved it', async () => {
    const bodies = server(asks(), new Response('{}'));
    const answer = send();
    await vi.waitFor(() => expect(proof.isAsked()).toBe(true));
    proof.settle(true);
    expect((await answer).status).toBe(200);
    expect(bodies).toEqual(['{"a":1}', '{"a":1}']);
  });
  it('stays refused when they have not', async () => {
    const bodies = server(asks());
    const answer = send();
    await vi.waitFor(() => expect(proof.isAsked()).toBe(true));
    proof.settle(false);
    expect((await answer).status).toBe(403);
    expect(bodies).toHaveLength(1);
  });
  it('shares one question with others', async () => {
    server(asks(), asks(), new Response('{}'), new Response('{}'));
    const answers = [send(), send()];
    await vi.waitFor(() => expect(proof.isAsked()).toBe(true));
    const first = proof.ask();
    expect(proof.ask()).toBe(first);
    // Both have been refused by the time that the question is answered.
    await new Promise((done) => setTimeout(done, 0));
    proof.settle(true);
    expect((await Promise.all(answers)).map((a) => a.status)).toEqual([200, 200]);
  });
  it('is left alone when it is refused for another reason, or holds a document', async () => {
    server(new Response('{"faults":[{"code":"second_factor_required"}]}', { status: 403 }), asks());
    expect((await send()).status).toBe(403);
    expect((await send('application/octet-stream')).status).toBe(403);
    expect(proof.isAsked()).toBe(false);
  });
});
