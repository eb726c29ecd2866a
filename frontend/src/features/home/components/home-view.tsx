import { Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { PageHead } from '../../../components/ui/page';
import { ProblemAlert } from '../../../components/ui/problem';
import { Empty, notYet } from '../../../components/ui/states';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import { homeQuery, useLooked } from '../api/home';
import { ExploitedList, NewList, RiskList } from './lists';
import { Trend } from './trend';

/** What changed, how it develops, and what is worst. `more` is what other features add. */
export function HomeView({ more }: { more: ReactNode }) {
  const query = useQuery(homeQuery);
  const looked = useLooked();
  const home = query.data;
  if (!home) return notYet(query);
  if (home.product_count === 0) {
    return (
      <div className="tw-panel">
        <Empty title={m.home.empty}>
          <Text size="sm" mb="md">
            {m.home.emptyHelp}
          </Text>
          <Link to="/products" className="tw-link">
            {m.home.emptyGo}
          </Link>
        </Empty>
      </div>
    );
  }
  return (
    <Stack gap="md">
      <PageHead
        title={m.home.title}
        sub={
          <Group gap={6} component="span">
            <Link to="/findings" search={{ sort: '-first_seen' }} className="tw-link">
              {m.home.opened(home.opened)}
            </Link>
            <Link to="/findings" search={{ state: 'resolved' }} className="tw-link">
              {m.home.resolved(home.resolved)}
            </Link>
            <span>
              {m.home.since} <Ago at={home.since} />
            </span>
          </Group>
        }
        actions={
          <Button
            variant="default"
            size="sm"
            loading={looked.isPending}
            onClick={() => looked.mutate(home.read)}
          >
            {m.home.looked}
          </Button>
        }
      />
      {looked.isError && <ProblemAlert error={looked.error} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <NewList items={home.new} />
        <Trend />
        <ExploitedList items={home.exploited} />
        <RiskList items={home.at_risk} />
      </SimpleGrid>
      {more}
    </Stack>
  );
}
