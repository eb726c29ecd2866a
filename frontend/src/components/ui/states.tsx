import { Box, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { UseInfiniteQueryResult, UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { m } from '../../lib/messages';
import { ProblemAlert } from './problem';

/** Lines in the shape of a list, shown until the list is there. */
export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <Stack gap={14} p="md" role="status" aria-busy aria-label={m.common.loading}>
      {Array.from({ length: rows }, (_, i) => (
        <Group
          // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
          key={i}
          gap="md"
          wrap="nowrap"
        >
          <Skeleton h={14} w={`${18 + ((i * 5) % 9)}%`} />
          <Skeleton h={14} w={`${34 + ((i * 7) % 13)}%`} />
          <Skeleton h={14} w="12%" ml="auto" />
        </Group>
      ))}
    </Stack>
  );
}

/** An empty list that teaches what fills it. */
export function Empty({ title, children, icon }: { title: string; children?: ReactNode; icon?: ReactNode }) {
  return (
    <Box px="md" py={44} ta="center">
      {icon && (
        <Box c="var(--tw-accent)" mb="xs" aria-hidden>
          {icon}
        </Box>
      )}
      <Title order={2} size="h3" mb={6}>
        {title}
      </Title>
      <Text size="sm" c="dimmed" maw={520} mx="auto" component="div">
        {children}
      </Text>
    </Box>
  );
}

/** The button that fetches the next page of a cursor list; a failure to do so stands in its place. */
export function More({ query }: { query: UseInfiniteQueryResult }) {
  if (query.isFetchNextPageError) {
    return (
      <Box p="sm">
        <ProblemAlert error={query.error} retry={() => query.fetchNextPage()} />
      </Box>
    );
  }
  if (!query.hasNextPage) return null;
  return (
    <Group justify="center" p="sm">
      <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {m.common.more}
      </Button>
    </Group>
  );
}

/** What stands in a list's place while it is not there: skeleton or problem. Undefined when it is. */
export function notYet(query: UseQueryResult | UseInfiniteQueryResult, rows?: number): ReactNode | undefined {
  if (query.data !== undefined) return undefined;
  if (query.isError) {
    return (
      <Box p="sm">
        <ProblemAlert error={query.error} retry={() => query.refetch()} />
      </Box>
    );
  }
  return <Loading rows={rows ?? 6} />;
}
