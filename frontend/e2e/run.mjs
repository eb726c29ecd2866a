// What people click, against a running server that holds the samples (BASE_URL). Each test has a page of its own.
// The last line is "N passed, N failed, N skipped".
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { baseUrl, get, launch } from './browser.mjs';

const sample = fileURLToPath(
  new URL('../../localdev/demo/sboms/orders-service-2.4.0.cdx.json', import.meta.url),
);
const unique = `Shop ${Date.now()}`;
const tests = [];
const test = (name, run) => tests.push({ name, run });

/** Opens the newest release of a sample product. */
async function release(product) {
  const { items } = await get(`/api/v1/products?q=${encodeURIComponent(product)}`);
  assert.equal(items.length, 1, `the sample "${product}" must be loaded`);
  return items[0].latest_release.id;
}

async function drop(page, name, body) {
  const data = await page.evaluateHandle(
    ([n, text]) => {
      const d = new DataTransfer();
      d.items.add(new File([text], n, { type: 'application/json' }));
      return d;
    },
    [name, body],
  );
  await page.dispatchEvent('[aria-label="Upload an SBOM"]', 'drop', { dataTransfer: data });
}

test('a person makes a product and a release, drops an SBOM, sees what it holds, stores it and reads findings', async (page) => {
  await page.goto(`${baseUrl}/products`);
  await page.getByRole('button', { name: 'New product' }).first().click();
  await page.getByLabel('Name').fill(unique);
  await page.getByRole('button', { name: 'Create', exact: true }).last().click();
  await page.getByRole('heading', { name: unique }).waitFor();
  await page.getByLabel('New release').fill('9.1');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('heading', { name: `${unique} 9.1` }).waitFor();
  await drop(page, 'orders.cdx.json', readFileSync(sample, 'utf8'));
  await page.getByText('CycloneDX 1.5 json').waitFor();
  await page.getByText(/Quality \d+ of 100/).waitFor();
  await page.getByRole('button', { name: 'Store and match' }).click();
  await page.getByText('the findings are up to date').waitFor();
  await page.getByText('CVE-2021-44228').first().waitFor();
  assert.match(await page.getByRole('tab', { name: /Findings/ }).textContent(), /\d+/);
});

test('the same file again changes nothing', async (page) => {
  const { items } = await get(`/api/v1/products?q=${encodeURIComponent(unique)}`);
  await page.goto(`${baseUrl}/releases/${items[0].latest_release.id}`);
  await page.getByText('CVE-2021-44228').first().waitFor();
  await drop(page, 'orders.cdx.json', readFileSync(sample, 'utf8'));
  await page.getByRole('button', { name: 'Store and match' }).click();
  await page.getByText('Nothing was changed').waitFor();
});

test('a name that exists is refused at its field, and what was typed stays', async (page) => {
  await page.goto(`${baseUrl}/products`);
  await page.getByRole('button', { name: 'New product' }).first().click();
  await page.getByLabel('Name').fill(unique.toLowerCase());
  await page.getByRole('button', { name: 'Create', exact: true }).last().click();
  await page.getByText(/choose another/).waitFor();
  assert.equal(await page.getByLabel('Name').inputValue(), unique.toLowerCase());
});

test('a refused document says where it is wrong, and nothing is stored', async (page) => {
  const id = await release('Edge proxy');
  const before = await get(`/api/v1/releases/${id}/sboms`);
  await page.goto(`${baseUrl}/releases/${id}`);
  await page.getByText('Drop a newer SBOM here').waitFor();
  await drop(page, 'broken.json', '{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"name":"a"');
  await page.getByText('This document was refused').waitFor();
  assert.ok((await page.getByRole('alert').locator('code').count()) > 0, 'the place is named');
  assert.equal((await get(`/api/v1/releases/${id}/sboms`)).items.length, before.items.length);
});

test('the evidence explains a finding, and its address can be shared', async (page) => {
  const id = await release('Orders service');
  await page.goto(`${baseUrl}/releases/${id}`);
  await page.getByText('CVE-2021-44228').first().click();
  await page.getByText('Why this is a finding').waitFor();
  await page
    .getByText(/Version 2\.14\.1 lies in the range >= 2\.13\.0, < 2\.15\.0/)
    .first()
    .waitFor();
  await page.getByText('Reached from:').first().waitFor();
  const shared = page.url();
  assert.match(shared, /finding=\d+/);
  await page.keyboard.press('Escape');
  await page.getByText('Why this is a finding').waitFor({ state: 'detached' });
  assert.doesNotMatch(page.url(), /finding=/);
  await page.goto(shared);
  await page.getByText('Why this is a finding').waitFor();
});

