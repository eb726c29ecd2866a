import { Alert, Box, Button, Code, Group, Skeleton, Stack, Text, Title, Tooltip } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ago, exact } from '../../lib/format';
import { messages } from '../../lib/messages';
import { asProblem } from '../../lib/problem';

/** What went wrong, where, and a way to try again. Never shown as an empty list. */
export function ProblemAlert({
  error,
  retry,
  title,
}: {
  error: unknown;
  retry?: () => void;
  title?: string;
}) {
  const p = asProblem(error);
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle />}
      title={title ?? messages.failed}
      role="alert"
    >
      <Stack gap="xs">
        <Text size="sm">{p.message}</Text>
        {p.faults.length > 0 && (
          <Stack gap={4} component="ul" m={0} pl="md">
            {p.faults.map((f) => (
              <Text size="sm" component="li" key={`${f.path} ${f.code} ${f.message}`}>
                {f.path && <Code>{f.path}</Code>} {f.message}
              </Text>
            ))}
          </Stack>
        )}
        <Group gap="sm">
          {retry && (
            <Button size="xs" variant="default" onClick={retry}>
              {messages.retry}
            </Button>
          )}
          {p.requestId && (
            <Text size="xs" c="dimmed">
              {messages.requestId} <Code>{p.requestId}</Code>
            </Text>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <Stack gap="sm" p="md" aria-busy aria-label={messages.loading}>
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <Skeleton key={i} h={22} w={`${96 - (i % 3) * 9}%`} />
      ))}
    </Stack>
  );
}

/** An empty list that teaches what fills it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Box p="xl" ta="center">
      <Title order={3} mb={6}>
        {title}
      </Title>
      <Text size="sm" c="dimmed" maw={520} mx="auto" component="div">
        {children}
      </Text>
    </Box>
  );
}

/** A time as people say it, with the exact one on hover. */
export function Ago({ at }: { at: string }) {
  return (
    <Tooltip label={exact(at)}>
      <time dateTime={at}>{ago(at)}</time>
    </Tooltip>
  );
}

/** The button that fetches the next page of a cursor list. */
export function More({
  query,
}: {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}) {
  if (!query.hasNextPage) return null;
  return (
    <Group justify="center" p="sm">
      <Button
        variant="default"
        size="sm"
        loading={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()}
      >
        {messages.more}
      </Button>
    </Group>
  );
}
