import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { parseNewsView } from '../features/news/search';
import { parseReportsView } from '../features/reports/search';
import { given, id as positive, text as word } from '../lib/search';
import { id, under } from './root-route';

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

/** The pages about intel. */
export const intelRoutes = [intel, feeds, feed, reports, report, indicators] as const;
