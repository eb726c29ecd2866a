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
import { parseNewsView } from '../features/news/search';
import { parseProductsView } from '../features/products/search';
import { parseReportsView } from '../features/reports/search';
import { parseQuery, writeQuery } from '../lib/query-string';
import { given, id as positive, text as word } from '../lib/search';
import { Broken } from './pages/broken';
import { NotFound } from './pages/not-found';
import { parseReleaseView } from './release-view';
import { Root } from './root';

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });
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
  component: lazyRouteComponent(() => import('./pages/home-page'), 'HomePage'),
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

const intelPages = () => import('./pages/intel-pages');
const intel = createRoute({
  ...under,
  path: '/intel',
  validateSearch: parseNewsView,
  component: lazyRouteComponent(intelPages, 'NewsPage'),
});
const feeds = createRoute({
  ...under,
  path: '/intel/feeds',
  component: lazyRouteComponent(intelPages, 'FeedsPage'),
});
const feed = createRoute({
  ...under,
  path: '/intel/feeds/$feed',
  validateSearch: (s: Record<string, unknown>): { run?: number } => given({ run: positive(s, 'run') }),
  component: lazyRouteComponent(intelPages, 'FeedPage'),
});
const reports = createRoute({
  ...under,
  path: '/intel/reports',
  validateSearch: parseReportsView,
  component: lazyRouteComponent(intelPages, 'ReportsPage'),
});
const report = createRoute({
  ...under,
  path: '/intel/reports/$reportId',
  params: {
    parse: (p) => ({ reportId: id(p.reportId) }),
    stringify: (p) => ({ reportId: String(p.reportId) }),
  },
  validateSearch: (s: Record<string, unknown>): { type?: string } => given({ type: word(s, 'type') }),
  component: lazyRouteComponent(intelPages, 'ReportPage'),
});
const indicators = createRoute({
  ...under,
  path: '/intel/indicators',
  validateSearch: (s: Record<string, unknown>): { value?: string } => given({ value: word(s, 'value') }),
  component: lazyRouteComponent(intelPages, 'IndicatorsPage'),
});

const text = (x: unknown) => (typeof x === 'string' && x !== '' ? x : undefined);

const entrance = () => import('./pages/entrance-page');
const returning = {
  validateSearch: (s: Record<string, unknown>): { to?: string } => (text(s.to) ? { to: String(s.to) } : {}),
};
const signIn = createRoute({
  ...under,
  ...returning,
  path: '/sign-in',
  component: lazyRouteComponent(entrance, 'SignInPage'),
});
const register = createRoute({
  ...under,
  path: '/register',
  component: lazyRouteComponent(entrance, 'RegisterPage'),
});
const join = createRoute({ ...under, path: '/join', component: lazyRouteComponent(entrance, 'JoinPage') });
const forgot = createRoute({
  ...under,
  path: '/forgot',
  component: lazyRouteComponent(entrance, 'ForgotPage'),
});
const reset = createRoute({ ...under, path: '/reset', component: lazyRouteComponent(entrance, 'ResetPage') });
const enter = createRoute({ ...under, path: '/enter', component: lazyRouteComponent(entrance, 'EnterPage') });
const verify = createRoute({
  ...under,
  path: '/verify',
  component: lazyRouteComponent(entrance, 'VerifyPage'),
});

const accounts = () => import('./pages/account-pages');
const profile = createRoute({
  ...under,
  path: '/profile',
  component: lazyRouteComponent(accounts, 'ProfilePage'),
});
const people = createRoute({
  ...under,
  path: '/people',
  component: lazyRouteComponent(accounts, 'PeoplePage'),
});
const teams = createRoute({ ...under, path: '/teams', component: lazyRouteComponent(accounts, 'TeamsPage') });
const admin = () => import('./pages/admin-pages');
const tokens = createRoute({ ...under, path: '/tokens', component: lazyRouteComponent(admin, 'TokensPage') });
const system = createRoute({ ...under, path: '/system', component: lazyRouteComponent(admin, 'SystemPage') });
const welcome = createRoute({
  ...under,
  path: '/welcome',
  component: lazyRouteComponent(admin, 'WelcomePage'),
});
const audit = createRoute({
  ...under,
  path: '/audit',
  validateSearch: (s: Record<string, unknown>): { action?: string; from?: string; to?: string } =>
    Object.fromEntries(
      Object.entries({ action: s.action, from: s.from, to: s.to }).filter(([, x]) => text(x)),
    ),
  component: lazyRouteComponent(accounts, 'AuditPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    products,
    product,
    release,
    findings,
    vulnerability,
    components,
    intel,
    feeds,
    feed,
    reports,
    report,
    indicators,
    signIn,
    register,
    join,
    forgot,
    reset,
    enter,
    verify,
    profile,
    people,
    teams,
    tokens,
    system,
    welcome,
    audit,
  ]),
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
