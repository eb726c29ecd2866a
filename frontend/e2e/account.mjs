// Signing in, for the tests: by the operator's link once, then by a password of its own for each browser context.
import { randomBytes } from 'node:crypto';
import { baseUrl } from './browser.mjs';

const mail = 'admin@localhost';
export const password = `e2e ${randomBytes(12).toString('hex')}`;
let ready;

async function send(method, path, body, cookie) {
  const r = await fetch(baseUrl + path, {
    method,
    headers: { 'Content-Type': 'application/json', Origin: baseUrl, ...(cookie ? { Cookie: cookie } : {}) },
    body: JSON.stringify(body),
  });
  if (!r.ok) throw new Error(`${method} ${path} answered ${r.status}: ${await r.text()}`);
  return r.headers.getSetCookie().map((c) => c.split(';')[0]);
}

async function prepare() {
  const link = process.env.SIGN_IN_LINK;
  if (!link) throw new Error('set SIGN_IN_LINK: threatwerk access link --mail admin@localhost prints one');
  const secret = decodeURIComponent(new URL(link).hash.slice(1));
  const cookies = await send('POST', '/api/v1/session/link', { secret });
  await send('PUT', '/api/v1/me/password', { password }, cookies.join('; '));
}

/** Gives a browser context a session of its own: two contexts with one cookie would look like theft. */
export async function signIn(context) {
  ready ??= prepare();
  await ready;
  const cookies = await send('POST', '/api/v1/session', { mail, password });
  await context.addCookies(
    cookies.map((c) => {
      const [name, ...value] = c.split('=');
      return { name, value: value.join('='), url: baseUrl, httpOnly: true, sameSite: 'Strict' };
    }),
  );
}
