// Whether pages fit.
import { baseUrl, pages } from './browser.mjs';

/** The pages that scroll sideways at this width, with what sticks out. */
export async function tooWide(page, width) {
  await page.setViewportSize({ width, height: 844 });
  const found = [];
  for (const [name, [path, drawn]] of Object.entries(await pages())) {
    await page.goto(baseUrl + path);
    await page.locator(drawn).first().waitFor();
    const out = await page.evaluate(() => {
      const most = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= most) return undefined;
      const wide = [...document.body.querySelectorAll('*')].find(
        (e) => e.getBoundingClientRect().right > most,
      );
      return `${document.documentElement.scrollWidth - most} px too wide: ${wide?.outerHTML.slice(0, 120)}`;
    });
    if (out) found.push(`${name} is ${out}`);
  }
  return found;
}
