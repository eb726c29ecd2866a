import { Chip, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { severities } from '../../lib/format';
import { type FindingsView, toggleSeverity } from '../../lib/search';

/** Filters as chips; each is a part of the URL. */
export function FindingFilters({
  view,
  change,
}: {
  view: FindingsView;
  change: (part: FindingsView) => void;
}) {
  const search = useDebouncedCallback((q: string) => change({ q: q || undefined }), 250);
  const chosen = new Set((view.severity ?? '').split(','));
  return (
    <Group gap="xs" p="sm">
      <TextInput
        aria-label="Search findings"
        placeholder="Component or CVE"
        leftSection={<IconSearch size={16} />}
        defaultValue={view.q ?? ''}
        onChange={(e) => search(e.currentTarget.value)}
        size="xs"
        w={200}
      />
      {severities
        .filter((s) => s !== 'none')
        .map((s) => (
          <Chip
            key={s}
            size="xs"
            radius="sm"
            checked={chosen.has(s)}
            onChange={() => change({ severity: toggleSeverity(view.severity, s) })}
          >
            {s}
          </Chip>
        ))}
      <Chip
        size="xs"
        radius="sm"
        checked={view.kev ?? false}
        onChange={(on) => change({ kev: on || undefined })}
      >
        exploited
      </Chip>
      <Chip
        size="xs"
        radius="sm"
        checked={view.fixable ?? false}
        onChange={(on) => change({ fixable: on || undefined })}
      >
        fix known
      </Chip>
      <Select
        aria-label="State"
        size="xs"
        w={110}
        allowDeselect={false}
        data={[
          { value: 'open', label: 'open' },
          { value: 'resolved', label: 'resolved' },
          { value: 'all', label: 'all' },
        ]}
        value={view.state ?? 'open'}
        onChange={(v) =>
          change({ state: v === 'open' || v === null ? undefined : (v as 'resolved' | 'all') })
        }
      />
    </Group>
  );
}
