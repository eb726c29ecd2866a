import { plural } from '../../numbers';

export const intelMessages = {
  vulnerability: {
    published: 'Veröffentlicht',
    changed: 'Geändert',
    aliases: 'Auch bekannt als',
    epss: 'EPSS',
    kev: 'Ausgenutzt',
    kevSince: (day: string) => `seit ${day}`,
    ransomware: 'von Ransomware verwendet',
    reaches: (n: number) => `Betrifft ${plural(n, 'Komponente', 'Komponenten')} Ihrer Releases`,
    reachesNone: 'Betrifft keines Ihrer aktiven Releases',
    sources: 'Was jede Quelle sagt',
    more: (n: number) => `und ${plural(n, 'weiteres Paket', 'weitere Pakete')}`,
    fixedIn: 'behoben in',
    description: 'Beschreibung',
    references: 'Verweise',
  },
  components: {
    title: 'Komponenten',
    intro:
      'Welche aktiven Releases enthalten ein Paket? Versionen werden nach den Regeln seines Ökosystems verglichen.',
    package: 'Paket',
    below: 'Unter Version',
    ecosystem: 'Ökosystem',
    search: 'Suchen',
    ask: 'Fragen Sie nach einem Paket',
    askHelp: 'Der ganze Name oder der Teil nach dem letzten Trennzeichen. Zum Beispiel:',
    example: (name: string, below: string) => `${name} unter ${below}`,
    none: (name: string, below: string | undefined) =>
      below ? `Kein aktives Release enthält ${name} unter ${below}` : `Kein aktives Release enthält ${name}`,
    releases: 'Releases',
  },
  intel: {
    empty: 'Kein Intel geladen',
    emptyHelp:
      'Es sind keine Schwachstellendaten geladen, also lässt sich nichts finden. Führen Sie „threatwerk import“ aus.',
    advisories: (n: number) => plural(n, 'Advisory', 'Advisories'),
    title: 'Worauf die Antworten beruhen',
    vulnerabilities: 'Schwachstellen',
    kev: 'Bekannt als ausgenutzt',
    epss: 'EPSS-Werte',
    feeds: 'Feeds',
    ecosystems: 'Ökosysteme',
    never: 'nie gelesen',
    running: 'wird gelesen',
    failed: 'fehlgeschlagen',
    unknown: 'Intel unbekannt',
  },
} as const;
