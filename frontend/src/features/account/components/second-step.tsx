import { Button, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { f } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { byField } from '../../../lib/problem';
import { type SignIn, useSecondStep } from '../api/entrance';
import { canPasskeys, usePasskeySignIn } from '../api/passkeys';
import { CodeField } from './code-field';

/** What is left of a sign-in. */
export type Halfway = Required<Pick<SignIn, 'step' | 'second'>>;

/** Asks for the second factor after the first was right. */
export function SecondStep({
  half,
  onDone,
  onBack,
}: {
  half: Halfway;
  onDone: () => void;
  onBack: () => void;
}) {
  const [code, setCode] = useState('');
  const finish = useSecondStep();
  const passkey = usePasskeySignIn();
  const fault = byField(finish.error, ['code']);
  const byCode = half.second.includes('code');
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        finish.mutate({ step: half.step, code }, { onSuccess: (done) => done.person && onDone() });
      }}
    >
      <Stack gap="sm">
        {passkey.error && <ProblemAlert error={passkey.error} />}
        {fault.rest && <ProblemAlert error={finish.error} />}
        {byCode ? (
          <>
            <CodeField value={code} onChange={setCode} error={fault.of.code} focus />
            <Button type="submit" loading={finish.isPending}>
              {f.step.go}
            </Button>
          </>
        ) : (
          <Text size="sm">{f.step.passkeyOnly}</Text>
        )}
        {half.second.includes('passkey') && canPasskeys() && (
          <Button
            variant={byCode ? 'default' : 'filled'}
            loading={passkey.isPending}
            onClick={() => passkey.mutate(undefined, { onSuccess: (done) => done.person && onDone() })}
          >
            {a.passkeys.signIn}
          </Button>
        )}
        <Button variant="subtle" onClick={onBack}>
          {f.step.back}
        </Button>
      </Stack>
    </form>
  );
}
