import { plural } from '../numbers';

export const mailMessages = {
  mail: {
    title: 'Mail',
    menu: 'Mail',
    help: 'How letters leave this server, and what became of the newest. The settings come from the server’s environment and are changed there.',
    state: 'How mail goes out',
    backends: { smtp: 'By a mail server (SMTP)', ses: 'By Amazon SES', none: 'No mail is sent' },
    noneHelp:
      'Whoever invites somebody or makes a password link hands the link over. To send mail, set NOTIFY_BACKEND and what it needs, and restart.',
    backend: 'Way',
    from: 'Sender',
    server: 'Server',
    region: 'Region',
    test: 'Send a test letter',
    testHelp: (address: string) => `It goes to ${address}, the way of every letter.`,
    testing: 'The letter is on its way. This takes a few seconds.',
    retrying: 'The mail server did not take the letter. It is tried again.',
    arrived: (address: string) =>
      `The mail server took the letter to ${address}. Look into the mailbox, and into its junk.`,
    failed: 'The letter was given up.',
    letters: 'Newest letters',
    lettersHelp: 'To whom, and what became of them. Their text is known to nobody.',
    noLetters: 'No letter was sent yet',
    kind: 'Letter',
    recipient: 'To',
    became: 'What became of it',
    made: 'Made',
    kinds: {
      invitation: 'Invitation',
      password_reset: 'Password link',
      verification: 'Verification of an address',
      have_account: 'Note that there is an account already',
      test: 'Test letter',
    },
    states: { waiting: 'Waiting', sent: 'Taken by the mail server', given_up: 'Given up' },
    attempts: (n: number) => (n === 1 ? 'at the first attempt' : `after ${plural(n, 'attempt')}`),
    tried: (n: number) => (n === 0 ? 'not tried yet' : `${plural(n, 'attempt')} so far`),
    next: 'next attempt',
  },
} as const;
