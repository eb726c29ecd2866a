// Writes a picture of every page to screens/, at two widths and in both themes, from a server that holds the samples.
import { mkdirSync } from 'node:fs';
import { signIn } from './account.mjs';
import { baseUrl, launch, pages } from './browser.mjs';

const all = await pages();
mkdirSync('screens', { recursive: true });
const browser = await launch();
for (const colorScheme of ['light', 'dark']) {
  for (const width of [1440, 390]) {
    const context = await browser.newContext({
      viewport: { width, height: width > 500 ? 900 : 844 },
      colorScheme,
      reducedMotion: 'reduce',
    });
    await signIn(context);
    const page = await context.newPage();
    for (const [name, [path, drawn]] of Object.entries(all)) {
      await page.goto(baseUrl + path);
      await page.locator(drawn).first().waitFor();
      await page.waitForLoadState('networkidle');
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: `screens/${name}-${width}-${colorScheme}.png` });
    }
    await context.close();
  }
}
await browser.close();
console.log(`${Object.keys(all).length * 4} pictures in screens/`);
