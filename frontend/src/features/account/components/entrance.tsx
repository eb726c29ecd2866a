import { Box, Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { m } from '../../../lib/messages';

/** The card that stands alone on the page of someone who is not signed in. */
export function Entrance({
  title,
  help,
  children,
}: {
  title: string;
  help?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Box component="main" maw={420} mx="auto" px="md" py={{ base: 32, sm: 80 }}>
      <Stack gap="lg">
        <Group gap={9} justify="center">
          <img src="/mark.svg" width={30} height={30} alt="" />
          <Text fw={680} size="lg" style={{ letterSpacing: '-0.02em' }}>
            {m.name}
          </Text>
        </Group>
        <Paper className="tw-panel" p="lg">
          <Stack gap="md">
            <div>
              <Title order={1} size="h3">
                {title}
              </Title>
              {help && (
                <Text size="sm" c="dimmed" mt={6} component="div">
                  {help}
                </Text>
              )}
            </div>
            {children}
          </Stack>
        </Paper>
      </Stack>
    </Box>
  );
}