test('filters and sort are in the URL and survive a reload', async (page) => {
  await page.goto(`${baseUrl}/findings`);
  await page.getByText('CVE-2021-44228').first().waitFor();
  const all = await page.locator('[data-finding]').count();
  await page.getByText('exploited', { exact: true }).first().click();
  await page.waitForURL(/kev=true/);
  await page.getByRole('button', { name: 'EPSS' }).click();
  await page.waitForURL(/sort=-epss/);
  await page.reload();
  await page.locator('[data-finding]').first().waitFor();
  const some = await page.locator('[data-finding]').count();
  assert.ok(some > 0 && some < all, `${some} of ${all} are exploited`);
});

test('the keyboard opens, moves and closes', async (page) => {
  await page.goto(`${baseUrl}/findings`);
  await page.locator('[data-finding]').first().focus();
  await page.keyboard.press('Enter');
  await page.getByText('Why this is a finding').waitFor();
  const first = page.url();
  await page.keyboard.press('j');
  await page.waitForFunction((u) => location.href !== u, first);
  await page.keyboard.press('k');
  await page.waitForFunction((u) => location.href === u, first);
  await page.keyboard.press('Escape');
  await page.getByText('Why this is a finding').waitFor({ state: 'detached' });
});

test('what cannot be judged is listed with its reason', async (page) => {
  const id = await release('Orders service');
  await page.goto(`${baseUrl}/releases/${id}?tab=uncovered`);
  await page.getByText('pricing-rules').waitFor();
  await page.getByText('legacy-crypto').first().waitFor();
});

test('upgrades and the portfolio search answer', async (page) => {
  const id = await release('Orders service');
  await page.goto(`${baseUrl}/releases/${id}?tab=upgrades`);
  await page.getByText('org.apache.logging.log4j:log4j-core').waitFor();
  await page.getByText('2.17.0').first().waitFor();
  await page.goto(`${baseUrl}/components`);
  await page.getByLabel('Package').fill('log4j-core');
  await page.getByLabel('Below version').fill('2.17');
  await page.getByRole('button', { name: 'Search' }).click();
  await page
    .getByRole('link', { name: /Orders service 2\.4\.0/ })
    .first()
    .waitFor();
});

test('a vulnerability has a page, and a wrong name says so', async (page) => {
  await page.goto(`${baseUrl}/vulnerabilities/CVE-2021-44228`);
  await page.getByRole('heading', { name: 'CVE-2021-44228' }).waitFor();
  await page.getByText('GHSA-jfh8-c2jp-5v3q').first().waitFor();
  await page.goto(`${baseUrl}/vulnerabilities/CVE-2099-99999`);
  await page.getByRole('alert').waitFor();
});

test('the theme is a choice and is kept', async (page) => {
  await page.goto(`${baseUrl}/products`);
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('menuitem', { name: 'Dark' }).click();
  await page.waitForSelector('html[data-mantine-color-scheme="dark"]');
  await page.reload();
  await page.waitForSelector('html[data-mantine-color-scheme="dark"]');
});

test('a phone shows every page without sideways scrolling', async (page) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const id = await release('Orders service');
  for (const path of [
    '/products',
    '/findings',
    '/components',
    `/releases/${id}`,
    '/vulnerabilities/CVE-2021-44228',
  ]) {
    await page.goto(baseUrl + path);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
  }
});

const browser = await launch();
let passed = 0;
let failed = 0;
for (const { name, run } of tests) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const errors = [];
  page.on('pageerror', (e) => errors.push(e.message));
  try {
    await run(page);
    assert.deepEqual(errors, [], 'errors of the page itself');
    passed++;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.log(
      `FAIL  ${name}\n      at ${page.url()}\n      ${String(error?.message ?? error).replaceAll('\n', '\n      ')}`,
    );
  }
  await context.close();
}
await browser.close();
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exit(failed > 0 ? 1 : 0);
