import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  redirect,
} from '@tanstack/react-router';
import { Loading } from '../components/ui/states';
import { parseComponentsView } from '../features/components/api/search';
import { parseFindingsView } from '../features/findings/search';
import { parseProductsView } from '../features/products/search';
import { parseQuery, writeQuery } from '../lib/query-string';
import { Broken } from './pages/broken';
import { NotFound } from './pages/not-found';
import { parseReleaseView } from './release-view';
import { Shell } from './shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const under = { getParentRoute: () => root } as const;

/** Ids are positive whole numbers; another word in their place is no page. */
function id(text: string): number {
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n <= 0) throw notFound();
  return n;
}

const home = createRoute({
  ...under,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/products' });
  },
});

const products = createRoute({
  ...under,
  path: '/products',
  validateSearch: parseProductsView,
  component: lazyRouteComponent(() => import('./pages/products-page'), 'ProductsPage'),
});

const product = createRoute({
  ...under,
  path: '/products/$productId',
  params: {
    parse: (p) => ({ productId: id(p.productId) }),
    stringify: (p) => ({ productId: String(p.productId) }),
  },
  component: lazyRouteComponent(() => import('./pages/product-page'), 'ProductPage'),
});

const release = createRoute({
  ...under,
  path: '/releases/$releaseId',
  params: {
    parse: (p) => ({ releaseId: id(p.releaseId) }),
    stringify: (p) => ({ releaseId: String(p.releaseId) }),
  },
  validateSearch: parseReleaseView,
  component: lazyRouteComponent(() => import('./pages/release-page'), 'ReleasePage'),
});

const findings = createRoute({
  ...under,
  path: '/findings',
  validateSearch: parseFindingsView,
  component: lazyRouteComponent(() => import('./pages/findings-page'), 'FindingsPage'),
});

const vulnerability = createRoute({
  ...under,
  path: '/vulnerabilities/$name',
  component: lazyRouteComponent(() => import('./pages/vulnerability-page'), 'VulnerabilityPage'),
});

const components = createRoute({
  ...under,
  path: '/components',
  validateSearch: parseComponentsView,
  component: lazyRouteComponent(() => import('./pages/components-page'), 'ComponentsPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([home, products, product, release, findings, vulnerability, components]),
  parseSearch: parseQuery,
  stringifySearch: writeQuery,
  defaultPreload: 'intent',
  defaultPendingComponent: Loading,
  defaultErrorComponent: Broken,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
