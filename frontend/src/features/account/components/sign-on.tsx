import { Alert, Button, Divider, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { f } from '../../../lib/messages';
import { useReturned, welcomeQuery } from '../api/entrance';
import { failureWords, useAskBeside, useBeside, useGoToProvider } from '../api/sign-on';

/** Why single sign-on came to nothing. */
export function SignOnFailure({ failure }: { failure: string | undefined }) {
  if (!failure) return null;
  return (
    <Alert color="red" role="alert">
      {failureWords(failure)}
    </Alert>
  );
}

/** The provider of single sign-on beside the other ways in; nothing where there is none. */
export function SignOnButton({ to }: { to: string }) {
  const name = useQuery(welcomeQuery).data?.sign_on;
  const go = useGoToProvider();
  if (!name) return null;
  return (
    <Stack gap="sm">
      <Divider />
      {go.error && <ProblemAlert error={go.error} />}
      <Button variant="default" loading={go.isPending} onClick={() => go.mutate(to)}>
        {f.signOn.go(name)}
      </Button>
    </Stack>
  );
}

/** The provider in a window beside a page that must stay as it is: to prove who is here, or to sign in again. */
export function BesideButton({
  purpose,
  filled = false,
  onDone,
}: {
  purpose: 'sign-in' | 'prove';
  filled?: boolean;
  onDone: () => void;
}) {
  const name = useQuery(welcomeQuery).data?.sign_on;
  const ask = useAskBeside(purpose);
  const returned = useReturned();
  const [failure, setFailure] = useState('');
  useBeside((said) => {
    setFailure(said);
    if (!said) void returned().then(onDone);
  });
  if (!name) return null;
  return (
    <>
      {ask.error && <ProblemAlert error={ask.error} />}
      <SignOnFailure failure={failure} />
      <Button
        variant={filled ? 'filled' : 'default'}
        loading={ask.isPending}
        onClick={() => {
          setFailure('');
          ask.mutate();
        }}
      >
        {f.signOn.go(name)}
      </Button>
    </>
  );
}
