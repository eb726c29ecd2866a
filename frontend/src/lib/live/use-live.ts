import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { session } from '../session';
import { LiveConnection, type LiveState, type Socket } from './connection';
import { gather, refetch } from './hints';

const address = '/api/v1/live';

let state: LiveState = 'connecting';
const listeners = new Set<() => void>();

function later(call: () => void, ms: number): () => void {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}

function open(): Socket {
  const real = new WebSocket(`${location.origin.replace(/^http/, 'ws')}${address}`);
  const socket: Socket = { onmessage: null, onclose: null, close: () => real.close() };
  real.onmessage = (e) => socket.onmessage?.(e);
  real.onclose = (e) => socket.onclose?.(e);
  return socket;
}

/** Keeps the one live connection of the page while somebody is signed in. */
export function useLive() {
  const client = useQueryClient();
  useEffect(() => {
    const tell = gather((hints) => refetch(client, hints), later);
    const live = new LiveConnection({
      open,
      probe: () =>
        fetch(address).then(
          (r) => r.status,
          () => 0,
        ),
      random: Math.random,
      later,
      hint: tell,
      gap: () => {
        // A page in the background fetches when it is looked at again.
        if (document.visibilityState === 'visible') tell({ kind: 'everything' });
      },
      state: (s) => {
        state = s;
        for (const hear of listeners) hear();
      },
      signedOut: session.lose,
    });
    const comeBack = () => live.retryNow();
    const follow = () => (session.isLost() ? live.stop() : live.start());
    window.addEventListener('online', comeBack);
    const end = session.subscribe(follow);
    follow();
    return () => {
      window.removeEventListener('online', comeBack);
      end();
      live.stop();
    };
  }, [client]);
}

function subscribe(hear: () => void): () => void {
  listeners.add(hear);
  return () => listeners.delete(hear);
}

/** How the live connection stands. */
export const useLiveState = () => useSyncExternalStore(subscribe, () => state);

function network(hear: () => void): () => void {
  window.addEventListener('online', hear);
  window.addEventListener('offline', hear);
  return () => {
    window.removeEventListener('online', hear);
    window.removeEventListener('offline', hear);
  };
}

/** Whether the browser has no network. */
export const useOffline = () => useSyncExternalStore(network, () => !navigator.onLine);
