import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { PageHead } from '../../components/ui/page';
import { FindingList } from '../../features/findings/components/finding-list';
import { intelQuery } from '../../features/intel/api/intel';
import { m } from '../../lib/messages';
import { useTitle } from '../../lib/title';
import { ecosystemsOf } from '../ecosystems';

const route = getRouteApi('/findings');

/** Findings across the portfolio. */
export function FindingsPage() {
  const view = route.useSearch();
  const navigate = useNavigate();
  const intel = useQuery(intelQuery);
  useTitle(m.findings.title);
  return (
    <Stack gap="md">
      <PageHead title={m.findings.title} sub={m.findings.intro} />
      <FindingList
        view={view}
        change={(part, push) =>
          void navigate({ to: '/findings', search: { ...view, ...part }, replace: !push, resetScroll: false })
        }
        ecosystems={ecosystemsOf(intel.data)}
      />
    </Stack>
  );
}
