import { Badge, Button, Group, Stack, Tabs, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { KevBadge, SeverityBar } from '../components/ui/severity';
import { Ago, Loading, ProblemAlert } from '../components/ui/states';
import { FindingList } from '../features/findings/list';
import { ComponentsTab } from '../features/releases/components-tab';
import { PossibleTab } from '../features/releases/possible-tab';
import { UncoveredTab } from '../features/releases/uncovered-tab';
import { UpgradesTab } from '../features/releases/upgrades-tab';
import { HistoryTab } from '../features/sboms/history-tab';
import { UploadBox } from '../features/sboms/upload';
import { api, type Schemas, unwrap } from '../lib/api/client';
import { count } from '../lib/format';
import { afterUpload, releaseQuery } from '../lib/queries';
import type { FindingsView } from '../lib/search';
import type { Tab } from './router';

const route = getRouteApi('/releases/$releaseId');

export function ReleasePage() {
  const { releaseId } = route.useParams();
  const { tab = 'findings', ...view } = route.useSearch();
  const navigate = useNavigate();
  const release = useQuery(releaseQuery(releaseId));
  if (release.isError) return <ProblemAlert error={release.error} retry={() => void release.refetch()} />;
  if (release.isPending) return <Loading />;
  const r = release.data;
  const go = (search: object) =>
    void navigate({ to: '/releases/$releaseId', params: { releaseId }, search, replace: true });
  return (
    <Stack gap="md">
      <Header r={r} />
      <UploadBox key={releaseId} releaseId={releaseId} compact={Boolean(r.current_sbom)} />
      {r.current_sbom && (
        <Tabs value={tab} onChange={(t) => go(t === 'findings' ? {} : { tab: t as Tab })} keepMounted={false}>
          <Tabs.List mb="md" style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}>
            <Tabs.Tab value="findings">Findings {count(r.open.total)}</Tabs.Tab>
            <Tabs.Tab value="check">To check {count(r.possible_count)}</Tabs.Tab>
            <Tabs.Tab value="uncovered">Not covered {count(r.not_covered_count)}</Tabs.Tab>
            <Tabs.Tab value="upgrades">Upgrades</Tabs.Tab>
            <Tabs.Tab value="components">Components {count(r.current_sbom.component_count)}</Tabs.Tab>
            <Tabs.Tab value="sboms">SBOMs</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="findings">
            <FindingList
              releaseId={releaseId}
              view={view}
              change={(part: FindingsView) => go({ ...view, ...part })}
            />
          </Tabs.Panel>
          <Tabs.Panel value="check">
            <PossibleTab releaseId={releaseId} />
          </Tabs.Panel>
          <Tabs.Panel value="uncovered">
            <UncoveredTab releaseId={releaseId} />
          </Tabs.Panel>
          <Tabs.Panel value="upgrades">
            <UpgradesTab releaseId={releaseId} />
          </Tabs.Panel>
          <Tabs.Panel value="components">
            <ComponentsTab releaseId={releaseId} />
          </Tabs.Panel>
          <Tabs.Panel value="sboms">
            <HistoryTab releaseId={releaseId} />
          </Tabs.Panel>
        </Tabs>
      )}
    </Stack>
  );
}

function Header({ r }: { r: Schemas['Release'] }) {
  const client = useQueryClient();
  const toggle = useMutation({
    mutationFn: () =>
      unwrap(
        api.PATCH('/api/v1/releases/{release_id}', {
          params: { path: { release_id: r.id } },
          body: { active: !r.active },
        }),
      ),
    onSuccess: () => {
      for (const queryKey of afterUpload) void client.invalidateQueries({ queryKey });
    },
  });
  return (
    <>
      <Group justify="space-between" align="flex-start">
        <div>
          <Text size="sm">
            <Link className="tw-link" to="/products">
              Products
            </Link>{' '}
            /{' '}
            <Link className="tw-link" to="/products/$productId" params={{ productId: r.product_id }}>
              {r.product_name}
            </Link>
          </Text>
          <Group gap="sm">
            <Title order={1}>
              {r.product_name} {r.version}
            </Title>
            {!r.active && (
              <Badge variant="light" color="gray" radius="sm">
                inactive
              </Badge>
            )}
          </Group>
          {r.current_sbom && (
            <Text size="sm" c="dimmed">
              {r.current_sbom.format === 'spdx' ? 'SPDX' : 'CycloneDX'} {r.current_sbom.spec_version}
              {r.current_sbom.tools.length > 0 && ` by ${r.current_sbom.tools.join(', ')}`}, uploaded{' '}
              <Ago at={r.current_sbom.uploaded_at} />
            </Text>
          )}
        </div>
        <Group gap="md">
          {r.current_sbom && <SeverityBar open={r.open} width={180} />}
          {r.open.kev > 0 && <KevBadge />}
          <Button variant="default" size="xs" loading={toggle.isPending} onClick={() => toggle.mutate()}>
            {r.active ? 'Mark inactive' : 'Mark active'}
          </Button>
        </Group>
      </Group>
      {toggle.isError && <ProblemAlert error={toggle.error} />}
    </>
  );
}
