import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { ComponentSearch } from '../../features/components/components/component-search';
import { intelQuery } from '../../features/intel/api/intel';
import { m } from '../../lib/messages';
import { useTitle } from '../../lib/title';
import { ecosystemsOf } from '../ecosystems';

const route = getRouteApi('/components');

export function ComponentsPage() {
  const view = route.useSearch();
  const navigate = useNavigate();
  const intel = useQuery(intelQuery);
  useTitle(view.name, m.components.title);
  return (
    <ComponentSearch
      view={view}
      change={(search) => void navigate({ to: '/components', search })}
      ecosystems={ecosystemsOf(intel.data)}
    />
  );
}
