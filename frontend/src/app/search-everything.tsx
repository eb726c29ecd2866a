import { Button, Kbd } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { useMay } from '../lib/me';
import { m } from '../lib/messages';
import { places } from './places';

const Palette = lazy(() =>
  import('../features/search/components/palette').then((f) => ({ default: f.Palette })),
);

const pages = places.map((p) => ({ href: p.to as string, title: p.label, detail: '' }));

/** The search over everything: a button in the head of every page, and Ctrl or Command with K. */
export function SearchEverything() {
  const [opened, dialog] = useDisclosure(false);
  const admin = useMay('admin');
  // Also while a field has the focus.
  useHotkeys([['mod+K', dialog.toggle]], []);
  const more = admin ? adminPages : [];
  return (
    <>
      <Button
        variant="default"
        size="compact-md"
        fw={400}
        c="dimmed"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={
          <Kbd size="xs" aria-hidden>
            Ctrl K
          </Kbd>
        }
        title={m.search.title}
        aria-keyshortcuts="Control+K Meta+K"
        className="tw-search"
        onClick={dialog.open}
      >
        <span>{m.search.button}</span>
      </Button>
      <Suspense>
        <Palette opened={opened} onClose={dialog.close} pages={[...pages, ...more, ...ownPages]} />
      </Suspense>
    </>
  );
}

const a = m.search.pages;
const ownPages = [{ href: '/profile', title: a.profile, detail: '' }];
const adminPages = [
  { href: '/people', title: a.people, detail: '' },
  { href: '/teams', title: a.teams, detail: '' },
  { href: '/audit', title: a.audit, detail: '' },
];
