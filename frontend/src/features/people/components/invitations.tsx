import { Button, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ProblemAlert } from '../../../components/ui/problem';
import { notYet } from '../../../components/ui/states';
import { a } from '../../../lib/messages-account';
import { day } from '../../../lib/times';
import { invitationsQuery, useRevoke } from '../api/people';

/** Places that are kept for someone. */
export function Invitations() {
  const query = useQuery(invitationsQuery);
  const revoke = useRevoke();
  const items = query.data?.items ?? [];
  return (
    <section className="tw-panel" aria-label={a.invitations.title}>
      <Title order={2} size="h4" p="md">
        {a.invitations.title}
      </Title>
      {revoke.error && <ProblemAlert error={revoke.error} />}
      {notYet(query, 2) ??
        (items.length === 0 ? (
          <Text size="sm" c="dimmed" px="md" pb="md">
            {a.invitations.none}
          </Text>
        ) : (
          <div className="tw-scroll">
            <Table className="tw-table">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{a.fields.mail}</Table.Th>
                  <Table.Th>{a.fields.role}</Table.Th>
                  <Table.Th>{a.invitations.ends}</Table.Th>
                  <Table.Th>{a.invitations.revoke}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((i) => (
                  <Table.Tr key={i.id}>
                    <Table.Td className="tw-wrap">
                      {i.mail}
                      <Text size="xs" c="dimmed">
                        {i.invited_by && a.invitations.by(i.invited_by)}
                      </Text>
                    </Table.Td>
                    <Table.Td>{a.roles[i.role]}</Table.Td>
                    <Table.Td>{day(i.expires_at)}</Table.Td>
                    <Table.Td>
                      <Button size="compact-xs" variant="default" onClick={() => revoke.mutate(i.id)}>
                        {a.invitations.revoke}
                      </Button>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        ))}
    </section>
  );
}
