import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { a } from '../../../lib/messages-account';
import { byField } from '../../../lib/problem';
import { useRegister } from '../api/entrance';

const names = ['name', 'mail', 'password'] as const;

/** A new account: the first of all, one by invitation (its secret and address are given), or one of a mail domain. */
export function RegisterForm({
  invitation,
  mail: invited,
  onDone,
}: {
  invitation?: string;
  mail?: string;
  onDone: () => void;
}) {
  const [name, setName] = useState('');
  const [mail, setMail] = useState(invited ?? '');
  const [password, setPassword] = useState('');
  const register = useRegister();
  const fault = byField(register.error, names);
  if (register.data?.verify) return <Alert role="status">{a.signIn.verify}</Alert>;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        register.mutate(
          { name, mail, password, ...(invitation ? { invitation } : {}) },
          { onSuccess: (done) => done.person && onDone() },
        );
      }}
    >
      <Stack gap="sm">
        {fault.rest && <ProblemAlert error={register.error} />}
        <TextInput
          label={a.fields.name}
          autoComplete="name"
          required
          maxLength={100}
          data-autofocus
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          error={fault.of.name}
        />
        <TextInput
          label={a.fields.mail}
          type="email"
          autoComplete="username"
          required
          readOnly={invited !== undefined}
          value={mail}
          onChange={(e) => setMail(e.currentTarget.value)}
          error={fault.of.mail}
        />
        <PasswordInput
          label={a.fields.password}
          description={a.fields.passwordHelp}
          autoComplete="new-password"
          required
          value={password}
          onChange={(e) => setPassword(e.currentTarget.value)}
          error={fault.of.password}
        />
        <Button type="submit" loading={register.isPending}>
          {a.register.action}
        </Button>
      </Stack>
    </form>
  );
}
