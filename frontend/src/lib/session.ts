/**
 * Whether the server still knows who is here. Any answer of 401 says that it does not; the page then asks to sign in again
 * on top of what is shown, so that nothing typed is lost.
 */
let lost = false;
const listeners = new Set<() => void>();

function set(value: boolean) {
  if (lost === value) return;
  lost = value;
  for (const tell of listeners) tell();
}

export const session = {
  lose: () => set(true),
  found: () => set(false),
  isLost: () => lost,
  subscribe(tell: () => void): () => void {
    listeners.add(tell);
    return () => listeners.delete(tell);
  },
};
