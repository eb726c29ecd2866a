import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { parseFindingsView } from '../lib/search';
import { NotFound } from './not-found';
import { Shell } from './shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const under = { getParentRoute: () => root } as const;
const id = (s: string) => Number(s);

const home = createRoute({
  ...under,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/products' });
  },
});

export const productsRoute = createRoute({
  ...under,
  path: '/products',
  validateSearch: (s: Record<string, unknown>): { q?: string } =>
    typeof s.q === 'string' && s.q ? { q: s.q } : {},
  component: lazyRouteComponent(() => import('../features/products/list-page'), 'ProductsPage'),
});

export const productRoute = createRoute({
  ...under,
  path: '/products/$productId',
  params: {
    parse: (p) => ({ productId: id(p.productId) }),
    stringify: (p) => ({ productId: String(p.productId) }),
  },
  component: lazyRouteComponent(() => import('../features/products/product-page'), 'ProductPage'),
});

export const tabs = ['findings', 'check', 'uncovered', 'components', 'upgrades', 'sboms'] as const;
export type Tab = (typeof tabs)[number];

export const releaseRoute = createRoute({
  ...under,
  path: '/releases/$releaseId',
  params: {
    parse: (p) => ({ releaseId: id(p.releaseId) }),
    stringify: (p) => ({ releaseId: String(p.releaseId) }),
  },
  validateSearch: (s: Record<string, unknown>) => ({
    ...parseFindingsView(s),
    ...(tabs.includes(s.tab as Tab) && s.tab !== 'findings' ? { tab: s.tab as Tab } : {}),
  }),
  component: lazyRouteComponent(() => import('./release-page'), 'ReleasePage'),
});

export const findingsRoute = createRoute({
  ...under,
  path: '/findings',
  validateSearch: parseFindingsView,
  component: lazyRouteComponent(() => import('../features/findings/portfolio-page'), 'PortfolioFindingsPage'),
});

export const vulnerabilityRoute = createRoute({
  ...under,
  path: '/vulnerabilities/$name',
  component: lazyRouteComponent(
    () => import('../features/vulnerabilities/vulnerability-page'),
    'VulnerabilityPage',
  ),
});

export const componentsRoute = createRoute({
  ...under,
  path: '/components',
  validateSearch: (s: Record<string, unknown>): { name?: string; below?: string; ecosystem?: string } =>
    Object.fromEntries(
      ['name', 'below', 'ecosystem'].flatMap((k) =>
        s[k] !== undefined && s[k] !== '' ? [[k, String(s[k])]] : [],
      ),
    ),
  component: lazyRouteComponent(() => import('../features/components/search-page'), 'ComponentSearchPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    productsRoute,
    productRoute,
    releaseRoute,
    findingsRoute,
    vulnerabilityRoute,
    componentsRoute,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
