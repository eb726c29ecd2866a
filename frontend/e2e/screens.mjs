// Writes a picture of every page to screens/, at two widths and in both themes, from a server that holds the samples.
import { mkdirSync } from 'node:fs';
import { baseUrl, get, launch } from './browser.mjs';

const products = (await get('/api/v1/products?limit=200')).items;
const orders = products.find((p) => p.name === 'Orders service') ?? products[0];
const release = orders.latest_release.id;
const findings = (await get(`/api/v1/findings?release_id=${release}&limit=1`)).items;

const pages = {
  products: '/products',
  product: `/products/${orders.id}`,
  release: `/releases/${release}`,
  evidence: `/releases/${release}?finding=${findings[0]?.id}`,
  check: `/releases/${release}?tab=check`,
  uncovered: `/releases/${release}?tab=uncovered`,
  upgrades: `/releases/${release}?tab=upgrades`,
  components: `/releases/${release}?tab=components`,
  sboms: `/releases/${release}?tab=sboms`,
  findings: '/findings',
  vulnerability: `/vulnerabilities/${findings[0]?.vulnerability.name}`,
  search: '/components?name=log4j-core&below=2.17',
  missing: '/nowhere',
};

mkdirSync('screens', { recursive: true });
const browser = await launch();
for (const colorScheme of ['light', 'dark']) {
  for (const width of [1440, 390]) {
    const context = await browser.newContext({
      viewport: { width, height: width > 500 ? 900 : 844 },
      colorScheme,
    });
    const page = await context.newPage();
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(baseUrl + path, { waitUntil: 'networkidle' });
      await page.getByRole('heading').first().waitFor();
      await page.screenshot({ path: `screens/${name}-${width}-${colorScheme}.png` });
    }
    await context.close();
  }
}
await browser.close();
console.log(`${Object.keys(pages).length * 4} pictures in screens/`);
