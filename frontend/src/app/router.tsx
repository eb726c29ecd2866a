import { createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Loading } from '../components/ui/states';
import { parseComponentsView } from '../features/components/api/search';
import { parseFindingsView } from '../features/findings/search';
import { parseProductsView } from '../features/products/search';
import { parseQuery, writeQuery } from '../lib/query-string';
import { intelRoutes } from './intel-routes';
import { Broken } from './pages/broken';
import { parseReleaseView } from './release-view';
import { id, root, under } from './root-route';

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

const text = (x: unknown) => (typeof x === 'string' && x !== '' ? x : undefined);

const entrance = () => import('./pages/entrance-page');
type Returning = { to?: string; failure?: string };
const returning = {
  validateSearch: (s: Record<string, unknown>): Returning => ({
    ...(text(s.to) && { to: String(s.to) }),
    ...(text(s.failure) && { failure: String(s.failure) }),
  }),
};
const signIn = createRoute({
  ...under,
  ...returning,
  path: '/sign-in',
  component: lazyRouteComponent(entrance, 'SignInPage'),
});
const signedOn = createRoute({
  ...under,
  ...returning,
  path: '/signed-on',
  component: lazyRouteComponent(entrance, 'SignedOnPage'),
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
  ...returning,
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
const mail = createRoute({ ...under, path: '/mail', component: lazyRouteComponent(admin, 'MailPage') });
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
    ...intelRoutes,
    signIn,
    signedOn,
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
    mail,
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
