import { plural } from '../../numbers';

export const mailMessages = {
  mail: {
    title: 'Mail',
    menu: 'Mail',
    help: 'Wie Briefe diesen Server verlassen und was aus den neuesten wurde. Die Einstellungen kommen aus der Umgebung des Servers und werden dort geändert.',
    state: 'Wie Mail hinausgeht',
    backends: {
      smtp: 'Über einen Mailserver (SMTP)',
      ses: 'Über Amazon SES',
      none: 'Es wird keine Mail gesandt',
    },
    noneHelp:
      'Wer jemanden einlädt oder einen Passwort-Link erstellt, übergibt den Link selbst. Um Mail zu senden, setzen Sie NOTIFY_BACKEND und was dazugehört und starten neu.',
    backend: 'Weg',
    from: 'Absender',
    server: 'Server',
    region: 'Region',
    test: 'Testbrief senden',
    testHelp: (address: string) => `Er geht an ${address}, auf dem Weg jedes Briefes.`,
    testing: 'Der Brief ist unterwegs. Das dauert einige Sekunden.',
    retrying: 'Der Mailserver hat den Brief nicht angenommen. Es wird erneut versucht.',
    arrived: (address: string) =>
      `Der Mailserver hat den Brief an ${address} angenommen. Sehen Sie ins Postfach, auch unter Spam.`,
    failed: 'Der Brief wurde aufgegeben.',
    letters: 'Neueste Briefe',
    lettersHelp: 'An wen sie gingen und was aus ihnen wurde. Ihren Text kennt niemand.',
    noLetters: 'Noch wurde kein Brief gesandt',
    kind: 'Brief',
    recipient: 'An',
    became: 'Was daraus wurde',
    made: 'Erstellt',
    kinds: {
      invitation: 'Einladung',
      password_reset: 'Passwort-Link',
      verification: 'Bestätigung einer Adresse',
      have_account: 'Hinweis, dass es schon ein Konto gibt',
      test: 'Testbrief',
    },
    states: { waiting: 'Wartet', sent: 'Vom Mailserver angenommen', given_up: 'Aufgegeben' },
    attempts: (n: number) => (n === 1 ? 'beim ersten Versuch' : `nach ${plural(n, 'Versuch', 'Versuchen')}`),
    tried: (n: number) => (n === 0 ? 'noch nicht versucht' : `bisher ${plural(n, 'Versuch', 'Versuche')}`),
    next: 'nächster Versuch',
  },
};
