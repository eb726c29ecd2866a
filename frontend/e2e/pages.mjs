// What holds for every page: access for all, phones, themes, and errors that say what they are.
import assert from 'node:assert/strict';
import { axeFaults } from './axe.mjs';
import { baseUrl, pages } from './browser.mjs';
import { test } from './harness.mjs';
import { tooWide } from './width.mjs';

for (const scheme of ['light', 'dark']) {
  test(`every page is clean by WCAG 2.2 AA, ${scheme}`, async (page) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const found = [];
    for (const [name, [path, drawn]] of Object.entries(await pages())) {
      await page.goto(baseUrl + path);
      await page.locator(drawn).first().waitFor();
      await page.waitForLoadState('networkidle');
      found.push(...(await axeFaults(page)).map((fault) => `${name}: ${fault}`));
    }
    assert.deepEqual(found, []);
  });
}

test('a phone shows every page without sideways scrolling', async (page) => {
  assert.deepEqual(await tooWide(page, 390), []);
});

test('the theme is a choice, is kept, and is there before the first paint', async (page) => {
  await page.goto(`${baseUrl}/products`);
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('menuitem', { name: 'Dark' }).click();
  await page.waitForSelector('html[data-mantine-color-scheme="dark"]');
  await page.route(/\/assets\/.*\.js$/, (route) => route.abort());
  await page.reload({ waitUntil: 'domcontentloaded' });
  await page.waitForSelector('html[data-mantine-color-scheme="dark"]', { state: 'attached' });
});

test('a vulnerability has a page, and a wrong name says so', async (page) => {
  await page.goto(`${baseUrl}/vulnerabilities/CVE-2021-44228`);
  await page.getByRole('heading', { name: 'CVE-2021-44228' }).waitFor();
  await page.getByText('GHSA-jfh8-c2jp-5v3q').first().waitFor();
  await page.goto(`${baseUrl}/vulnerabilities/CVE-2099-99999`);
  await page.getByRole('alert').waitFor();
  await page.getByText('Request').waitFor();
});

test('an error is never an empty list, and trying again mends it', async (page) => {
  let broken = true;
  await page.route(/\/api\/v1\/products(\?|$)/, (route) =>
    broken
      ? route.fulfill({
          status: 422,
          contentType: 'application/problem+json',
          body: JSON.stringify({
            title: 'Refused',
            detail: 'Not this time.',
            request_id: 'req-42',
            faults: [],
          }),
        })
      : route.continue(),
  );
  await page.goto(`${baseUrl}/products`);
  const alert = page.getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.textContent(), /Not this time\..*req-42/);
  assert.equal(await page.getByText('Start with an SBOM').count(), 0);
  broken = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Orders service').first().waitFor();
});

test('a portfolio without a product teaches the first step', async (page) => {
  await page.route(/\/api\/v1\/products(\?|$)/, (route) => route.fulfill({ json: { items: [], total: 0 } }));
  await page.goto(`${baseUrl}/products`);
  await page.getByText('Start with an SBOM').waitFor();
  await page.getByText(/drop its CycloneDX or SPDX file/).waitFor();
});

test('the intel chip says what the answers rest on', async (page) => {
  await page.goto(`${baseUrl}/products`);
  await page.getByRole('button', { name: /advisories/ }).click();
  await page.getByText('What the answers rest on').waitFor();
  await page.getByText('osv', { exact: true }).waitFor();
});
