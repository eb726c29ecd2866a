import { Badge, Button, Group, Table, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { ProblemAlert } from '../../../components/ui/problem';
import { Empty, notYet } from '../../../components/ui/states';
import { Ago } from '../../../components/ui/time';
import { a } from '../../../lib/messages-account';
import { day } from '../../../lib/times';
import { type Token, tokensQuery, useRevokeToken } from '../api/profile';
import { TokenDialog } from './token-dialog';

/** One's API tokens. */
export function TokensPanel() {
  const [making, dialog] = useDisclosure(false);
  const query = useQuery(tokensQuery);
  const tokens = query.data?.items ?? [];
  return (
    <section className="tw-panel" aria-label={a.tokens.title}>
      <Group justify="space-between" p="md" wrap="nowrap" align="flex-start">
        <div>
          <Title order={2} size="h4">
            {a.tokens.title}
          </Title>
          <Text size="sm" c="dimmed">
            {a.tokens.help}
          </Text>
        </div>
        <Button
          size="xs"
          style={{ flex: 'none' }}
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={dialog.open}
        >
          {a.tokens.create}
        </Button>
      </Group>
      {notYet(query, 2) ??
        (tokens.length === 0 ? (
          <Empty title={a.tokens.none} icon={<IconKey size={30} />} />
        ) : (
          <div className="tw-scroll">
            <TokenTable tokens={tokens} />
          </div>
        ))}
      {making && <TokenDialog onClose={dialog.close} />}
    </section>
  );
}

function TokenTable({ tokens }: { tokens: Token[] }) {
  const revoke = useRevokeToken();
  return (
    <>
      {revoke.error && <ProblemAlert error={revoke.error} />}
      <Table className="tw-table">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{a.tokens.name}</Table.Th>
            <Table.Th>{a.tokens.scopes}</Table.Th>
            <Table.Th>{a.tokens.used}</Table.Th>
            <Table.Th>{a.tokens.ends}</Table.Th>
            <Table.Th>{a.tokens.revoke}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tokens.map((t) => (
            <Table.Tr key={t.id}>
              <Table.Td>
                {t.name}
                <Text size="xs" c="dimmed">
                  twk_…{t.hint}
                </Text>
              </Table.Td>
              <Table.Td>{t.scopes.join(', ')}</Table.Td>
              <Table.Td>{t.last_used_at ? <Ago at={t.last_used_at} /> : a.tokens.never}</Table.Td>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>{day(t.expires_at)}</Table.Td>
              <Table.Td>
                {t.revoked_at ? (
                  <Badge variant="outline" color="gray">
                    {a.tokens.revoked}
                  </Badge>
                ) : new Date(t.expires_at) < new Date() ? (
                  <Badge variant="outline" color="gray">
                    {a.tokens.expired}
                  </Badge>
                ) : (
                  <Button size="compact-xs" variant="default" onClick={() => revoke.mutate(t.id)}>
                    {a.tokens.revoke}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}
