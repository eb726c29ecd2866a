import { m } from '../lib/messages';

interface Place {
  to: '/products' | '/findings' | '/components' | '/intel';
  label: string;
  /** After g. */
  key: string;
  /** Pages of another path that lie within this place. */
  under?: string;
}

/** Where the navigation leads; g and then the key goes there too. */
export const places: Place[] = [
  { to: '/products', label: m.shell.products, key: 'p', under: '/releases/' },
  { to: '/findings', label: m.shell.findings, key: 'f', under: '/vulnerabilities/' },
  { to: '/components', label: m.shell.components, key: 'c' },
  { to: '/intel', label: m.intelPages.nav, key: 'i' },
];
