import { Button, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useState, useSyncExternalStore } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import type { Me } from '../../../lib/me';
import { f, m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { byField } from '../../../lib/problem';
import { proof } from '../../../lib/proof';
import { useProve } from '../api/factors';
import { canPasskeys } from '../api/passkeys';
import { CodeField } from './code-field';
import { BesideButton } from './sign-on';

/** Asks to prove who is here before something dangerous; what asked for it then goes on by itself. */
export function ProveAgain({ me }: { me: Me }) {
  const asked = useSyncExternalStore(proof.subscribe, proof.isAsked);
  return (
    <Modal
      opened={asked}
      // Above the dialog whose action asked for it.
      zIndex={900}
      onClose={() => proof.settle(false)}
      title={f.prove.title}
      closeButtonProps={{ 'aria-label': m.common.close }}
    >
      <ProofForm me={me} />
    </Modal>
  );
}

function ProofForm({ me }: { me: Me }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const prove = useProve();
  const done = { onSuccess: () => proof.settle(true) };
  const fault = byField(prove.error, ['password', 'code']);
  const withPassword = me.proofs.includes('password');
  const withCode = me.codes && (withPassword || me.proofs.includes('code'));
  const typed = withPassword || withCode;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        prove.mutate({ ...(withPassword && { password }), ...(withCode && { code }) }, done);
      }}
    >
      <Stack gap="sm">
        <Text size="sm">{me.proofs.length > 0 ? f.prove.help : f.prove.none}</Text>
        {fault.rest && <ProblemAlert error={prove.error} />}
        <input type="text" autoComplete="username" value={me.mail} readOnly hidden />
        {withPassword && (
          <PasswordInput
            label={a.fields.password}
            autoComplete="current-password"
            required
            data-autofocus
            value={password}
            onChange={(e) => setPassword(e.currentTarget.value)}
            error={fault.of.password}
          />
        )}
        {withCode && (
          <CodeField value={code} onChange={setCode} error={fault.of.code} focus={!withPassword} />
        )}
        {typed && (
          <Button type="submit" loading={prove.isPending}>
            {f.prove.action}
          </Button>
        )}
        {me.proofs.includes('passkey') && canPasskeys() && (
          <Button
            variant={typed ? 'default' : 'filled'}
            loading={prove.isPending}
            onClick={() => prove.mutate('passkey', done)}
          >
            {f.prove.passkey}
          </Button>
        )}
        {me.proofs.includes('oidc') && (
          <BesideButton purpose="prove" filled={me.proofs.length === 1} onDone={() => proof.settle(true)} />
        )}
      </Stack>
    </form>
  );
}
