// Ways in and out, what is one's own, and what admins do.
import assert from 'node:assert/strict';
import { password } from './account.mjs';
import { baseUrl, get } from './browser.mjs';
import { test } from './harness.mjs';

/** Makes the context one of somebody who is not signed in. */
const strange = (page) => page.context().clearCookies();

test('whoever is not signed in is asked to, and then is where they wanted to be', async (page) => {
  await strange(page);
  await page.goto(`${baseUrl}/findings?severity=critical`);
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
  await page.getByLabel('Mail address').fill('admin@localhost');
  await page.locator('input[type=password]').fill('not the password at all');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('The address or the password is wrong.').waitFor();
  await page.locator('input[type=password]').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('[data-finding]').first().waitFor();
  assert.match(page.url(), /\/findings\?severity=critical$/);
});

test('the first person of all is welcomed', async (page) => {
  await strange(page);
  await page.route('**/api/v1/welcome', (route) =>
    route.fulfill({ json: { registration: 'first', mail: false } }),
  );
  let sent;
  await page.route('**/api/v1/registrations', (route) => {
    sent = route.request().postDataJSON();
    return route.fulfill({
      status: 422,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        detail: 'No.',
        faults: [{ path: 'body.password', code: 'common', message: 'too easy' }],
      }),
    });
  });
  await page.goto(baseUrl);
  await page.getByRole('heading', { name: 'Welcome to ThreatWerk' }).waitFor();
  await page.getByLabel('Name').fill('Admin');
  await page.getByLabel('Mail address').fill('admin@example.org');
  await page.locator('input[type=password]').fill('something');
  await page.getByRole('button', { name: 'Make the account' }).click();
  await page.getByText('too easy').waitFor();
  assert.deepEqual(sent, { name: 'Admin', mail: 'admin@example.org', password: 'something' });
  assert.equal(await page.getByLabel('Name').inputValue(), 'Admin');
});

test('a session that ends keeps what was typed', async (page) => {
  await page.goto(`${baseUrl}/products`);
  await page.getByRole('button', { name: 'New product' }).first().click();
  await page.getByLabel('Name').fill('Half a product');
  await strange(page);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.locator('input[type=password]').fill(password);
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('Name').inputValue(), 'Half a product');
});

test('a person makes a token, which works, and revokes it', async (page) => {
  await page.goto(`${baseUrl}/profile`);
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Pipeline');
  await dialog.getByRole('button', { name: 'Create' }).click();
  const secret = await page.getByRole('textbox', { name: 'Pipeline' }).inputValue();
  assert.match(secret, /^twk_/);
  const use = async () =>
    (await fetch(`${baseUrl}/api/v1/products`, { headers: { Authorization: `Bearer ${secret}` } })).status;
  assert.equal(await use(), 200);
  await page.getByRole('button', { name: 'Done' }).click();
  const row = page.getByRole('row', { name: /Pipeline/ }).first();
  await row.getByRole('button', { name: 'Revoke' }).click();
  await row.getByText('revoked').waitFor();
  assert.equal(await use(), 401);
});

test('an invited person joins, and a restricted product is hidden from them', async (page) => {
  const mail = `guest${Date.now()}@example.org`;
  await page.goto(`${baseUrl}/people`);
  await page.getByRole('button', { name: 'Invite' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Mail address').fill(mail);
  await dialog.getByRole('button', { name: 'Invite' }).click();
  const link = await dialog.getByLabel('Link of the invitation').inputValue();
  const context = await page.context().browser().newContext();
  const guest = await context.newPage();
  guest.setDefaultTimeout(20_000);
  await guest.goto(link);
  await guest.getByText(`You are invited as ${mail}`).waitFor();
  assert.equal(new URL(guest.url()).hash, '', 'the secret stays in the address');
  await guest.getByLabel('Name').fill('Guest');
  await guest.locator('input[type=password]').fill('unrelated tulips ponder 7 gravel');
  await guest.getByRole('button', { name: 'Make the account' }).click();
  await guest.locator('#content').waitFor();
  await guest.goto(`${baseUrl}/products`);
  await guest.getByText('Edge proxy').first().waitFor();

  const product = (await get('/api/v1/products?q=Edge%20proxy')).items[0];
  const restrict = async (choice) => {
    await page.goto(`${baseUrl}/products/${product.id}`);
    await page.getByRole('button', { name: 'Access' }).click();
    await page.getByRole('radio', { name: choice }).check();
    await page.getByRole('button', { name: 'Save' }).click();
  };
  await restrict(/Only the teams/);
  await page.getByRole('dialog').getByText('Guest').waitFor({ state: 'detached' });
  await guest.goto(`${baseUrl}/products`);
  await guest.getByText('Orders service').first().waitFor();
  assert.equal(await guest.getByText('Edge proxy').count(), 0);
  await guest.goto(`${baseUrl}/products/${product.id}`);
  await guest.getByText(/there is no product/).waitFor();
  await restrict(/Everyone with an account/);
  await context.close();

  await page.goto(`${baseUrl}/audit?action=product.access`);
  await page.getByText('restricted: false → true').first().waitFor();
});

test('a person adds a passkey, signs out, and comes back by it', async (page) => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto(`${baseUrl}/profile`);
  await page.getByLabel('Name of the passkey').fill('Virtual key');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  const row = page.getByRole('row', { name: /Virtual key/ });
  await row.waitFor();
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByText('Orders service').first().waitFor();
  await page.goto(`${baseUrl}/profile`);
  await page.getByText('by passkey with a second factor').first().waitFor();
  await row.getByRole('button', { name: 'Remove' }).click();
  await row.waitFor({ state: 'detached' });
});
