import {
  ActionIcon,
  AppShell,
  Box,
  Group,
  Menu,
  Text,
  Tooltip,
  UnstyledButton,
  useMantineColorScheme,
} from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { count } from '../lib/format';
import { messages } from '../lib/messages';
import { intelQuery } from '../lib/queries';

const places = [
  { to: '/products', label: 'Products' },
  { to: '/findings', label: 'Findings' },
  { to: '/components', label: 'Components' },
] as const;

export function Shell() {
  return (
    <AppShell header={{ height: 52 }} padding={0}>
      <AppShell.Header style={{ background: 'var(--tw-panel)', borderColor: 'var(--tw-line)' }}>
        <Group h="100%" px={{ base: 'sm', sm: 'lg' }} gap="sm" wrap="nowrap" justify="space-between">
          <Group gap={4} wrap="nowrap">
            <UnstyledButton component={Link} to="/products" aria-label="ThreatWerk, products" mr={6}>
              <Group gap={8} wrap="nowrap">
                <img src="/mark.svg" width={26} height={26} alt="" />
                <Text fw={700} visibleFrom="sm" style={{ letterSpacing: '-0.01em' }}>
                  ThreatWerk
                </Text>
              </Group>
            </UnstyledButton>
            <Group component="nav" gap={0} wrap="nowrap" aria-label="Main">
              {places.map((p) => (
                <Link
                  key={p.to}
                  to={p.to}
                  style={{
                    padding: '6px 9px',
                    borderRadius: 6,
                    fontSize: 14,
                    textDecoration: 'none',
                    color: 'inherit',
                  }}
                  activeProps={{
                    style: { fontWeight: 650, background: 'var(--tw-chosen)' },
                    'aria-current': 'page',
                  }}
                >
                  {p.label}
                </Link>
              ))}
            </Group>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <IntelChip />
            <ThemeMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Main>
        <Box component="div" maw={1360} mx="auto" px={{ base: 'sm', sm: 'lg' }} py="lg">
          <Outlet />
        </Box>
      </AppShell.Main>
    </AppShell>
  );
}

/** What the answers rest on: how many advisories are held. */
function IntelChip() {
  const intel = useQuery(intelQuery);
  if (!intel.data) return null;
  const empty = intel.data.advisories === 0;
  const tip = empty
    ? messages.noIntel
    : `${count(intel.data.vulnerabilities)} vulnerabilities, ${count(intel.data.kev)} known to be exploited, ${count(intel.data.epss)} EPSS scores`;
  return (
    <Tooltip label={tip} multiline maw={280}>
      <Text size="xs" c={empty ? 'var(--tw-high)' : 'dimmed'} visibleFrom="xs" tabIndex={0}>
        {empty ? 'no intel loaded' : `${count(intel.data.advisories)} advisories`}
      </Text>
    </Tooltip>
  );
}

function ThemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const options = [
    { value: 'auto', label: 'As the system', icon: IconDeviceDesktop },
    { value: 'light', label: 'Light', icon: IconSun },
    { value: 'dark', label: 'Dark', icon: IconMoon },
  ] as const;
  const Current = options.find((o) => o.value === colorScheme)?.icon ?? IconSun;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Theme">
          <Current size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {options.map((o) => (
          <Menu.Item key={o.value} leftSection={<o.icon size={16} />} onClick={() => setColorScheme(o.value)}>
            {o.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
