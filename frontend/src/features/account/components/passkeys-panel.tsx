import { Button, Group, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { notYet } from '../../../components/ui/states';
import { Ago } from '../../../components/ui/time';
import { a } from '../../../lib/messages-account';
import { day } from '../../../lib/times';
import { welcomeQuery } from '../api/entrance';
import { canPasskeys, passkeysQuery, useCreatePasskey, useRemovePasskey } from '../api/passkeys';

/** One's passkeys. */
export function PasskeysPanel({ needed }: { needed: boolean }) {
  const [name, setName] = useState('');
  const query = useQuery(passkeysQuery);
  const offered = useQuery(welcomeQuery).data?.passkeys && canPasskeys();
  const create = useCreatePasskey();
  const remove = useRemovePasskey();
  const items = query.data?.items ?? [];
  return (
    <section className="tw-panel" aria-label={a.passkeys.title}>
      <Stack gap="sm" p="md">
        <div>
          <Title order={2} size="h4">
            {a.passkeys.title}
          </Title>
          <Text size="sm" c="dimmed">
            {needed ? a.passkeys.needed : a.passkeys.help}
          </Text>
        </div>
        {create.error && <ProblemAlert error={create.error} />}
        {remove.error && <ProblemAlert error={remove.error} />}
        {offered ? (
          <form
            onSubmit={(e) => {
              e.preventDefault();
              create.mutate(name, { onSuccess: () => setName('') });
            }}
          >
            <Group gap="xs" align="flex-end">
              <TextInput
                label={a.passkeys.name}
                placeholder={a.passkeys.example}
                required
                maxLength={100}
                value={name}
                onChange={(e) => setName(e.currentTarget.value)}
              />
              <Button type="submit" variant="default" loading={create.isPending}>
                {a.passkeys.add}
              </Button>
            </Group>
          </form>
        ) : (
          <Text size="sm">{a.passkeys.unavailable}</Text>
        )}
      </Stack>
      {notYet(query, 1) ??
        (items.length > 0 && (
          <div className="tw-scroll">
            <Table className="tw-table">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{a.passkeys.name}</Table.Th>
                  <Table.Th>{a.passkeys.made}</Table.Th>
                  <Table.Th>{a.tokens.used}</Table.Th>
                  <Table.Th>{a.people.remove}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((p) => (
                  <Table.Tr key={p.id}>
                    <Table.Td className="tw-wrap">{p.name}</Table.Td>
                    <Table.Td>{day(p.created_at)}</Table.Td>
                    <Table.Td>{p.last_used_at ? <Ago at={p.last_used_at} /> : a.tokens.never}</Table.Td>
                    <Table.Td>
                      <Button size="compact-xs" variant="default" onClick={() => remove.mutate(p.id)}>
                        {a.people.remove}
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
