import { Button, Group, Stack, Table, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { PageHead } from '../../../components/ui/page';
import { SearchField } from '../../../components/ui/search-field';
import { More, notYet } from '../../../components/ui/states';
import { m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { flatten } from '../../../lib/paging';
import { peopleQuery } from '../api/people';
import { Invitations } from './invitations';
import { InviteDialog } from './invite-dialog';
import { PersonRow } from './person-row';
import { SeatsFull, SeatsTaken } from './seats';
import { SettingsPanel } from './settings-panel';

/** Everyone with an account, open invitations, and how people get in. */
export function PeopleList({ self, teams }: { self: number; teams: { value: string; label: string }[] }) {
  const [q, setQ] = useState<string>();
  const [inviting, dialog] = useDisclosure(false);
  const query = useInfiniteQuery(peopleQuery(q));
  return (
    <Stack gap="lg">
      <PageHead
        title={a.people.title}
        sub={<SeatsTaken />}
        actions={
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={dialog.open}>
            {a.people.invite}
          </Button>
        }
      />
      <SeatsFull />
      <div className="tw-panel">
        <Group p="sm">
          <SearchField label={a.people.search} value={q} onSearch={setQ} w={{ base: '100%', xs: 260 }} />
        </Group>
        {notYet(query) ?? (
          <div className="tw-scroll">
            <Table className="tw-table" miw={640}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{a.people.person}</Table.Th>
                  <Table.Th>{a.fields.role}</Table.Th>
                  <Table.Th>{a.fields.teams}</Table.Th>
                  <Table.Th>{a.people.second}</Table.Th>
                  <Table.Th>{a.people.seen}</Table.Th>
                  <Table.Th>
                    <VisuallyHidden>{m.common.actions}</VisuallyHidden>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {flatten(query.data).map((p) => (
                  <PersonRow key={p.id} person={p} self={p.id === self} />
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
        <More query={query} />
      </div>
      <Invitations />
      <SettingsPanel />
      {inviting && <InviteDialog teams={teams} onClose={dialog.close} />}
    </Stack>
  );
}
