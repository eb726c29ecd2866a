/**
 * Whether the server has asked to prove who is here. A request that needs it waits until the dialog says how that went;
 * several at once wait for the same dialog.
 */
let waiting: { promise: Promise<boolean>; settle: (proved: boolean) => void } | undefined;
const listeners = new Set<() => void>();
const tellAll = () => {
  for (const tell of listeners) tell();
};

export const proof = {
  /** Asks the person; true when they have proved it. */
  ask(): Promise<boolean> {
    if (!waiting) {
      let settle: (proved: boolean) => void = () => {};
      const promise = new Promise<boolean>((resolve) => {
        settle = resolve;
      });
      waiting = { promise, settle };
      tellAll();
    }
    return waiting.promise;
  },
  /** Ends the asking. */
  settle(proved: boolean) {
    const asked = waiting;
    waiting = undefined;
    tellAll();
    asked?.settle(proved);
  },
  isAsked: () => waiting !== undefined,
  subscribe(tell: () => void): () => void {
    listeners.add(tell);
    return () => listeners.delete(tell);
  },
};
