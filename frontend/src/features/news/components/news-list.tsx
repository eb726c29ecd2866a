import { Group, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { IconNews } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Empty, More, notYet } from '../../../components/ui/states';
import { m } from '../../../lib/messages';
import { flatten } from '../../../lib/paging';
import { newsQuery } from '../api/news';
import { kinds, type NewsView, parseNewsView } from '../search';
import { NewsLine } from './news-line';

const t = m.news;

/** What came in, the newest first; what touches us unless asked for everything. */
export function NewsList({ view, change }: { view: NewsView; change: (view: NewsView) => void }) {
  const query = useInfiniteQuery(newsQuery(view));
  const items = flatten(query.data);
  const everything = view.touches === 'all';
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" maw={760}>
        {t.help}
      </Text>
      <div className="tw-panel">
        <Group p="sm" gap="sm">
          <SegmentedControl
            aria-label={t.touches}
            size="xs"
            value={everything ? 'all' : 'us'}
            onChange={(v) => change(parseNewsView({ ...view, touches: v }))}
            data={[
              { value: 'us', label: t.us },
              { value: 'all', label: t.all },
            ]}
          />
          <Select
            aria-label={t.kind}
            size="xs"
            w={150}
            clearable
            placeholder={t.allKinds}
            data={kinds.map((value) => ({ value, label: t.kinds[value] }))}
            value={view.kind ?? null}
            onChange={(kind) => change(parseNewsView({ ...view, kind }))}
          />
        </Group>
        {notYet(query, 8) ??
          (items.length === 0 ? (
            <Empty title={everything ? t.nothing : t.none} icon={<IconNews size={30} />}>
              {everything ? t.nothingHelp : t.noneHelp}
            </Empty>
          ) : (
            <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
              {items.map((n) => (
                <NewsLine key={`${n.kind} ${n.id} ${n.at}`} n={n} />
              ))}
            </Stack>
          ))}
        <More query={query} />
      </div>
    </Stack>
  );
}
