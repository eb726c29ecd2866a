import { Stack, Text, Title } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { FindingsView } from '../../lib/search';
import { FindingList } from './list';

const route = getRouteApi('/findings');

export function PortfolioFindingsPage() {
  const view = route.useSearch();
  const navigate = useNavigate();
  return (
    <Stack gap="md">
      <div>
        <Title order={1}>Findings</Title>
        <Text size="sm" c="dimmed">
          Everything that reaches an active release. j and k move, Esc closes, / searches.
        </Text>
      </div>
      <FindingList
        view={view}
        change={(part: FindingsView) =>
          void navigate({ to: '/findings', search: { ...view, ...part }, replace: true })
        }
      />
    </Stack>
  );
}
