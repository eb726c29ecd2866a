import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { FeedList } from '../../features/feeds/components/feed-list';
import { FeedView } from '../../features/feeds/components/feed-view';
import { NewsList } from '../../features/news/components/news-list';
import { IndicatorSearch } from '../../features/reports/components/indicator-search';
import { ReportList } from '../../features/reports/components/report-list';
import { ReportView } from '../../features/reports/components/report-view';
import { m } from '../../lib/messages';
import { useTitle } from '../../lib/title';
import { IntelTabs } from './intel-tabs';

const t = m.intelPages;
const news = getRouteApi('/intel');
const feed = getRouteApi('/intel/feeds/$feed');
const reports = getRouteApi('/intel/reports');
const report = getRouteApi('/intel/reports/$reportId');
const indicators = getRouteApi('/intel/indicators');

export function NewsPage() {
  const view = news.useSearch();
  const navigate = useNavigate();
  useTitle(t.news, t.title);
  return (
    <IntelTabs>
      <NewsList
        view={view}
        change={(search) => void navigate({ to: '/intel', search, replace: true, resetScroll: false })}
      />
    </IntelTabs>
  );
}

export function FeedsPage() {
  useTitle(t.feeds, t.title);
  return (
    <IntelTabs>
      <FeedList />
    </IntelTabs>
  );
}

export function FeedPage() {
  const { feed: name } = feed.useParams();
  const { run } = feed.useSearch();
  const navigate = useNavigate();
  useTitle(name, t.feeds);
  return (
    <FeedView
      feed={name}
      run={run}
      close={() => void navigate({ to: '/intel/feeds/$feed', params: { feed: name }, resetScroll: false })}
    />
  );
}

export function ReportsPage() {
  const view = reports.useSearch();
  const navigate = useNavigate();
  useTitle(t.reports, t.title);
  return (
    <IntelTabs>
      <ReportList
        view={view}
        change={(search) =>
          void navigate({ to: '/intel/reports', search, replace: true, resetScroll: false })
        }
      />
    </IntelTabs>
  );
}

export function ReportPage() {
  const { reportId } = report.useParams();
  const { type } = report.useSearch();
  const navigate = useNavigate();
  useTitle(t.reports);
  return (
    <ReportView
      id={reportId}
      type={type}
      setType={(next) =>
        void navigate({
          to: '/intel/reports/$reportId',
          params: { reportId },
          search: next ? { type: next } : {},
          replace: true,
          resetScroll: false,
        })
      }
    />
  );
}

export function IndicatorsPage() {
  const { value } = indicators.useSearch();
  const navigate = useNavigate();
  useTitle(value, t.indicators);
  return (
    <IntelTabs>
      <IndicatorSearch
        value={value ?? ''}
        look={(v) => void navigate({ to: '/intel/indicators', search: v ? { value: v } : {} })}
      />
    </IntelTabs>
  );
}
