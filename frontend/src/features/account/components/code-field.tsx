import { Anchor, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { f } from '../../../lib/messages';

/** Takes a code of the app, or a recovery code instead. */
export function CodeField({
  value,
  onChange,
  error,
  focus,
}: {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
  focus?: boolean;
}) {
  const [recovery, setRecovery] = useState(false);
  return (
    <Stack gap={6}>
      <TextInput
        key={String(recovery)}
        label={recovery ? f.step.recovery : f.step.code}
        description={recovery ? f.step.recoveryHelp : f.step.codeHelp}
        inputMode={recovery ? 'text' : 'numeric'}
        autoComplete={recovery ? 'off' : 'one-time-code'}
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus={focus || recovery}
        data-autofocus={focus || undefined}
        maxLength={recovery ? 60 : 12}
        value={value}
        onChange={(e) => onChange(e.currentTarget.value)}
        error={error}
      />
      <Anchor
        component="button"
        type="button"
        size="sm"
        ta="left"
        onClick={() => {
          setRecovery(!recovery);
          onChange('');
        }}
      >
        {recovery ? f.step.useApp : f.step.useRecovery}
      </Anchor>
    </Stack>
  );
}
