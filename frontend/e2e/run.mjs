// What people do in the browser, against a running server that holds the samples (BASE_URL).
import { baseUrl, bearer, get } from './browser.mjs';
import { runAll } from './harness.mjs';
import { product } from './made.mjs';
import './upload.mjs';
import './findings.mjs';
import './pages.mjs';
import './search.mjs';
import './people.mjs';
import './factors.mjs';
import './german.mjs';
import './keyboard.mjs';

const good = await runAll();
// What the tests made goes again, so that a server may be tested twice and pictures show the samples alone.
const { items } = await get(`/api/v1/products?q=${encodeURIComponent(product)}`);
for (const p of items)
  await fetch(`${baseUrl}/api/v1/products/${p.id}`, { method: 'DELETE', headers: bearer });
process.exit(good ? 0 : 1);
