// Reading findings: evidence, filters, sort, keyboard.
import assert from 'node:assert/strict';
import { baseUrl, get } from './browser.mjs';
import { test } from './harness.mjs';

/** The newest release of a sample product. */
async function release(product) {
  const { items } = await get(`/api/v1/products?q=${encodeURIComponent(product)}`);
  assert.equal(items.length, 1, `the sample "${product}" must be loaded`);
  return items[0].latest_release.id;
}

const why = 'Why this is a finding';

test('the evidence explains a finding, and its address can be shared', async (page) => {
  await page.goto(`${baseUrl}/releases/${await release('Orders service')}`);
  await page.getByText('CVE-2021-44228').first().click();
  await page.getByText(why).waitFor();
  await page
    .getByText(/Version 2\.14\.1 lies in the range >= 2\.13\.0, < 2\.15\.0/)
    .first()
    .waitFor();
  await page.getByText('Reached from').first().waitFor();
  await page.getByText('What each source says').waitFor();
  const shared = page.url();
  assert.match(shared, /finding=\d+/);
  await page.keyboard.press('Escape');
  await page.getByText(why).waitFor({ state: 'detached' });
  assert.doesNotMatch(page.url(), /finding=/);
  await page.goto(shared);
  await page.getByText(why).waitFor();
});

test('back closes the evidence', async (page) => {
  await page.goto(`${baseUrl}/releases/${await release('Orders service')}`);
  await page
    .locator('[data-finding]')
    .nth(1)
    .click({ position: { x: 20, y: 8 } });
  await page.getByText(why).waitFor();
  await page.goBack();
  await page.getByText(why).waitFor({ state: 'detached' });
});

test('filters and sort are in the URL, survive a reload, and clear together', async (page) => {
  await page.goto(`${baseUrl}/findings`);
  await page.locator('[data-finding]').first().waitFor();
  const said = () =>
    page
      .locator('[role=status]')
      .filter({ hasText: /\d findings?/ })
      .first()
      .textContent();
  const all = await said();
  await page.getByText('exploited', { exact: true }).first().click();
  await page.waitForURL(/kev=true/);
  await page.getByRole('button', { name: 'EPSS' }).click();
  await page.waitForURL(/sort=-epss/);
  await page
    .getByText(/^critical/)
    .first()
    .click();
  await page.waitForURL(/severity=critical/);
  await page.reload();
  await page.locator('[data-finding]').first().waitFor();
  const { open } = await get('/api/v1/findings/summary?kev=true&severity=critical');
  await page.getByText(new RegExp(`^${open.total} findings?, ${open.kev} exploited$`)).waitFor();
  assert.equal(await page.locator('[data-finding]').count(), open.total);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.waitForURL((u) => !u.search.includes('kev'));
  await page.getByText(all, { exact: true }).waitFor();
  assert.match(page.url(), /sort=-epss/, 'the order is no filter');
});

test('a search that finds nothing says so, and is no error', async (page) => {
  await page.goto(`${baseUrl}/findings`);
  await page.getByRole('searchbox', { name: 'Search findings' }).fill('no-such-component');
  await page.waitForURL(/q=no-such-component/);
  await page.getByText('No finding matches these filters').waitFor();
});

test('the keyboard alone finds, opens, moves, closes, and comes back', async (page) => {
  await page.goto(`${baseUrl}/findings`);
  await page.locator('[data-finding]').first().waitFor();
  const focused = () =>
    page.evaluate(() => document.activeElement?.closest('[data-finding]')?.getAttribute('data-finding'));
  await page.keyboard.press('j');
  await page.waitForFunction(() => document.activeElement?.matches('[data-open]'));
  const first = await focused();
  await page.keyboard.press('j');
  await page.waitForFunction(
    (id) => document.activeElement?.matches('[data-open]') && document.activeElement.dataset.open !== id,
    first,
  );
  await page.keyboard.press('k');
  await page.waitForFunction((id) => document.activeElement?.dataset.open === id, first);
  await page.keyboard.press('Enter');
  await page.getByText(why).waitFor();
  await page.waitForURL(new RegExp(`finding=${first}`));
  await page.keyboard.press('j');
  await page.waitForURL(
    (u) => !u.search.includes(`finding=${first}&`) && !u.search.endsWith(`finding=${first}`),
  );
  const second = new URL(page.url()).searchParams.get('finding');
  await page.keyboard.press('Escape');
  await page.getByText(why).waitFor({ state: 'detached' });
  await page.waitForFunction((id) => document.activeElement?.dataset.open === id, second);
  await page.keyboard.press('/');
  await page.waitForFunction(() => document.activeElement?.matches('input[data-search]'));
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await page.waitForURL(/\/products$/);
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
});

test('columns are chosen and kept', async (page) => {
  await page.goto(`${baseUrl}/findings`);
  await page.getByRole('columnheader', { name: 'EPSS' }).waitFor();
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('checkbox', { name: 'EPSS' }).uncheck();
  await page.getByRole('columnheader', { name: 'EPSS' }).waitFor({ state: 'detached' });
  await page.reload();
  await page.locator('[data-finding]').first().waitFor();
  assert.equal(await page.getByRole('columnheader', { name: 'EPSS' }).count(), 0);
});

test('a long list holds few rows, and its end is reached by scrolling', async (page) => {
  // Pages of the API's own answers, repeated under new ids: lists that long are not among the samples.
  await page.route(/\/api\/v1\/findings\?/, async (route) => {
    const url = new URL(route.request().url());
    const at = Number(url.searchParams.get('cursor') ?? 0);
    url.searchParams.delete('cursor');
    const response = await route.fetch({ url: url.href });
    const body = await response.json();
    body.items = Array.from({ length: 100 }, (_, i) => ({
      ...body.items[i % body.items.length],
      id: at * 100 + i + 1,
    }));
    body.next_cursor = at < 9 ? String(at + 1) : undefined;
    await route.fulfill({ response, json: body });
  });
  await page.goto(`${baseUrl}/findings`);
  await page.locator('[data-finding="1"]').waitFor();
  for (let i = 0; i < 80 && (await page.locator('[data-finding="1000"]').count()) === 0; i++) {
    const height = await page.evaluate(() => {
      scrollTo(0, document.documentElement.scrollHeight);
      return document.documentElement.scrollHeight;
    });
    await page
      .waitForFunction(
        (h) => document.documentElement.scrollHeight !== h || document.querySelector('[data-finding="1000"]'),
        height,
        { timeout: 2000 },
      )
      .catch(() => undefined);
  }
  await page.locator('[data-finding="1000"]').waitFor();
  const held = await page.locator('[data-finding]').count();
  assert.ok(held < 80, `${held} rows are held for 1000 findings`);
});

test('what cannot be judged is listed with its reason', async (page) => {
  await page.goto(`${baseUrl}/releases/${await release('Orders service')}?tab=uncovered`);
  await page.getByText('pricing-rules').first().waitFor();
  await page.getByText('legacy-crypto').first().waitFor();
});

test('upgrades and the portfolio search answer', async (page) => {
  await page.goto(`${baseUrl}/releases/${await release('Orders service')}?tab=upgrades`);
  await page.getByText('org.apache.logging.log4j:log4j-core').waitFor();
  await page.goto(`${baseUrl}/components`);
  await page.getByLabel('Package').fill('log4j-core');
  await page.getByLabel('Below version').fill('2.17');
  await page.locator('#content').getByRole('button', { name: 'Search', exact: true }).click();
  await page
    .getByRole('link', { name: /Orders service 2\.4\.0/ })
    .first()
    .waitFor();
  assert.match(page.url(), /name=log4j-core/);
});
