// Second factors: an authenticator app from its QR code to the second step of a sign-in, recovery codes, and proofs.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { baseUrl } from './browser.mjs';
import { test } from './harness.mjs';

const password = 'unrelated tulips ponder 7 gravel';

/** What an app shows (RFC 6238): steps is how many times thirty seconds from now. */
function codeOf(key, steps = 0) {
  const bits = [...key.replaceAll(' ', '')]
    .map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'))
    .join('');
  const secret = Buffer.from(bits.match(/.{8}/g).map((b) => Number.parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Invites somebody as the admin whose page this is, and makes the page theirs. */
async function becomeNew(page, role = 'viewer') {
  const mail = `second${Date.now()}@example.org`;
  await page.goto(`${baseUrl}/profile`);
  const { link } = await page.evaluate(
    async (body) => {
      const r = await fetch('/api/v1/invitations', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      return r.json();
    },
    { mail, role },
  );
  await page.context().clearCookies();
  await page.goto(link);
  await page.getByLabel('Name').fill('Second');
  await page.locator('input[type=password]').fill(password);
  await page.getByRole('button', { name: 'Make the account' }).click();
  await page.getByText('Orders service').first().waitFor();
  return mail;
}

async function signOut(page) {
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
}

async function firstStep(page, mail) {
  await page.getByLabel('Mail address').fill(mail);
  await page.locator('input[type=password]').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('Code of your app').waitFor();
}

test('a person sets an authenticator app up, signs in by its codes, and removes it after a proof', async (page) => {
  const mail = await becomeNew(page);
  await page.goto(`${baseUrl}/profile`);
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  await page.getByRole('img', { name: /QR code/ }).waitFor();
  const key = await page.getByLabel('Or type this key').inputValue();
  await page.getByLabel('Then enter the code').fill('000000');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByText(/the clock of the device must be right/).waitFor();
  await page.getByLabel('Then enter the code').fill(codeOf(key));
  await page.getByRole('button', { name: 'Turn on' }).click();
  const recovery = await page.locator('[data-recovery] code').allTextContents();
  assert.equal(recovery.length, 10);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText(/10 recovery codes left/).waitFor();

  await signOut(page);
  await firstStep(page, mail);
  await page.getByLabel('Code of your app').fill('123456');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText(/wait for the app/).waitFor();
  // The step of now was used up when the app was set up; a clock may be one ahead.
  await page.getByLabel('Code of your app').fill(codeOf(key, 1));
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('Orders service').first().waitFor();

  await signOut(page);
  await firstStep(page, mail);
  await page.getByRole('button', { name: 'Use a recovery code' }).click();
  await page.getByLabel('Recovery code').fill(recovery[0]);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('Orders service').first().waitFor();

  // What a session is answered whose last proof is old.
  let refused = 0;
  await page.route('**/api/v1/me/codes', (route) => {
    if (route.request().method() !== 'DELETE' || refused++ > 0) return route.fallback();
    return route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        detail: 'Confirm that it is you.',
        faults: [{ path: 'header.Cookie', code: 'prove_again', message: 'prove again' }],
      }),
    });
  });
  await page.goto(`${baseUrl}/profile`);
  await page.getByText(/9 recovery codes left/).waitFor();
  const panel = page.getByRole('region', { name: 'Authenticator app' });
  await panel.getByRole('button', { name: 'Remove' }).click();
  await page
    .getByRole('dialog', { name: /^Remove/ })
    .getByRole('button', { name: 'Remove' })
    .click();
  const dialog = page.getByRole('dialog', { name: 'Is it you?' });
  await dialog.locator('input[type=password]').fill('not my password at all');
  await dialog.getByRole('button', { name: 'Use a recovery code' }).click();
  await dialog.getByLabel('Recovery code').fill(recovery[1]);
  await dialog.getByRole('button', { name: 'Prove it' }).click();
  await dialog.getByText('this is not your password').waitFor();
  await dialog.locator('input[type=password]').fill(password);
  await dialog.getByRole('button', { name: 'Prove it' }).click();
  await page.getByRole('button', { name: 'Set up an authenticator app' }).waitFor();
  assert.equal(refused, 2, 'the request was repeated once');
});
