// Access for all, measured by axe-core.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What the page that is shown does wrong, a line for each place. */
export async function axeFaults(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((runOnly) => window.axe.run({ runOnly }), rules);
  return violations.flatMap((v) =>
    v.nodes.slice(0, 3).map((node) => {
      const data = node.any[0]?.data;
      const ratio = data?.contrastRatio ? ` (${data.fgColor} on ${data.bgColor}: ${data.contrastRatio})` : '';
      return `${v.id} at ${node.target.join(' ')}${ratio}`;
    }),
  );
}
