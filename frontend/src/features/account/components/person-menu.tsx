import { ActionIcon, Menu } from '@mantine/core';
import {
  IconFlag,
  IconHistory,
  IconKey,
  IconLogout,
  IconServer,
  IconUser,
  IconUserCircle,
  IconUsers,
  IconUsersGroup,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Me } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { useSignOut } from '../api/entrance';

/** Who is signed in, and the way to what is theirs; for admins to people, teams and the audit log. */
export function PersonMenu({ me }: { me: Me }) {
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={a.menu.label(me.name)}>
          <IconUserCircle size={20} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.name}</Menu.Label>
        <Menu.Item component={Link} to="/profile" leftSection={<IconUser size={16} aria-hidden />}>
          {a.menu.profile}
        </Menu.Item>
        {me.role === 'admin' && (
          <>
            <Menu.Item component={Link} to="/people" leftSection={<IconUsers size={16} aria-hidden />}>
              {a.menu.people}
            </Menu.Item>
            <Menu.Item component={Link} to="/teams" leftSection={<IconUsersGroup size={16} aria-hidden />}>
              {a.menu.teams}
            </Menu.Item>
            <Menu.Item component={Link} to="/audit" leftSection={<IconHistory size={16} aria-hidden />}>
              {a.menu.audit}
            </Menu.Item>
            <Menu.Item component={Link} to="/tokens" leftSection={<IconKey size={16} aria-hidden />}>
              {m.allTokens.menu}
            </Menu.Item>
            <Menu.Item component={Link} to="/system" leftSection={<IconServer size={16} aria-hidden />}>
              {m.system.menu}
            </Menu.Item>
            <Menu.Item component={Link} to="/welcome" leftSection={<IconFlag size={16} aria-hidden />}>
              {m.welcome.menu}
            </Menu.Item>
          </>
        )}
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden />}
          onClick={() => signOut.mutate(undefined, { onSuccess: () => location.assign('/sign-in') })}
        >
          {a.menu.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
