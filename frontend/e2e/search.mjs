import assert from 'node:assert/strict';
import { baseUrl } from './browser.mjs';
import { test } from './harness.mjs';

test('Ctrl+K finds a product by keyboard alone and gives the focus back', async (page) => {
  await page.goto(`${baseUrl}/products`);
  await page.locator('a[href^="/products/"]').first().waitFor();
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: 'Search everything' });
  await field.fill('orders');
  await page
    .getByRole('option', { name: /Orders service/ })
    .first()
    .waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/products/*');
  await page.keyboard.press('Control+k');
  await page.getByRole('group', { name: 'Opened lately' }).waitFor();
  await page.keyboard.press('Escape');
  await field.waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('dialog').count(), 0);
});
