// What the tests make, and of what.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const product = `Shop ${Date.now()}`;
export const sample = readFileSync(
  fileURLToPath(new URL('../../localdev/demo/sboms/orders-service-2.4.0.cdx.json', import.meta.url)),
  'utf8',
);
