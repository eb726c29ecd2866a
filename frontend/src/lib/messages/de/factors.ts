import { plural } from '../../numbers';

/** The sentences about second factors, single sign-on and proofs in German. */
export const f = {
  step: {
    code: 'Code Ihrer App',
    codeHelp: 'Die sechs Ziffern, die Ihre Authenticator-App gerade zeigt.',
    recovery: 'Wiederherstellungscode',
    recoveryHelp: 'Einer von denen, die Sie aufbewahrt haben. Er gilt einmal.',
    useRecovery: 'Wiederherstellungscode benutzen',
    useApp: 'Die App benutzen',
    passkeyOnly: 'Ihr Passwort stimmt. Ihr Admin verlangt einen zweiten Faktor: Benutzen Sie Ihren Passkey.',
    back: 'Von vorn beginnen',
    go: 'Weiter',
  },
  codes: {
    title: 'Authenticator-App',
    help: 'Eine App auf Ihrem Telefon erzeugt für jede Anmeldung sechs Ziffern. Ihr Passwort allein lässt dann niemanden hinein.',
    needed:
      'Ihr Admin verlangt von allen einen zweiten Faktor: Richten Sie eine Authenticator-App ein, oder fügen Sie einen Passkey hinzu.',
    unavailable: 'Hier nicht: Dem Server fehlt der Schlüssel, um Geheimnisse zu verwahren.',
    setUp: 'Authenticator-App einrichten',
    replace: 'Auf ein anderes Gerät umziehen',
    scan: 'Mit der App scannen',
    scanLabel: 'QR-Code mit dem Schlüssel für Ihre App',
    open: 'Oder in einer App auf diesem Gerät öffnen',
    key: 'Oder diesen Schlüssel eintippen',
    first: 'Dann den Code eingeben, den sie zeigt',
    confirm: 'Einschalten',
    on: (since: string) => `Eingeschaltet seit ${since}.`,
    left: (n: number) => `Noch ${plural(n, 'Wiederherstellungscode', 'Wiederherstellungscodes')}.`,
    few: 'Erzeugen Sie neue, bevor sie ausgehen.',
    renew: 'Neue Wiederherstellungscodes',
    remove: 'Entfernen',
    removeTitle: 'Authenticator-App entfernen?',
    removeHelp:
      'Ihre Codes und Wiederherstellungscodes gelten dann nicht mehr. Ihr Passwort allein lässt Sie hinein.',
    removed: 'Die Authenticator-App ist entfernt',
    recoveryTitle: 'Wiederherstellungscodes aufbewahren',
    recoveryHelp:
      'Jeder lässt Sie einmal hinein, wenn die App verloren ist. Sie werden nur jetzt gezeigt: Bewahren Sie sie in einem Passwortmanager auf, oder drucken Sie sie. Frühere gelten nicht mehr.',
    copy: 'Alle kopieren',
    copied: 'Kopiert',
    download: 'Herunterladen',
    file: 'threatwerk-wiederherstellungscodes.txt',
    kept: 'Ich habe sie aufbewahrt',
  },
  signOn: {
    go: (name: string) => `Weiter mit ${name}`,
    title: 'Single Sign-on',
    help: (name: string) => `Mit ${name} statt mit einem Passwort anmelden.`,
    linked: (name: string) => `Sie können sich mit ${name} anmelden.`,
    link: (name: string) => `${name} verknüpfen`,
    change: 'Anderes Konto verknüpfen',
    unlink: 'Verknüpfung lösen',
    unlinkTitle: (name: string) => `Verknüpfung mit ${name} lösen?`,
    unlinkHelp:
      'Sie melden sich dann anders an. Wer sich dort mit der Mailadresse Ihres Kontos anmeldet, verknüpft es wieder.',
    unlinked: 'Die Verknüpfung ist gelöst',
    blocked:
      'Der Browser hat kein Fenster geöffnet. Erlauben Sie es für diese Seite, und versuchen Sie es noch einmal.',
    ending: 'Zurück vom Anbieter',
    done: 'Fertig. Sie können dieses Fenster schließen und dort weitermachen, wo Sie waren.',
    failures: {
      denied: 'Sie wurden nicht angemeldet: Sie oder der Anbieter haben abgelehnt.',
      failed:
        'Die Antwort des Anbieters passt nicht. Vielleicht dauerte es zu lange: Versuchen Sie es noch einmal.',
      unreachable: 'Der Anbieter antwortet nicht. Versuchen Sie es später, oder melden Sie sich anders an.',
      unverified:
        'Der Anbieter bürgt nicht für Ihre Mailadresse. Melden Sie sich anders an, und verknüpfen Sie ihn im Profil.',
      no_account: 'Hier gibt es kein Konto für Sie. Bitten Sie einen Admin um eine Einladung.',
      disabled: 'Ihr Konto hier ist gesperrt. Fragen Sie einen Admin.',
      taken:
        'Das gehört zu einem anderen Konto hier. Melden Sie sich anders an, oder fragen Sie einen Admin.',
      unclaimed: 'Hier hat noch niemand ein Konto. Die erste Person muss eines anlegen.',
      other: 'Das ist nicht mit Ihrem Konto hier verknüpft. Benutzen Sie das verknüpfte.',
    },
  },
  prove: {
    title: 'Sind Sie es?',
    help: 'Dies könnte in falschen Händen schaden. Weisen Sie sich noch einmal aus; das gilt dann 15 Minuten.',
    action: 'Ausweisen',
    passkey: 'Passkey benutzen',
    none: 'Sie kamen über einen Link, und es gibt nichts, womit Sie sich ausweisen könnten. Setzen Sie nach dem nächsten Link gleich ein Passwort oder einen Passkey.',
  },
} as const;
