import { SimpleGrid, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { HomeView } from '../../features/home/components/home-view';
import { intelQuery } from '../../features/intel/api/intel';
import { FeedList } from '../../features/intel/components/feed-list';
import { reportsQuery } from '../../features/reports/api/reports';
import { m } from '../../lib/messages';
import { flatten } from '../../lib/paging';
import { useTitle } from '../../lib/title';

/** The first page of the day. */
export function HomePage() {
  useTitle(m.home.title);
  return (
    <HomeView
      more={
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
          <Reports />
          <Feeds />
        </SimpleGrid>
      }
    />
  );
}

function Reports() {
  const reports = flatten(useInfiniteQuery(reportsQuery({})).data).slice(0, 5);
  return (
    <section className="tw-panel" style={{ padding: 16, minWidth: 0 }} aria-label={m.home.reports}>
      <Text component="h2" fw={600} mb="sm">
        {m.home.reports}
      </Text>
      {reports.length === 0 && (
        <Text size="sm" c="dimmed">
          {m.home.reportsNone}
        </Text>
      )}
      <Stack gap="xs">
        {reports.map((r) => (
          <Link
            key={r.id}
            to="/intel/reports/$reportId"
            params={{ reportId: r.id }}
            className="tw-link tw-wrap"
          >
            {r.name}
          </Link>
        ))}
      </Stack>
    </section>
  );
}

function Feeds() {
  const intel = useQuery(intelQuery).data;
  return (
    <section className="tw-panel" style={{ padding: 16, minWidth: 0 }} aria-label={m.home.feeds}>
      <Text component="h2" fw={600} mb="sm">
        <Link to="/intel/feeds" className="tw-link">
          {m.home.feeds}
        </Link>
      </Text>
      {intel && <FeedList feeds={intel.feeds} />}
    </section>
  );
}
