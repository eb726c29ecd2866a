import { m } from '../lib/messages';

/** Where the navigation leads; g and then the key goes there too. */
export const places = [
  { to: '/products', label: m.shell.products, key: 'p' },
  { to: '/findings', label: m.shell.findings, key: 'f' },
  { to: '/components', label: m.shell.components, key: 'c' },
] as const;
