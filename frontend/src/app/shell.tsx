import { AppShell, Box, Group, Text } from '@mantine/core';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { PersonMenu } from '../features/account/components/person-menu';
import { IntelChip } from '../features/intel/components/intel-chip';
import { useLive } from '../lib/live/use-live';
import type { Me } from '../lib/me';
import { m } from '../lib/messages';
import { LanguageMenu } from './language-menu';
import { OfflineBanner } from './offline';
import { places } from './places';
import { SearchEverything } from './search-everything';
import { Shortcuts } from './shortcuts';
import { ThemeMenu } from './theme-menu';

export function Shell({ me }: { me: Me }) {
  useLive();
  const path = useLocation({ select: (l) => l.pathname });
  return (
    <AppShell header={{ height: 52 }} padding={0}>
      <a className="tw-skip" href="#content">
        {m.shell.skip}
      </a>
      <AppShell.Header style={{ background: 'var(--tw-panel)', borderColor: 'var(--tw-line)' }}>
        <Group
          h="100%"
          maw={1440}
          mx="auto"
          px={{ base: 'xs', sm: 'lg' }}
          gap="xs"
          wrap="nowrap"
          justify="space-between"
        >
          <Group gap={6} wrap="nowrap" style={{ minWidth: 0 }}>
            <Link to="/" aria-label={m.shell.home} style={{ textDecoration: 'none', color: 'inherit' }}>
              <Group gap={9} wrap="nowrap" mr={{ base: 0, sm: 10 }}>
                <img src="/mark.svg" width={26} height={26} alt="" />
                <Text fw={680} visibleFrom="sm" style={{ letterSpacing: '-0.02em' }}>
                  {m.name}
                </Text>
              </Group>
            </Link>
            <Group component="nav" gap={2} wrap="nowrap" aria-label={m.shell.nav} className="tw-places">
              {places.map((p) => (
                <Link
                  key={p.to}
                  to={p.to}
                  className="tw-nav"
                  data-on={path.startsWith(p.to) || (p.under !== undefined && path.startsWith(p.under))}
                  activeOptions={{ includeSearch: false }}
                >
                  {p.label}
                </Link>
              ))}
            </Group>
          </Group>
          <Group gap={2} wrap="nowrap">
            <SearchEverything />
            <IntelChip />
            <Shortcuts />
            <Box visibleFrom="sm">
              <LanguageMenu />
            </Box>
            <ThemeMenu withLanguages />
            <PersonMenu me={me} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Main id="content" tabIndex={-1} style={{ outline: 'none' }}>
        <OfflineBanner />
        <Box maw={1440} mx="auto" px={{ base: 'sm', sm: 'lg' }} py="lg">
          <Outlet />
        </Box>
      </AppShell.Main>
    </AppShell>
  );
}
