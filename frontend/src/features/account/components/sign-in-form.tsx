import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { a } from '../../../lib/messages-account';
import { useSignIn, welcomeQuery } from '../api/entrance';
import { canPasskeys, usePasskeySignIn } from '../api/passkeys';

/** Address and password. What was typed stays when the server refuses. */
export function SignInForm({ mail: known = '', onDone }: { mail?: string; onDone: () => void }) {
  const [mail, setMail] = useState(known);
  const [password, setPassword] = useState('');
  const signIn = useSignIn();
  const passkey = usePasskeySignIn();
  const offered = useQuery(welcomeQuery).data?.passkeys && canPasskeys();
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        signIn.mutate({ mail, password }, { onSuccess: (done) => done.person && onDone() });
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
