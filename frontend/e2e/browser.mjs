// Chromium for the browser tests and the screenshots. Nothing is downloaded: CHROMIUM_PATH or an installed one is used.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const baseUrl = process.env.BASE_URL ?? 'http://127.0.0.1:8080';

export async function launch() {
  const executablePath = process.env.CHROMIUM_PATH || places.find((p) => existsSync(p));
  if (!executablePath) throw new Error('no Chromium found: install it, or set CHROMIUM_PATH');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}

/** What programs send with each call. */
export const bearer = { Authorization: `Bearer ${process.env.THREATWERK_TOKEN ?? ''}` };

/** The API's answer as JSON. */
export async function get(path) {
  const r = await fetch(baseUrl + path, { headers: bearer });
  if (!r.ok) throw new Error(`${path} answered ${r.status}`);
  return r.json();
}

/** Every page, or those whose name PAGES matches, with what says that it is drawn. The samples must be loaded. */
export async function pages() {
  const wanted = new RegExp(process.env.PAGES ?? '');
  return Object.fromEntries(Object.entries(await all()).filter(([name]) => wanted.test(name)));
}

async function all() {
  const { items } = await get('/api/v1/products?q=Orders%20service');
  const orders = items[0];
  if (!orders?.latest_release) throw new Error('the sample "Orders service" must be loaded');
  const release = orders.latest_release.id;
  const finding = (await get(`/api/v1/findings?release_id=${release}&limit=1`)).items[0];
  const name = finding.vulnerability.name;
  // The samples hold no threat report; a server that polls may.
  const report = (await get('/api/v1/reports?touches=all&limit=1')).items[0]?.id;
  return {
    products: ['/products', 'a[href^="/products/"]'],
    product: [`/products/${orders.id}`, 'a[href^="/releases/"]'],
    release: [`/releases/${release}`, '[data-finding]'],
    evidence: [`/releases/${release}?finding=${finding.id}`, '.tw-why'],
    check: [`/releases/${release}?tab=check`, '[role=tabpanel] h2, [role=tabpanel] table'],
    uncovered: [`/releases/${release}?tab=uncovered`, '[role=tabpanel] table'],
    components: [`/releases/${release}?tab=components`, '[role=tabpanel] table'],
    upgrades: [`/releases/${release}?tab=upgrades`, '[role=tabpanel] table'],
    sboms: [`/releases/${release}?tab=sboms`, '[role=tabpanel] table'],
    findings: ['/findings', '[data-finding]'],
    vulnerability: [`/vulnerabilities/${name}`, 'h1'],
    search: ['/components?name=log4j-core&below=2.17', 'table'],
    question: ['/components', 'h1'],
    news: ['/intel?touches=all', 'li'],
    feeds: ['/intel/feeds', 'section'],
    feed: ['/intel/feeds/osv', 'table'],
    reports: ['/intel/reports?touches=all', 'input[type=search]'],
    ...(report ? { report: [`/intel/reports/${report}`, 'h2'] } : {}),
    indicators: ['/intel/indicators', 'h2'],
    hits: ['/intel/indicators?value=example.org', 'h2'],
    profile: ['/profile', 'table'],
    people: ['/people', 'table'],
    teams: ['/teams', 'h1'],
    audit: ['/audit', 'table'],
    tokens: ['/tokens', 'table'],
    system: ['/system', 'table'],
    welcome: ['/welcome', 'h2'],
    missing: ['/nowhere', 'h1'],
  };
}
