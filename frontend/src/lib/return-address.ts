/** Where to go after signing in: a path within this page and nothing else, for the address comes from a link. */
export function returnAddress(to: string | undefined): string {
  if (
    !to?.startsWith('/') ||
    to.startsWith('//') ||
    to.includes('\\') ||
    /^\/(sign-in|register|join|enter|reset|verify|forgot)\b/.test(to)
  ) {
    return '/products';
  }
  return to;
}

/** The second step of a sign-in that a provider's answer began: what is left, and by what. Read once, it leaves the address. */
export function takeStep(): { step: string; second: ('code' | 'passkey')[] } | undefined {
  const given = new URLSearchParams(location.hash.slice(1));
  const step = given.get('step');
  if (!step) return undefined;
  history.replaceState(history.state, '', location.pathname + location.search);
  const ways = given.get('second')?.split(',') ?? [];
  return { step, second: (['code', 'passkey'] as const).filter((w) => ways.includes(w)) };
}

/** The secret of a link stands after the #: no server and no log sees it. Read once, it leaves the address. */
export function takeSecret(): string {
  const secret = decodeURIComponent(location.hash.slice(1));
  if (secret) history.replaceState(history.state, '', location.pathname);
  return secret;
}
