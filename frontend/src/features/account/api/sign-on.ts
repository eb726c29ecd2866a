import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api, unwrap } from '../../../lib/api/client';
import { f } from '../../../lib/messages';
import { useFactorChange } from './factors';

/** Where a window that stood beside the page ends. */
export const besidePath = '/signed-on';

/** Leaves this page for the provider's, which sends the browser back to an address within the page. */
export const useGoToProvider = () =>
  useMutation({
    mutationFn: async (to: string) => {
      const { url } = await unwrap(api.POST('/api/v1/session/oidc', { body: { to } }));
      location.assign(url);
    },
  });

/** Leaves this page to link an account at the provider; the way back leads to the profile. */
export const useLinkProvider = () =>
  useMutation({
    mutationFn: async () => {
      const { url } = await unwrap(api.POST('/api/v1/session/oidc/link', { body: {} }));
      location.assign(url);
    },
  });

export const useUnlinkProvider = () => useFactorChange(() => unwrap(api.DELETE('/api/v1/me/oidc')));

/** Asks the provider in a window beside the page, which keeps what was typed. How it ended, useBeside hears. */
export const useAskBeside = (purpose: 'sign-in' | 'prove') =>
  useMutation({
    mutationFn: async () => {
      // Opened before anything is waited for: afterwards browsers take it for a pop-up that nobody wanted.
      const beside = window.open('', '_blank', 'popup,width=520,height=700');
      if (!beside) throw new Error(f.signOn.blocked);
      try {
        const to = { body: { to: besidePath } };
        const { url } = await unwrap(
          purpose === 'prove'
            ? api.POST('/api/v1/session/proof/oidc', to)
            : api.POST('/api/v1/session/oidc', to),
        );
        beside.location.replace(url);
      } catch (e) {
        beside.close();
        throw e;
      }
    },
  });

// A channel, since the page's policy cuts windows off from who opened them once they have been at another site.
const channelName = 'threatwerk-signed-on';

/** Tells the pages of this browser how the window beside them ended. */
export function tellSignedOn(failure: string | undefined) {
  const channel = new BroadcastChannel(channelName);
  channel.postMessage(failure ?? '');
  channel.close();
}

/** Hears how a window beside the page ended; the failure is empty where all went well. */
export function useBeside(heard: (failure: string) => void) {
  const now = useRef(heard);
  useEffect(() => {
    now.current = heard;
  });
  useEffect(() => {
    const channel = new BroadcastChannel(channelName);
    channel.onmessage = (e: MessageEvent<unknown>) => now.current(typeof e.data === 'string' ? e.data : '');
    return () => channel.close();
  }, []);
}

/** A failure of single sign-on in words. */
export function failureWords(failure: string): string {
  const words: Record<string, string> = f.signOn.failures;
  return words[failure] ?? f.signOn.failures.failed;
}
