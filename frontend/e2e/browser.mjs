// Chromium for the browser tests and the screenshots. Nothing is downloaded: CHROMIUM_PATH or an installed one is used.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const baseUrl = process.env.BASE_URL ?? 'http://127.0.0.1:8080';

export async function launch() {
  const executablePath = process.env.CHROMIUM_PATH || places.find((p) => existsSync(p));
  if (!executablePath) throw new Error('no Chromium found: install it, or set CHROMIUM_PATH');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}

/** The API's answer as JSON. */
export async function get(path) {
  const r = await fetch(baseUrl + path);
  if (!r.ok) throw new Error(`${path} answered ${r.status}`);
  return r.json();
}
