import { Loader, Modal, ScrollArea, Text, TextInput, VisuallyHidden } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type KeyboardEvent, useState } from 'react';
import { SeverityBadge } from '../../../components/ui/severity';
import { m } from '../../../lib/messages';
import { foundQuery } from '../api/search';
import { type Entry, type Group, groupsOf, recent, remember } from '../entries';

const s = m.search;

interface Props {
  opened: boolean;
  onClose: () => void;
  /** Pages of the navigation: offered before anything is typed, and by their names. */
  pages: Entry[];
}

/** Search over everything: type, arrow keys, Enter. */
export function Palette({ opened, onClose, pages }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size="lg"
      yOffset="10vh"
      title={<VisuallyHidden>{s.title}</VisuallyHidden>}
      styles={{ header: { padding: 0, minHeight: 0 } }}
      returnFocus
    >
      {opened && <Finder onClose={onClose} pages={pages} />}
    </Modal>
  );
}

function matching(pages: Entry[], typed: string): Entry[] {
  return pages.filter((p) => p.title.toLowerCase().includes(typed.toLowerCase()));
}

function Finder({ onClose, pages }: Omit<Props, 'opened'>) {
  const router = useRouter();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const [asked] = useDebouncedValue(typed.trim(), 120);
  const found = useQuery(foundQuery(asked));
  const shown = matching(pages, typed.trim());
  const groups: Group[] =
    typed.trim() === ''
      ? [
          { name: s.groups.recent, entries: recent() },
          { name: s.groups.pages, entries: pages },
        ]
      : [
          ...(found.data && asked ? groupsOf(found.data, asked) : []),
          { name: s.groups.pages, entries: shown },
        ];
  const filled = groups.filter((g) => g.entries.length > 0);
  const flat = filled.flatMap((g) => g.entries.map((entry) => ({ entry, group: g.name })));
  const on = Math.min(at, flat.length - 1);

  const open = (entry: Entry) => {
    remember(entry);
    onClose();
    router.history.push(entry.href);
  };
  const step = (by: number) => {
    const next = (on + by + flat.length) % Math.max(flat.length, 1);
    setAt(next);
    document.getElementById(optionId(next))?.scrollIntoView({ block: 'nearest' });
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const chosen = flat[on];
    if (e.key === 'ArrowDown') step(1);
    else if (e.key === 'ArrowUp') step(-1);
    else if (e.key === 'Enter' && chosen) open(chosen.entry);
    else return;
    e.preventDefault();
  };

  let n = -1;
  return (
    <>
      <TextInput
        data-autofocus
        size="md"
        variant="unstyled"
        px="md"
        py={6}
        placeholder={s.placeholder}
        aria-label={s.title}
        role="combobox"
        aria-expanded={flat.length > 0}
        aria-controls="tw-found"
        aria-autocomplete="list"
        aria-activedescendant={on >= 0 ? optionId(on) : undefined}
        leftSection={<IconSearch size={18} aria-hidden />}
        rightSection={found.isFetching ? <Loader size={16} /> : null}
        value={typed}
        maxLength={200}
        onChange={(e) => {
          setTyped(e.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ScrollArea.Autosize
        mah="60vh"
        type="auto"
        scrollbars="y"
        style={{ borderTop: '1px solid var(--tw-line)' }}
      >
        <div id="tw-found" role="listbox" aria-label={s.results} style={{ padding: 6 }}>
          {filled.map((g) => (
            // biome-ignore lint/a11y/useSemanticElements: a listbox has groups of options, and no fieldset
            <div key={g.name} role="group" aria-label={g.name}>
              <Text size="xs" c="dimmed" fw={600} px={10} pt={8} pb={2} aria-hidden>
                {g.name}
              </Text>
              {g.entries.map((entry) => {
                n += 1;
                return <Line key={entry.href + entry.title} entry={entry} n={n} on={n === on} open={open} />;
              })}
            </div>
          ))}
        </div>
        <Text size="sm" c="dimmed" px="md" py={flat.length === 0 ? 'md' : 0} role="status">
          {flat.length === 0 && !found.isFetching && s.nothing(typed.trim())}
          {found.isError && s.failed}
        </Text>
      </ScrollArea.Autosize>
    </>
  );
}

const optionId = (n: number) => `tw-found-${n}`;

function Line({ entry, n, on, open }: { entry: Entry; n: number; on: boolean; open: (e: Entry) => void }) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the active option
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys
    <div id={optionId(n)} role="option" aria-selected={on} className="tw-found" onClick={() => open(entry)}>
      <span className="tw-found-title">{entry.title}</span>
      <span className="tw-found-detail">{entry.detail}</span>
      {entry.severity && <SeverityBadge severity={entry.severity} />}
    </div>
  );
}
