// The main flow by keyboard alone, focus in sight and given back; little motion for who wants little; and 200 % zoom.
import assert from 'node:assert/strict';
import { password } from './account.mjs';
import { baseUrl } from './browser.mjs';
import { test } from './harness.mjs';
import { product, sample } from './made.mjs';
import { tooWide } from './width.mjs';

/** What has the focus, in words, and whether one sees that it has it. */
function focus(page) {
  return page.evaluate(() => {
    const e = document.activeElement;
    // Where "skip to the content" leads shows itself by what comes next.
    if (!e || e === document.body || e.id === 'content') return { name: '', seen: true };
    // The frame of a password stands around the field, that of a chip around its words beside the field.
    const framed =
      e.closest('.mantine-PasswordInput-input') ?? e.parentElement.querySelector('.mantine-Chip-label') ?? e;
    const style = getComputedStyle(framed);
    const label = e.labels?.[0]?.textContent ?? '';
    const box = framed.getBoundingClientRect();
    const ring = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) > 0;
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = 'var(--mantine-primary-color-filled)';
    const field = e.matches('input, textarea') && style.borderColor === getComputedStyle(probe).color;
    probe.remove();
    // What only holds other things is nothing to press.
    const pressed = e.matches('a, button, input, textarea');
    return {
      name: !pressed
        ? ''
        : `${e.getAttribute('aria-label') ?? ''} ${label} ${e.textContent ?? ''}`.replace(/\s+/g, ' ').trim(),
      seen: (ring || field) && box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    };
  });
}

/** Goes on by Tab until what is named so has the focus. */
async function tabTo(page, name, most = 60) {
  const passed = [];
  for (let i = 0; i < most; i++) {
    const now = await focus(page);
    assert.ok(now.seen, `the focus is not to be seen at "${now.name}"`);
    if (name.test(now.name)) return;
    passed.push(now.name.slice(0, 30));
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab never comes to ${name}: ${passed.join(' | ')}`);
}

const focused = (page, name) =>
  page.waitForFunction((source) => {
    const e = document.activeElement;
    if (!e?.matches('a, button, input, textarea')) return false;
    const words = `${e?.getAttribute('aria-label') ?? ''} ${e?.labels?.[0]?.textContent ?? ''} ${e?.textContent ?? ''}`;
    return new RegExp(source).test(words);
  }, name.source);

test('the keyboard alone leads from the sign-in to the evidence and back', async (page) => {
  const shop = `${product} by keyboard`;
  const keys = page.keyboard;
  await page.context().clearCookies();
  await page.goto(`${baseUrl}/products`);
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
  await tabTo(page, /Mail address/);
  await keys.type('admin@localhost');
  await keys.press('Tab');
  await tabTo(page, /^Password/);
  await keys.type(password);
  await keys.press('Enter');

  await page.getByText('Orders service').first().waitFor();
  await tabTo(page, /Skip to the content/);
  await keys.press('Enter');
  await tabTo(page, /New product/);
  await keys.press('Enter');
  await page.getByRole('dialog').waitFor();
  await keys.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await focused(page, /New product/);
  await keys.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo(page, /^Name/);
  await keys.type(shop);
  await keys.press('Enter');
  await page.getByRole('heading', { name: shop }).waitFor();

  await tabTo(page, /New release/);
  await keys.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo(page, /^Version/);
  await keys.type('1.0');
  await keys.press('Enter');
  await page.getByRole('heading', { name: `${shop} 1.0` }).waitFor();

  await page.waitForLoadState('networkidle');
  await tabTo(page, /Choose a file/);
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), keys.press('Enter')]);
  await chooser.setFiles({
    name: 'orders.cdx.json',
    mimeType: 'application/json',
    buffer: Buffer.from(sample),
  });
  await page.getByText('CycloneDX 1.5 json').waitFor();
  await tabTo(page, /Store and match/);
  await keys.press('Enter');
  await page.getByText('The findings are up to date').waitFor();

  await page.locator('[data-finding]').first().waitFor();
  await tabTo(page, /CVE-|GHSA-/);
  const opener = await page.evaluate(() => document.activeElement.dataset.open);
  assert.ok(opener, 'the finding is opened by what has the focus');
  await keys.press('Enter');
  const evidence = page.getByText('Why this is a finding');
  await evidence.waitFor();
  await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]'));
  for (let i = 0; i < 40; i++) {
    await keys.press('Tab');
    const inside = await page.evaluate(() => Boolean(document.activeElement?.closest('[role=dialog]')));
    assert.ok(inside, 'Tab leaves the evidence, which covers the page');
    assert.ok((await focus(page)).seen, `the focus is not to be seen at "${(await focus(page)).name}"`);
  }
  await keys.press('Escape');
  await evidence.waitFor({ state: 'detached' });
  await page.waitForFunction((id) => document.activeElement?.dataset.open === id, opener);
  await keys.press('g');
  await keys.press('p');
  await page.getByRole('heading', { name: 'Products' }).waitFor();
});

test('nothing moves for who wants little motion', async (page) => {
  await page.goto(`${baseUrl}/findings`);
  await page.locator('[data-finding]').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const moving = await page.evaluate(async () => {
    const found = new Set();
    const end = performance.now() + 600;
    while (performance.now() < end) {
      for (const a of document.getAnimations()) {
        const { duration } = a.effect?.getComputedTiming() ?? {};
        if (Number(duration) > 1) found.add(`${a.effect.target?.className} ${duration} ms`);
      }
      await new Promise(requestAnimationFrame);
    }
    return [...found];
  });
  assert.deepEqual(moving, []);
});

// 1440 px at 200 % are 720, and 1280 px at 400 % are 320.
for (const width of [720, 320]) {
  test(`enlarged to ${width} px no page scrolls sideways`, async (page) => {
    assert.deepEqual(await tooWide(page, width), []);
  });
}
