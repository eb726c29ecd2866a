import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import {
  LiveConnection,
  type LiveMessage,
  patience,
  pause,
  pollEvery,
  type Socket,
  silence,
} from './connection';
import { apart, concerns, gather, refetch } from './hints';

class FakeSocket implements Socket {
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  closed = false;
  close() {
    this.closed = true;
  }
  say(message: LiveMessage) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

/** A connection in a world of its own, with a clock that is set by hand. */
function world(probe = 426) {
  const sockets: FakeSocket[] = [];
  const log: string[] = [];
  let now = 0;
  let calls: { at: number; call: () => void }[] = [];
  const live = new LiveConnection({
    open: () => {
      const s = new FakeSocket();
      sockets.push(s);
      return s;
    },
    probe: () => Promise.resolve(probe),
    random: () => 1,
    later: (call, ms) => {
      const entry = { at: now + ms, call };
      calls.push(entry);
      return () => {
        calls = calls.filter((c) => c !== entry);
      };
    },
    hint: (m) => log.push(m.kind),
    gap: () => log.push('gap'),
    state: (s) => log.push(s),
    signedOut: () => log.push('signed out'),
  });
  const pass = (ms: number) => {
    const end = now + ms;
    for (;;) {
      const next = calls.filter((c) => c.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      now = next.at;
      calls = calls.filter((c) => c !== next);
      next.call();
    }
    now = end;
  };
  const last = () => sockets[sockets.length - 1] as FakeSocket;
  return { live, sockets, log, pass, last };
}

describe('a live connection', () => {
  it('hands hints on, and after it came back says that some may be lost', () => {
    const w = world();
    w.live.start();
    w.last().say({ kind: 'ready' });
    w.last().say({ kind: 'beat' });
    w.last().say({ kind: 'findings' });
    expect(w.log).toEqual(['connecting', 'live', 'findings']);
    w.last().onclose?.({ code: 1006 });
    w.pass(1_000);
    expect(w.sockets.length).toBe(2);
    w.last().say({ kind: 'ready' });
    w.last().say({ kind: 'everything' });
    expect(w.log.slice(3)).toEqual(['live', 'gap', 'gap']);
  });

  it('waits ever longer, by chance, up to a minute', () => {
    expect([1, 2, 3, 7, 20].map((n) => pause(n, 1))).toEqual([1_000, 2_000, 4_000, 60_000, 60_000]);
    expect(pause(3, 0)).toBe(2_000);
  });

  it('asks by itself while there is none, and stops asking when there is one', async () => {
    const w = world(503);
    w.live.start();
    w.last().onclose?.({ code: 1006 });
    w.pass(1_000);
    w.last().onclose?.({ code: 1006 });
    await Promise.resolve();
    w.pass(patience);
    w.pass(pollEvery);
    expect(w.log).toEqual(['connecting', 'polling', 'gap', 'gap']);
    expect(w.sockets.length).toBe(3);
    w.last().say({ kind: 'ready' });
    w.pass(patience);
    w.last().say({ kind: 'beat' });
    w.pass(pollEvery);
    expect(w.log.slice(4)).toEqual(['live']);
  });

  it('does not knock all the time where the deployment has none', async () => {
    const w = world(404);
    w.live.start();
    w.last().onclose?.({ code: 1006 });
    w.pass(1_000);
    w.last().onclose?.({ code: 1006 });
    await Promise.resolve();
    w.pass(500_000);
    expect(w.sockets.length).toBe(2);
    w.live.retryNow();
    expect(w.sockets.length).toBe(3);
  });

  it('ends with the session, and begins anew with the next', async () => {
    const w = world(401);
    w.live.start();
    w.last().say({ kind: 'ready' });
    w.last().onclose?.({ code: 4401 });
    w.pass(100_000);
    expect(w.log).toEqual(['connecting', 'live', 'signed out']);
    w.live.start();
    expect(w.sockets.length).toBe(2);
    w.last().onclose?.({ code: 1006 });
    w.pass(1_000);
    w.last().onclose?.({ code: 1006 });
    await Promise.resolve();
    expect(w.log.at(-1)).toBe('signed out');
  });

  it('gives a line up that says nothing any more', () => {
    const w = world();
    w.live.start();
    w.last().say({ kind: 'ready' });
    w.pass(silence);
    expect(w.sockets[0]?.closed).toBe(true);
    w.pass(1_000);
    expect(w.sockets.length).toBe(2);
  });

  it('comes back at a moment of its own when the server restarts', () => {
    const w = world();
    w.live.start();
    w.last().say({ kind: 'ready' });
    w.last().onclose?.({ code: 1012 });
    w.pass(4_999);
    expect(w.sockets.length).toBe(1);
    w.pass(1);
    expect(w.sockets.length).toBe(2);
  });
});

describe('hints', () => {
  it('concern what they name', () => {
    const hint = { kind: 'findings', product_ids: [1], release_ids: [7] };
    expect(concerns(hint, ['findings', 'summary', {}])).toBe(true);
    expect(concerns(hint, ['release', 7])).toBe(true);
    expect(concerns(hint, ['release', 8])).toBe(false);
    expect(concerns(hint, ['people'])).toBe(false);
    expect(concerns({ kind: 'feeds' }, ['intel'])).toBe(true);
    expect(concerns({ kind: 'of a later version' }, ['intel'])).toBe(false);
    expect(concerns({ kind: 'everything' }, ['people'])).toBe(true);
  });

  it('are gathered: the first goes on at once, the rest together', () => {
    const told: number[] = [];
    let flush = () => {};
    const hear = gather(
      (hints) => told.push(hints.length),
      (call, ms) => {
        expect(ms).toBe(apart);
        flush = call;
      },
    );
    for (let i = 0; i < 5; i++) hear({ kind: 'findings' });
    expect(told).toEqual([1]);
    flush();
    expect(told).toEqual([1, 4]);
    hear({ kind: 'findings' });
    hear({ kind: 'everything' });
    hear({ kind: 'findings' });
    flush();
    expect(told).toEqual([1, 4, 1]);
    flush();
    hear({ kind: 'feeds' });
    expect(told).toEqual([1, 4, 1, 1]);
  });

  it('leave the rows of a list that is read in their place', () => {
    const client = new QueryClient();
    const list = ['findings', 'list', {}];
    const summary = ['findings', 'summary', {}];
    client.setQueryData(list, 1);
    client.setQueryData(summary, 1);
    client.setQueryData(['people'], 1);
    refetch(client, [{ kind: 'findings' }]);
    const old = (key: unknown[]) => client.getQueryState(key)?.isInvalidated;
    expect([old(list), old(summary), old(['people'])]).toEqual([true, true, false]);
  });
});
