import { Modal, Stack, Text } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { session } from '../../../lib/session';
import { SignInForm } from './sign-in-form';
import { BesideButton } from './sign-on';

/** Asks to sign in on top of the page when its session has ended, so that what was typed stays. */
export function SignInAgain({ mail }: { mail: string }) {
  const lost = useSyncExternalStore(session.subscribe, session.isLost);
  return (
    <Modal
      opened={lost}
      // Above any dialog that is open when the session ends.
      zIndex={1000}
      onClose={session.found}
      title={a.signIn.again}
      closeButtonProps={{ 'aria-label': m.common.close }}
    >
      <Stack gap="sm">
        <Text size="sm">{a.signIn.againHelp}</Text>
        <SignInForm mail={mail} onDone={session.found} />
        <BesideButton purpose="sign-in" onDone={session.found} />
      </Stack>
    </Modal>
  );
}
