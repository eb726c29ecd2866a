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

/** What is left of a sign-in that a provider's answer began, and by what, as the part after the # says it. */
export function stepOf(hash: string): { step: string; second: ('code' | 'passkey')[] } | undefined {
  const given = new URLSearchParams(hash.slice(1));
  const step = given.get('step');
  const ways = given.get('second')?.split(',') ?? [];
  return step ? { step, second: (['code', 'passkey'] as const).filter((w) => ways.includes(w)) } : undefined;
}

/** The step of this page's address. Read once, it leaves the address. */
export function takeStep() {
  const held = stepOf(location.hash);
  if (held) history.replaceState(history.state, '', location.pathname + location.search);
  return held;
}

/** The secret of a link stands after the #: no server and no log sees it. Read once, it leaves the address. */
export function takeSecret(): string {
  const secret = decodeURIComponent(location.hash.slice(1));
  if (secret) history.replaceState(history.state, '', location.pathname);
  return secret;
}
