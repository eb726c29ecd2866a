import { ActionIcon, Badge, Menu, Modal, Select, Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconDots } from '@tabler/icons-react';
import { Confirm } from '../../../components/ui/confirm';
import { ProblemAlert } from '../../../components/ui/problem';
import { SecretOnce } from '../../../components/ui/secret-once';
import { Ago } from '../../../components/ui/time';
import { roles } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { type Person, useChangePerson, useEndSessions, useRemovePerson, useResetLink } from '../api/people';
import { NoSeat, wantsSeat } from './seats';

const roleChoices = roles.map((value) => ({ value, label: a.roles[value] }));

/** One person: role, status, and what an admin can do. */
export function PersonRow({ person: p, self }: { person: Person; self: boolean }) {
  const [removing, dialog] = useDisclosure(false);
  const [ending, end] = useDisclosure(false);
  const sessions = useEndSessions(p.id);
  const change = useChangePerson(p.id);
  const remove = useRemovePerson(p.id);
  const link = useResetLink(p.id);
  const saved = { onSuccess: () => notifications.show({ message: a.people.changed }) };
  return (
    <Table.Tr>
      <Table.Td maw={300}>
        <Text size="sm" className="tw-strong tw-wrap" span>
          {p.name}
        </Text>{' '}
        {self && <Badge variant="outline">{a.people.you}</Badge>}
        {p.status !== 'active' && (
          <Badge variant="outline" color="gray">
            {p.status === 'disabled' ? a.people.disabled : a.people.pending}
          </Badge>
        )}
        <Text size="xs" c="dimmed" className="tw-wrap">
          {p.mail}
        </Text>
        {change.error && (wantsSeat(change.error) ? <NoSeat /> : <ProblemAlert error={change.error} />)}
      </Table.Td>
      <Table.Td>
        <Select
          aria-label={a.people.roleOf(p.name)}
          size="xs"
          w={130}
          data={roleChoices}
          value={p.role}
          allowDeselect={false}
          disabled={self}
          onChange={(role) => role && change.mutate({ role: role as Person['role'] }, saved)}
        />
      </Table.Td>
      <Table.Td>{p.teams.join(', ')}</Table.Td>
      <Table.Td>{p.second_factor ? a.people.yes : a.people.no}</Table.Td>
      <Table.Td>{p.last_seen_at ? <Ago at={p.last_seen_at} /> : a.people.never}</Table.Td>
      <Table.Td>
        {!self && (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={a.people.actions(p.name)}>
                <IconDots size={16} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => link.mutate()}>{a.people.reset}</Menu.Item>
              <Menu.Item onClick={end.open}>{a.people.signOut}</Menu.Item>
              <Menu.Item
                onClick={() =>
                  change.mutate({ status: p.status === 'active' ? 'disabled' : 'active' }, saved)
                }
              >
                {p.status === 'active' ? a.people.disable : a.people.enable}
              </Menu.Item>
              <Menu.Item color="red" onClick={dialog.open}>
                {a.people.remove}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
        {ending && (
          <Confirm
            title={a.people.signOutTitle(p.name)}
            help={a.people.signOutHelp}
            action={a.people.signOut}
            error={sessions.error}
            busy={sessions.isPending}
            onConfirm={() =>
              sessions.mutate(undefined, {
                onSuccess: ({ ended }) => {
                  end.close();
                  notifications.show({ message: a.people.signedOut(ended, p.name) });
                },
              })
            }
            onClose={end.close}
          />
        )}
        {removing && (
          <Confirm
            title={a.people.removeTitle(p.name)}
            help={a.people.removeHelp}
            action={a.people.remove}
            error={remove.error}
            busy={remove.isPending}
            onConfirm={() => remove.mutate(undefined, { onSuccess: dialog.close })}
            onClose={dialog.close}
          />
        )}
        {(link.data || link.error) && (
          <Modal
            opened
            onClose={link.reset}
            title={a.people.reset}
            closeButtonProps={{ 'aria-label': m.common.close }}
          >
            <Stack gap="sm">
              {link.error && <ProblemAlert error={link.error} />}
              <Text size="sm">{a.people.resetHelp}</Text>
              {link.data && <SecretOnce label={p.name} value={link.data.link} />}
            </Stack>
          </Modal>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
