import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { a } from '../../../lib/messages-account';
import { useSignIn, welcomeQuery } from '../api/entrance';
import { canPasskeys, usePasskeySignIn } from '../api/passkeys';
import { type Halfway, SecondStep } from './second-step';

/** Address and password, then what the account asks for besides. What was typed stays when the server refuses. */
export function SignInForm({
  mail: known = '',
  halfway,
  onDone,
}: {
  mail?: string;
  halfway?: Halfway | undefined;
  onDone: () => void;
}) {
  const [mail, setMail] = useState(known);
  const [password, setPassword] = useState('');
  const [half, setHalf] = useState(halfway);
  const signIn = useSignIn();
  const passkey = usePasskeySignIn();
  const offered = useQuery(welcomeQuery).data?.passkeys && canPasskeys();
  if (half) return <SecondStep half={half} onDone={onDone} onBack={() => setHalf(undefined)} />;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        signIn.mutate(
          { mail, password },
          {
            onSuccess: (done) => {
              if (done.step) setHalf({ step: done.step, second: done.second ?? [] });
              else if (done.person) onDone();
            },
          },
        );
      }}
    >
      <Stack gap="sm">
        {passkey.error && <ProblemAlert error={passkey.error} />}
        {signIn.error && <ProblemAlert error={signIn.error} />}
        {signIn.data?.verify && <Alert>{a.signIn.verify}</Alert>}
        <TextInput
          label={a.fields.mail}
          type="email"
          autoComplete="username webauthn"
          required
          data-autofocus
          value={mail}
          onChange={(e) => setMail(e.currentTarget.value)}
        />
        <PasswordInput
          label={a.fields.password}
          autoComplete="current-password"
          required
          value={password}
          onChange={(e) => setPassword(e.currentTarget.value)}
        />
        <Button type="submit" loading={signIn.isPending}>
          {a.signIn.title}
        </Button>
        {offered && (
          <Button
            variant="default"
            loading={passkey.isPending}
            onClick={() => passkey.mutate(undefined, { onSuccess: (done) => done.person && onDone() })}
          >
            {a.passkeys.signIn}
          </Button>
        )}
      </Stack>
    </form>
  );
}
