import { Badge, Button, Group, Table, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { ProblemAlert } from '../../../components/ui/problem';
import { notYet } from '../../../components/ui/states';
import { Ago } from '../../../components/ui/time';
import { a } from '../../../lib/messages-account';
import { sessionsQuery, useEndOthers, useEndSession } from '../api/profile';

/** Where one is signed in, and a way to end that. */
export function SessionsPanel() {
  const query = useQuery(sessionsQuery);
  const end = useEndSession();
  const endOthers = useEndOthers();
  const sessions = query.data?.items ?? [];
  return (
    <section className="tw-panel" aria-label={a.profile.sessions}>
      <Group justify="space-between" p="md">
        <Title order={2} size="h4">
          {a.profile.sessions}
        </Title>
        {sessions.length > 1 && (
          <Button
            size="xs"
            variant="default"
            loading={endOthers.isPending}
            onClick={() =>
              endOthers.mutate(undefined, {
                onSuccess: ({ ended }) => notifications.show({ message: a.profile.ended(ended) }),
              })
            }
          >
            {a.profile.endOthers}
          </Button>
        )}
      </Group>
      {end.error && <ProblemAlert error={end.error} />}
      {notYet(query, 2) ?? (
        <div className="tw-scroll">
          <Table className="tw-table">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{a.profile.browser}</Table.Th>
                <Table.Th>{a.profile.address}</Table.Th>
                <Table.Th>{a.profile.seen}</Table.Th>
                <Table.Th>{a.profile.end}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {sessions.map((s) => (
                <Table.Tr key={s.id}>
                  <Table.Td maw={380}>
                    <Text size="sm" lineClamp={1} title={s.agent}>
                      {browserOf(s.agent)}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {a.profile.methods[s.method]}
                      {s.strong && ` ${a.profile.second}`}
                    </Text>
                  </Table.Td>
                  <Table.Td>{s.address}</Table.Td>
                  <Table.Td>
                    <Ago at={s.last_seen_at} />
                  </Table.Td>
                  <Table.Td>
                    {s.current ? (
                      <Badge variant="outline">{a.profile.here}</Badge>
                    ) : (
                      <Button size="compact-xs" variant="default" onClick={() => end.mutate(s.id)}>
                        {a.profile.end}
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </section>
  );
}

/** The browser's and the system's name out of a User-Agent; all of it where neither is known. */
export function browserOf(agent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\/\d+/.exec(agent)?.[0];
  const system = /(Windows|Macintosh|Android|iPhone|iPad|Linux)/.exec(agent)?.[0];
  if (!browser) return agent || '?';
  return [browser.replace('/', ' ').replace('Edg ', 'Edge ').replace('OPR ', 'Opera '), system]
    .filter(Boolean)
    .join(', ');
}
