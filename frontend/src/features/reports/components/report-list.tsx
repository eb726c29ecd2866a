import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconReportSearch, IconX } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { SearchField } from '../../../components/ui/search-field';
import { Empty, More, notYet } from '../../../components/ui/states';
import { m } from '../../../lib/messages';
import { flatten } from '../../../lib/paging';
import { given } from '../../../lib/search';
import { reportsQuery } from '../api/reports';
import type { ReportsView } from '../search';
import { ReportLine } from './brief';

const t = m.reports;

/** Threat reports, the newest first; those that touch us unless asked for all. */
export function ReportList({ view, change }: { view: ReportsView; change: (view: ReportsView) => void }) {
  const query = useInfiniteQuery(reportsQuery(view));
  const reports = flatten(query.data);
  const narrowed = Boolean(view.q || view.adversary || view.technique || view.cve);
  const set = (more: ReportsView) => change(given({ ...view, ...more }));
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" maw={760}>
        {t.help}
      </Text>
      <div className="tw-panel">
        <Group p="sm" gap="sm">
          <SearchField
            label={t.search}
            placeholder={t.searchHelp}
            value={view.q}
            onSearch={(q) => set({ q })}
            style={{ flex: '1 1 240px' }}
            maw={420}
          />
          <SegmentedControl
            aria-label={t.touches}
            size="xs"
            value={view.touches ?? 'us'}
            onChange={(v) => set({ touches: v === 'all' ? 'all' : undefined })}
            data={[
              { value: 'us', label: t.us },
              { value: 'all', label: t.all },
            ]}
          />
          <Filters view={view} set={set} />
        </Group>
        {notYet(query, 8) ??
          (reports.length === 0 ? (
            <Empty title={narrowed ? t.notFound : t.none} icon={<IconReportSearch size={30} />}>
              {narrowed ? t.notFoundHelp : t.noneHelp}
            </Empty>
          ) : (
            <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
              {reports.map((r) => (
                <ReportLine key={r.id} r={r} />
              ))}
            </Stack>
          ))}
        <More query={query} />
      </div>
    </Stack>
  );
}

function Filters({ view, set }: { view: ReportsView; set: (more: ReportsView) => void }) {
  const on: [string, ReportsView][] = [];
  if (view.adversary) on.push([t.byAdversary(view.adversary), { adversary: undefined }]);
  if (view.technique) on.push([t.byTechnique(view.technique), { technique: undefined }]);
  if (view.cve) on.push([t.byCve(view.cve), { cve: undefined }]);
  return on.map(([label, without]) => (
    <Button
      key={label}
      size="compact-sm"
      variant="default"
      rightSection={<IconX size={13} aria-hidden />}
      aria-label={t.drop(label)}
      onClick={() => set(without)}
    >
      {label}
    </Button>
  ));
}
