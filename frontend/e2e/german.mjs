// The page in German: whole, clean by the rules of access for all, and no wider than a phone.
import assert from 'node:assert/strict';
import { runnerImport } from 'vite';
import { axeFaults } from './axe.mjs';
import { baseUrl, pages } from './browser.mjs';
import { test } from './harness.mjs';
import { tooWide } from './width.mjs';

const kept = 'threatwerk-language';
const speakGerman = (page) => page.addInitScript((key) => localStorage.setItem(key, 'de'), kept);

async function texts(file) {
  const { module } = await runnerImport(file);
  const all = (w) =>
    typeof w === 'string' ? [w] : typeof w === 'object' && w ? Object.values(w).flatMap(all) : [];
  return new Set([module.m, module.a, module.f, module.reasons].flatMap(all).map((t) => t.trim()));
}

/** What says nothing but English words: texts of the catalogue, and names that hold a word that German has not. */
async function english(page, catalogue) {
  const shown = await page.evaluate(() => {
    const own = (e) =>
      [...e.childNodes]
        .filter((n) => n.nodeType === Node.TEXT_NODE)
        .map((n) => n.data.trim())
        .join('');
    const elements = [...document.body.querySelectorAll('*')].filter(
      (e) => !e.closest('[lang=en], code, .tw-mono, script, style'),
    );
    const named = 'nav a, h1, h2, h3, button, th, label, legend, [role=tab]';
    return {
      all: elements.map(own).filter(Boolean),
      names: elements
        .flatMap((e) => [
          e.matches(named) ? e.textContent : '',
          e.getAttribute('aria-label') ?? '',
          e.getAttribute('placeholder') ?? '',
        ])
        .filter(Boolean),
    };
  });
  return [
    ...shown.all.filter((t) => catalogue.has(t)),
    ...shown.names.filter((t) => /\b(the|and|of|with|your|is|not|to|for|this|search|open|show)\b/i.test(t)),
  ];
}

test('in German no page says anything in English, and all are clean by WCAG 2.2 AA', async (page) => {
  const german = await texts('./src/lib/messages/de/index.ts');
  const catalogue = new Set(
    [...(await texts('./src/lib/messages/en.ts'))].filter((t) => t && !german.has(t)),
  );
  await speakGerman(page);
  const found = [];
  for (const [name, [path, drawn]] of Object.entries(await pages())) {
    await page.goto(baseUrl + path);
    await page.locator(drawn).first().waitFor();
    await page.waitForLoadState('networkidle');
    assert.equal(await page.locator('html').getAttribute('lang'), 'de');
    found.push(...(await english(page, catalogue)).map((t) => `${name}: "${t}"`));
    found.push(...(await axeFaults(page)).map((f) => `${name}: ${f}`));
  }
  assert.deepEqual([...new Set(found)], []);
});

test('in German a phone shows every page without sideways scrolling', async (page) => {
  await speakGerman(page);
  assert.deepEqual(await tooWide(page, 390), []);
});

test('the language is a choice, is kept, and is the only one that is downloaded', async (page) => {
  const loaded = [];
  page.on('request', (r) => loaded.push(/\/assets\/(en|de)-[^/]*\.js$/.exec(r.url())?.[1]));
  await page.goto(`${baseUrl}/products`);
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('menuitem', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { name: 'Produkte' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Produkte' }).waitFor();
  assert.deepEqual(loaded.filter(Boolean), ['en', 'de', 'de']);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('button', { name: 'Darstellung' }).click();
  await page.getByRole('menuitem', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'Products' }).waitFor();
});

test('who is not signed in yet has the language of the browser, and the choice', async (page) => {
  const context = await page.context().browser().newContext({ locale: 'de-AT' });
  const stranger = await context.newPage();
  stranger.setDefaultTimeout(20_000);
  await stranger.goto(`${baseUrl}/sign-in`);
  await stranger.getByRole('heading', { name: 'Anmelden' }).waitFor();
  await stranger.getByLabel('E-Mail-Adresse').fill('somebody@example.org');
  await stranger.getByRole('button', { name: 'Sprache' }).click();
  await stranger.getByRole('menuitem', { name: 'English' }).click();
  await stranger.getByRole('heading', { name: 'Sign in' }).waitFor();
  await context.close();
});
