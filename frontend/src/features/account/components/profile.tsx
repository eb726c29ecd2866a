import { Button, Group, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type ReactNode, useState } from 'react';
import { PageHead } from '../../../components/ui/page';
import { ProblemAlert } from '../../../components/ui/problem';
import type { Me } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { byField } from '../../../lib/problem';
import { useChangePassword, useRename } from '../api/profile';
import { CodesPanel } from './codes-panel';
import { PasskeysPanel } from './passkeys-panel';
import { SessionsPanel } from './sessions-panel';
import { SignOnPanel } from './sign-on-panel';
import { TokensPanel } from './tokens-panel';

/** Everything that is one's own. */
export function Profile({ me, failure }: { me: Me; failure?: string | undefined }) {
  return (
    <Stack gap="lg">
      <PageHead title={a.profile.title} sub={`${me.mail} · ${a.roles[me.role]}`} />
      <Section title={a.profile.you}>
        <NameForm me={me} />
      </Section>
      <CodesPanel needed={me.set_up_second_factor} />
      <PasskeysPanel needed={me.set_up_second_factor} />
      <SignOnPanel linked={me.proofs.includes('oidc')} failure={failure} />
      <Section title={a.profile.password} help={a.profile.passwordHelp}>
        <PasswordForm me={me} />
      </Section>
      <SessionsPanel />
      <TokensPanel />
    </Stack>
  );
}

function Section({ title, help, children }: { title: string; help?: string; children: ReactNode }) {
  return (
    <section className="tw-panel" aria-label={title}>
      <Stack gap="sm" p="md" maw={460}>
        <div>
          <Title order={2} size="h4">
            {title}
          </Title>
          {help && (
            <Text size="sm" c="dimmed">
              {help}
            </Text>
          )}
        </div>
        {children}
      </Stack>
    </section>
  );
}

function NameForm({ me }: { me: Me }) {
  const [name, setName] = useState(me.name);
  const rename = useRename();
  const fault = byField(rename.error, ['name']);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        rename.mutate(name, { onSuccess: () => notifications.show({ message: a.profile.renamed }) });
      }}
    >
      <Stack gap="sm">
        {fault.rest && <ProblemAlert error={rename.error} />}
        <TextInput
          label={a.fields.name}
          autoComplete="name"
          required
          maxLength={100}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          error={fault.of.name}
        />
        <Group justify="flex-end">
          <Button
            type="submit"
            variant="default"
            loading={rename.isPending}
            disabled={name.trim() === me.name}
          >
            {m.common.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function PasswordForm({ me }: { me: Me }) {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const change = useChangePassword();
  const fault = byField(change.error, ['current', 'password']);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        change.mutate(
          { current, password },
          {
            onSuccess: () => {
              setCurrent('');
              setPassword('');
              notifications.show({ message: a.profile.passwordDone });
            },
          },
        );
      }}
    >
      <Stack gap="sm">
        {fault.rest && <ProblemAlert error={change.error} />}
        <input type="text" autoComplete="username" value={me.mail} readOnly hidden />
        {me.has_password && (
          <PasswordInput
            label={a.fields.current}
            autoComplete="current-password"
            required
            value={current}
            onChange={(e) => setCurrent(e.currentTarget.value)}
            error={fault.of.current}
          />
        )}
        <PasswordInput
          label={a.fields.newPassword}
          description={a.fields.passwordHelp}
          autoComplete="new-password"
          required
          value={password}
          onChange={(e) => setPassword(e.currentTarget.value)}
          error={fault.of.password}
        />
        <Group justify="flex-end">
          <Button type="submit" variant="default" loading={change.isPending}>
            {m.common.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
