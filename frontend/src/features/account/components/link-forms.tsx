import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { Loading } from '../../../components/ui/states';
import { a } from '../../../lib/messages-account';
import { byField } from '../../../lib/problem';
import { useAskReset, useEnter, useReset, useVerify } from '../api/entrance';

/** Asks for a link to set a new password. */
export function ForgotForm() {
  const [mail, setMail] = useState('');
  const ask = useAskReset();
  if (ask.isSuccess) return <Alert role="status">{a.links.sent}</Alert>;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        ask.mutate(mail);
      }}
    >
      <Stack gap="sm">
        {ask.error && <ProblemAlert error={ask.error} />}
        <TextInput
          label={a.fields.mail}
          type="email"
          autoComplete="username"
          required
          value={mail}
          onChange={(e) => setMail(e.currentTarget.value)}
        />
        <Button type="submit" loading={ask.isPending}>
          {a.links.send}
        </Button>
      </Stack>
    </form>
  );
}

/** Sets a new password by the secret of a link. */
export function ResetForm({ secret }: { secret: string }) {
  const [password, setPassword] = useState('');
  const reset = useReset();
  const fault = byField(reset.error, ['password']);
  if (reset.isSuccess) return <Alert role="status">{a.links.resetDone}</Alert>;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        reset.mutate({ secret, password });
      }}
    >
      <Stack gap="sm">
        {fault.rest && <ProblemAlert error={reset.error} />}
        <PasswordInput
          label={a.fields.newPassword}
          description={a.fields.passwordHelp}
          autoComplete="new-password"
          required
          value={password}
          onChange={(e) => setPassword(e.currentTarget.value)}
          error={fault.of.password}
        />
        <Button type="submit" loading={reset.isPending}>
          {a.links.reset}
        </Button>
      </Stack>
    </form>
  );
}

/** Does something with a secret as soon as it is drawn, and once. */
function useOnce(secret: string, run: (secret: string) => void) {
  const ran = useRef(false);
  useEffect(() => {
    if (ran.current || !secret) return;
    ran.current = true;
    run(secret);
  }, [secret, run]);
}

/** Signs in by an operator's link. */
export function Enter({ secret, onDone }: { secret: string; onDone: () => void }) {
  const enter = useEnter();
  useOnce(secret, (s) => enter.mutate(s, { onSuccess: onDone }));
  if (!secret) return <Alert>{a.links.none}</Alert>;
  return enter.error ? <ProblemAlert error={enter.error} /> : <Loading rows={1} />;
}

/** Verifies an address by the link that was sent to it. */
export function Verify({ secret }: { secret: string }) {
  const verify = useVerify();
  useOnce(secret, verify.mutate);
  if (!secret) return <Alert>{a.links.none}</Alert>;
  if (verify.error) return <ProblemAlert error={verify.error} />;
  return verify.isSuccess ? <Alert role="status">{a.links.verified}</Alert> : <Loading rows={1} />;
}
