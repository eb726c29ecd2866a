import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { FindingList } from '../../features/findings/components/finding-list';
import type { FindingsView } from '../../features/findings/search';
import { intelQuery } from '../../features/intel/api/intel';
import type { Release } from '../../features/releases/api/releases';
import { ComponentsTab } from '../../features/releases/components/components-tab';
import { PossibleTab } from '../../features/releases/components/possible-tab';
import { UncoveredTab } from '../../features/releases/components/uncovered-tab';
import { UpgradesTab } from '../../features/releases/components/upgrades-tab';
import { HistoryTab } from '../../features/sboms/components/history-tab';
import { m } from '../../lib/messages';
import { count } from '../../lib/numbers';
import { ecosystemsOf } from '../ecosystems';
import { parseReleaseView, type ReleaseView, type Tab, tabs } from '../release-view';

const route = getRouteApi('/releases/$releaseId');

/** What is known of a release, one view a tab. The tab and its filters are in the URL. */
export function ReleaseTabs({ release: r }: { release: Release }) {
  const { tab = 'findings', ...view } = route.useSearch();
  const navigate = useNavigate();
  const intel = useQuery(intelQuery);
  const list = useRef<HTMLDivElement>(null);
  // On a phone the chosen tab may lie outside the strip.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever another tab is chosen
  useEffect(() => {
    const chosen = list.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (chosen) list.current?.scrollTo({ left: chosen.offsetLeft - 16 });
  }, [tab]);
  const go = (search: ReleaseView, replace = true) =>
    void navigate({
      to: '/releases/$releaseId',
      params: { releaseId: r.id },
      search,
      replace,
      resetScroll: false,
    });
  const counts: Partial<Record<Tab, number | undefined>> = {
    findings: r.open.total,
    check: r.possible_count,
    uncovered: r.not_covered_count,
    components: r.current_sbom?.component_count,
  };
  return (
    <Tabs value={tab} onChange={(t) => go(parseReleaseView({ tab: t }))} keepMounted={false}>
      <Tabs.List ref={list} mb="md" style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}>
        {tabs.map((t) => (
          <Tabs.Tab key={t} value={t}>
            {m.releases.tabs[t]}
            {counts[t] !== undefined && <span className="tw-count">{count(counts[t])}</span>}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="findings">
        <FindingList
          releaseId={r.id}
          view={view}
          change={(part: FindingsView, push) => go({ ...view, ...part }, !push)}
          ecosystems={ecosystemsOf(intel.data)}
        />
      </Tabs.Panel>
      <Tabs.Panel value="check">
        <PossibleTab releaseId={r.id} />
      </Tabs.Panel>
      <Tabs.Panel value="uncovered">
        <UncoveredTab releaseId={r.id} />
      </Tabs.Panel>
      <Tabs.Panel value="components">
        <ComponentsTab releaseId={r.id} q={view.q} onSearch={(q) => go({ tab, q })} />
      </Tabs.Panel>
      <Tabs.Panel value="upgrades">
        <UpgradesTab releaseId={r.id} />
      </Tabs.Panel>
      <Tabs.Panel value="sboms">
        <HistoryTab releaseId={r.id} />
      </Tabs.Panel>
    </Tabs>
  );
}
