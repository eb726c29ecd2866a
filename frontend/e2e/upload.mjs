// From nothing to findings, and documents that are refused.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { baseUrl, bearer, get } from './browser.mjs';
import { drop, test } from './harness.mjs';
import { product, sample } from './made.mjs';

async function made() {
  const { items } = await get(`/api/v1/products?q=${encodeURIComponent(product)}`);
  return items[0];
}

test('a person makes a product and a release, drops an SBOM, sees what it holds, stores it and reads findings', async (page) => {
  await page.goto(`${baseUrl}/products`);
  await page.getByRole('button', { name: 'New product' }).first().click();
  await page.getByLabel('Name').fill(product);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('heading', { name: product }).waitFor();
  await page.getByText('No release yet').waitFor();
  await page.getByRole('button', { name: 'New release' }).click();
  await page.getByLabel('Version').fill('9.1');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('heading', { name: `${product} 9.1` }).waitFor();
  await drop(page, 'orders.cdx.json', sample);
  await page.getByText('CycloneDX 1.5 json').waitFor();
  await page.getByText(/Quality \d+ of 100/).waitFor();
  assert.equal((await get(`/api/v1/releases/${(await made()).latest_release.id}/sboms`)).items.length, 0);
  await page.getByRole('button', { name: 'Store and match' }).click();
  await page.getByText('The findings are up to date').waitFor();
  await page.getByText('CVE-2021-44228').first().waitFor();
  assert.match(await page.getByRole('tab', { name: /Findings/ }).textContent(), /[1-9]\d*/);
});

test('the progress of matching is shown while it lasts', async (page) => {
  const { latest_release: release } = await made();
  const newer = JSON.parse(sample);
  newer.components.push({ type: 'library', name: 'left', version: '1.0.0', purl: 'pkg:npm/left@1.0.0' });
  // Matching a small document takes milliseconds: the first answers are held at "stored".
  let held = 2;
  await page.route(/\/api\/v1\/sboms\/\d+$/, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    if (held-- > 0) Object.assign(body, { status: 'stored', progress_done: 7, progress_total: 19 });
    await route.fulfill({ response, json: body });
  });
  await page.goto(`${baseUrl}/releases/${release.id}`);
  await page.getByText('CVE-2021-44228').first().waitFor();
  await drop(page, 'newer.cdx.json', JSON.stringify(newer));
  await page.getByText('against the current SBOM').waitFor();
  await page.getByText('+1', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Store and match' }).click();
  await page.getByText('Matching 7 of 19 components').waitFor();
  await page.getByText('The findings are up to date').waitFor();
  await page.getByRole('tab', { name: 'SBOMs' }).click();
  await page.getByText('newer.cdx.json').first().waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .getByRole('link', { name: /Download/ })
      .first()
      .click(),
  ]);
  assert.equal(readFileSync(await download.path(), 'utf8'), JSON.stringify(newer), 'byte for byte');
});

test('the same file again changes nothing', async (page) => {
  const { latest_release: release } = await made();
  const { items } = await get(`/api/v1/releases/${release.id}/sboms`);
  const current = await (
    await fetch(`${baseUrl}/api/v1/sboms/${items[0].id}/document`, { headers: bearer })
  ).text();
  await page.goto(`${baseUrl}/releases/${release.id}`);
  await drop(page, 'again.cdx.json', current);
  await page.getByRole('button', { name: 'Store and match' }).click();
  await page.getByText('Nothing was changed').waitFor();
});

test('a name that exists is refused at its field, and what was typed stays', async (page) => {
  await page.goto(`${baseUrl}/products`);
  await page.getByRole('button', { name: 'New product' }).first().click();
  await page.getByLabel('Name').fill(product.toLowerCase());
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByText(/choose another/).waitFor();
  assert.equal(await page.getByLabel('Name').inputValue(), product.toLowerCase());
});

test('a refused document says where it is wrong, and nothing is stored', async (page) => {
  const { latest_release: release } = await made();
  const before = (await get(`/api/v1/releases/${release.id}/sboms`)).items.length;
  await page.goto(`${baseUrl}/releases/${release.id}`);
  await drop(page, 'broken.json', '{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"name":"a"');
  await page.getByText('This document was refused').waitFor();
  assert.ok((await page.getByRole('alert').locator('code').count()) > 0, 'the place is named');
  await page.getByRole('button', { name: 'Choose another file' }).waitFor();
  assert.equal((await get(`/api/v1/releases/${release.id}/sboms`)).items.length, before);
});

test('criticality and exposure are shown and can be changed', async (page) => {
  await page.goto(`${baseUrl}/products/${(await made()).id}`);
  await page.getByText('Exposure: Controlled').waitFor();
  await page.getByRole('button', { name: 'Edit product' }).click();
  await page.getByRole('combobox', { name: 'Exposure' }).click();
  await page.getByRole('option', { name: /Open/ }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Exposure: Open').waitFor();
  assert.equal((await made()).exposure, 'open');
});

test('an inactive release says so and leaves the portfolio', async (page) => {
  const p = await made();
  await page.goto(`${baseUrl}/releases/${p.latest_release.id}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Mark inactive' }).click();
  await page.getByText('inactive', { exact: true }).waitFor();
  const { open } = await get(`/api/v1/findings/summary?product_id=${p.id}&active=true`);
  assert.equal(open.total, 0);
});
