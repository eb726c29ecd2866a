import { ActionIcon, Box, Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { m } from '../lib/messages';
import { LanguageItems } from './language-menu';

const schemes = [
  { value: 'auto', icon: IconDeviceDesktop },
  { value: 'light', icon: IconSun },
  { value: 'dark', icon: IconMoon },
] as const;

/** The choice of theme; where a phone has no room for a second menu, that of the language, too. */
export function ThemeMenu({ withLanguages = false }: { withLanguages?: boolean }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Current = schemes.find((s) => s.value === colorScheme)?.icon ?? IconSun;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={m.shell.theme}>
          <Current size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {schemes.map((s) => (
          <Menu.Item
            key={s.value}
            leftSection={<s.icon size={16} aria-hidden />}
            rightSection={s.value === colorScheme && <IconCheck size={14} aria-hidden />}
            onClick={() => setColorScheme(s.value)}
          >
            {m.shell.themes[s.value]}
          </Menu.Item>
        ))}
        {withLanguages && (
          <Box hiddenFrom="sm">
            <Menu.Divider />
            <Menu.Label>{m.shell.language}</Menu.Label>
            <LanguageItems />
          </Box>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
