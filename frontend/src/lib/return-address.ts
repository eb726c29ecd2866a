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

/** The secret of a link stands after the #: no server and no log sees it. Read once, it leaves the address. */
export function takeSecret(): string {
  const secret = decodeURIComponent(location.hash.slice(1));
  if (secret) history.replaceState(history.state, '', location.pathname);
  return secret;
}
