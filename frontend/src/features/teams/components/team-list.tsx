import { Button, Group, Stack, Table, Text, VisuallyHidden } from '@mantine/core';
import { IconPlus, IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Confirm } from '../../../components/ui/confirm';
import { PageHead } from '../../../components/ui/page';
import { Empty, notYet } from '../../../components/ui/states';
import { m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { type Team, teamsQuery, useDeleteTeam } from '../api/teams';
import { TeamDialog } from './team-dialog';

/** All teams, and who is in them. */
export function TeamList() {
  const query = useQuery(teamsQuery);
  const [editing, setEditing] = useState<Team | 'new'>();
  const teams = query.data?.items ?? [];
  const make = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEditing('new')}>
      {a.teams.create}
    </Button>
  );
  return (
    <Stack gap="md">
      <PageHead title={a.teams.title} actions={make} />
      <div className="tw-panel">
        {notYet(query) ??
          (teams.length === 0 ? (
            <Empty title={a.teams.none} icon={<IconUsersGroup size={34} />}>
              {a.teams.noneHelp}
            </Empty>
          ) : (
            <div className="tw-scroll">
              <Table className="tw-table">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{a.teams.name}</Table.Th>
                    <Table.Th>{a.teams.members}</Table.Th>
                    <Table.Th>
                      <VisuallyHidden>{m.common.actions}</VisuallyHidden>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {teams.map((t) => (
                    <TeamRow key={t.id} team={t} edit={() => setEditing(t)} />
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          ))}
      </div>
      {editing && (
        <TeamDialog {...(editing === 'new' ? {} : { team: editing })} onClose={() => setEditing(undefined)} />
      )}
    </Stack>
  );
}

function TeamRow({ team: t, edit }: { team: Team; edit: () => void }) {
  const [removing, setRemoving] = useState(false);
  const remove = useDeleteTeam(t.id);
  return (
    <Table.Tr>
      <Table.Td maw={260}>
        <Text size="sm" className="tw-strong tw-wrap">
          {t.name}
        </Text>
        <Text size="xs" c="dimmed" className="tw-wrap">
          {t.description || a.teams.products(t.product_count)}
        </Text>
      </Table.Td>
      <Table.Td maw={420}>
        {a.teams.memberCount(t.members.length)}
        <Text size="xs" c="dimmed" lineClamp={2}>
          {t.members.map((x) => x.name).join(', ')}
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <Button size="compact-xs" variant="default" onClick={edit} aria-label={`${a.teams.edit} ${t.name}`}>
            {a.teams.edit}
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => setRemoving(true)}
            aria-label={`${a.teams.remove} ${t.name}`}
          >
            {a.teams.remove}
          </Button>
        </Group>
        {removing && (
          <Confirm
            title={a.teams.removeTitle(t.name)}
            help={a.teams.removeHelp}
            action={a.teams.remove}
            error={remove.error}
            busy={remove.isPending}
            onConfirm={() => remove.mutate()}
            onClose={() => setRemoving(false)}
          />
        )}
      </Table.Td>
    </Table.Tr>
  );
}
