import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Confirm } from '../../../components/ui/confirm';
import { ProblemAlert } from '../../../components/ui/problem';
import { f } from '../../../lib/messages';
import { welcomeQuery } from '../api/entrance';
import { useLinkProvider, useUnlinkProvider } from '../api/sign-on';
import { SignOnFailure } from './sign-on';

/** One's account at the provider of single sign-on; nothing where there is none. */
export function SignOnPanel({ linked, failure }: { linked: boolean; failure: string | undefined }) {
  const name = useQuery(welcomeQuery).data?.sign_on;
  const link = useLinkProvider();
  const unlink = useUnlinkProvider();
  const [asking, setAsking] = useState(false);
  if (!name) return null;
  return (
    <section className="tw-panel" aria-label={f.signOn.title}>
      <Stack gap="sm" p="md">
        <div>
          <Title order={2} size="h4">
            {f.signOn.title}
          </Title>
          <Text size="sm" c="dimmed">
            {linked ? f.signOn.linked(name) : f.signOn.help(name)}
          </Text>
        </div>
        <SignOnFailure failure={failure} />
        {link.error && <ProblemAlert error={link.error} />}
        <Group gap="xs">
          <Button variant="default" loading={link.isPending} onClick={() => link.mutate()}>
            {linked ? f.signOn.change : f.signOn.link(name)}
          </Button>
          {linked && (
            <Button variant="default" onClick={() => setAsking(true)}>
              {f.signOn.unlink}
            </Button>
          )}
        </Group>
      </Stack>
      {asking && (
        <Confirm
          title={f.signOn.unlinkTitle(name)}
          help={f.signOn.unlinkHelp}
          action={f.signOn.unlink}
          error={unlink.error}
          busy={unlink.isPending}
          onClose={() => {
            setAsking(false);
            unlink.reset();
          }}
          onConfirm={() =>
            unlink.mutate(undefined, {
              onSuccess: () => {
                setAsking(false);
                notifications.show({ message: f.signOn.unlinked });
              },
            })
          }
        />
      )}
    </section>
  );
}
