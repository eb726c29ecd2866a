import { Alert, Button, Group, Loader, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconSend } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { m } from '../../../lib/messages';
import { type Letter, letterQuery, lettersQuery, useTestMail } from '../api/mail';

const t = m.mail;

/** Sends a test letter and follows it until the mail server took it or it is given up. */
export function TestMail({ address }: { address: string }) {
  const test = useTestMail();
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <Button
          variant="default"
          leftSection={<IconSend size={15} aria-hidden />}
          loading={test.isPending}
          onClick={() => test.mutate()}
        >
          {t.test}
        </Button>
        <Text size="sm" c="dimmed" className="tw-wrap">
          {t.testHelp(address)}
        </Text>
      </Group>
      {test.error && <ProblemAlert error={test.error} />}
      {test.data && <Followed key={test.data.id} first={test.data} />}
    </Stack>
  );
}

function Followed({ first }: { first: Letter }) {
  const client = useQueryClient();
  const query = useQuery(letterQuery(first.id));
  const l = query.data ?? first;
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the letter got further
  useEffect(() => {
    void client.invalidateQueries({ queryKey: lettersQuery.queryKey, exact: true });
  }, [client, l.state, l.attempts]);
  return (
    <div role="status">
      {query.error && <ProblemAlert error={query.error} retry={query.refetch} />}
      <Outcome l={l} />
    </div>
  );
}

function Outcome({ l }: { l: Letter }) {
  if (l.state === 'sent') {
    return (
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <IconCheck size={18} aria-hidden style={{ flex: 'none', color: 'var(--tw-fill-good)' }} />
        <Text size="sm" className="tw-wrap">
          {t.arrived(l.recipient)}
        </Text>
      </Group>
    );
  }
  if (l.state === 'waiting' && l.attempts === 0) {
    return (
      <Group gap="xs">
        <Loader size="xs" aria-hidden />
        <Text size="sm">{t.testing}</Text>
      </Group>
    );
  }
  return (
    <Alert
      variant="outline"
      icon={<IconAlertTriangle aria-hidden />}
      title={l.state === 'given_up' ? t.failed : t.retrying}
    >
      <Text size="sm" className="tw-wrap">
        {l.last_error}
      </Text>
    </Alert>
  );
}
