// Runs browser tests one after another, each with a page of its own, and counts them. The last line is
// "N passed, N failed, N skipped".
import assert from 'node:assert/strict';
import { signIn } from './account.mjs';
import { launch } from './browser.mjs';

const tests = [];
/** What names match, to run some tests alone. */
const only = process.env.E2E_ONLY ?? '';

export function test(name, run) {
  if (new RegExp(only).test(name)) tests.push({ name, run });
}

export async function runAll() {
  const browser = await launch();
  let passed = 0;
  let failed = 0;
  for (const { name, run } of tests) {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
    });
    await signIn(context);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const errors = [];
    page.on('pageerror', (e) => errors.push(e.message));
    try {
      await run(page);
      assert.deepEqual(errors, [], 'errors of the page itself');
      passed++;
      console.log(`ok    ${name}`);
    } catch (error) {
      failed++;
      const words = String(error?.message ?? error).replaceAll('\n', '\n      ');
      console.log(`FAIL  ${name}\n      at ${page.url()}\n      ${words}`);
    }
    await context.close();
  }
  await browser.close();
  console.log(`${passed} passed, ${failed} failed, 0 skipped`);
  return failed === 0;
}

/** Drops a file of this content on the page, as a person does who drags it there. */
export async function drop(page, name, content) {
  const data = await page.evaluateHandle(
    ([n, text]) => {
      const d = new DataTransfer();
      d.items.add(new File([text], n, { type: 'application/json' }));
      return d;
    },
    [name, content],
  );
  await page.locator('[data-drop]').waitFor();
  await page.dispatchEvent('[data-drop]', 'dragenter', { dataTransfer: data });
  await page.getByText('Let go to check this file').waitFor();
  await page.dispatchEvent('[data-drop]', 'drop', { dataTransfer: data });
}
