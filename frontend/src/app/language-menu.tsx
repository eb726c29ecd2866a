import { ActionIcon, Menu } from '@mantine/core';
import { IconCheck, IconLanguage } from '@tabler/icons-react';
import { type Language, language, languages, speak } from '../lib/language';
import { m } from '../lib/messages';

const choices = Object.entries(languages) as [Language, string][];

export function LanguageMenu() {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={m.shell.language}>
          <IconLanguage size={19} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <LanguageItems />
      </Menu.Dropdown>
    </Menu>
  );
}

/** The choice of language, for a menu: on a phone it stands in the one of the theme. */
export function LanguageItems() {
  return choices.map(([code, name]) => (
    <Menu.Item
      key={code}
      lang={code}
      rightSection={code === language && <IconCheck size={14} aria-hidden />}
      onClick={() => speak(code)}
    >
      {name}
    </Menu.Item>
  ));
}
