import { plural } from '../numbers';

/** The sentences about second factors, single sign-on and proofs, see index.ts. */
export const f = {
  step: {
    code: 'Code of your app',
    codeHelp: 'The six digits that your authenticator app shows now.',
    recovery: 'Recovery code',
    recoveryHelp: 'One of those that you kept. It serves once.',
    useRecovery: 'Use a recovery code',
    useApp: 'Use the app',
    passkeyOnly: 'Your password is right. Your admin asks for a second factor: use your passkey.',
    back: 'Start again',
    go: 'Go on',
  },
  codes: {
    title: 'Authenticator app',
    help: 'An app on your telephone makes a code of six digits for each sign-in. With it, your password alone lets nobody in.',
    needed:
      'Your admin asks everyone for a second factor: set up an authenticator app, or add a passkey, to go on.',
    unavailable: 'Not here: the server has no key to keep secrets with.',
    setUp: 'Set up an authenticator app',
    replace: 'Move to another device',
    scan: 'Scan this with the app',
    scanLabel: 'QR code with the key for your app',
    open: 'Or open it in an app on this device',
    key: 'Or type this key',
    first: 'Then enter the code that it shows',
    confirm: 'Turn on',
    on: (since: string) => `On since ${since}.`,
    left: (n: number) => `${plural(n, 'recovery code', 'recovery codes')} left.`,
    few: 'Make new recovery codes before they run out.',
    renew: 'New recovery codes',
    remove: 'Remove',
    removeTitle: 'Remove the authenticator app?',
    removeHelp: 'Its codes and your recovery codes serve no more. Your password alone then lets you in.',
    removed: 'The authenticator app is removed',
    recoveryTitle: 'Keep your recovery codes',
    recoveryHelp:
      'Each lets you in once when the app is lost. They are shown this once: keep them in a password manager, or print them. Those before serve no more.',
    copy: 'Copy all',
    copied: 'Copied',
    download: 'Download',
    file: 'threatwerk-recovery-codes.txt',
    kept: 'I have kept them',
  },
  prove: {
    title: 'Is it you?',
    help: 'This could do harm in the wrong hands. Prove once more who you are; it then holds for 15 minutes.',
    action: 'Prove it',
    passkey: 'Use a passkey',
    none: 'You came by a link, and there is nothing to prove it with. Set a password or a passkey right after your next link.',
  },
} as const;
