import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { m } from '../../lib/messages';
import { asProblem } from '../../lib/problem';

const shown = 12;

/** What went wrong, where, and a way to try again. Never shown as an empty list. */
export function ProblemAlert({
  error,
  retry,
  title = m.problem.title,
  children,
}: {
  error: unknown;
  retry?: () => unknown;
  title?: string;
  children?: React.ReactNode;
}) {
  const p = asProblem(error);
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={title}
      role="alert"
      styles={{
        root: {
          background: 'color-mix(in srgb, var(--mantine-color-error) 9%, var(--tw-panel))',
          border: '1px solid color-mix(in srgb, var(--mantine-color-error) 35%, var(--tw-panel))',
        },
        icon: { color: 'var(--mantine-color-error)' },
        title: { color: 'var(--mantine-color-error)' },
      }}
    >
      <Stack gap="xs">
        <Text size="sm" className="tw-wrap">
          {p.message}
        </Text>
        {p.faults.length > 0 && (
          <Stack gap={4} component="ul" m={0} pl="md">
            {p.faults.slice(0, shown).map((f) => (
              <Text size="sm" component="li" className="tw-wrap" key={`${f.path} ${f.code} ${f.message}`}>
                {f.path && <Code>{f.path}</Code>} {f.message}
              </Text>
            ))}
            {p.faults.length > shown && (
              <Text size="sm" component="li">
                {m.problem.more(p.faults.length - shown)}
              </Text>
            )}
          </Stack>
        )}
        {(retry || children || p.requestId) && (
          <Group gap="sm">
            {retry && (
              <Button size="xs" variant="default" onClick={() => void retry()}>
                {m.problem.retry}
              </Button>
            )}
            {children}
            {p.requestId && (
              <Text size="xs" className="tw-wrap">
                {m.problem.request} <Code>{p.requestId}</Code>
              </Text>
            )}
          </Group>
        )}
      </Stack>
    </Alert>
  );
}
