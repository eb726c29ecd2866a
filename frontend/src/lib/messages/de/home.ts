import { count, plural } from '../../numbers';

export const homeMessages = {
  home: {
    title: 'Übersicht',
    opened: (n: number) => plural(n, 'neuer Befund', 'neue Befunde'),
    resolved: (n: number) => `${count(n)} erledigt`,
    since: 'seit Ihrem letzten Blick,',
    looked: 'Alles als gesehen markieren',
    fresh: 'Neu seit Ihrem letzten Blick',
    freshNone: 'Nichts Neues betrifft Sie.',
    trend: 'Offene Befunde im Verlauf',
    trendWords: (from: number, to: number, days: number) =>
      `Offene Befunde nach Schweregrad über ${days} Tage: von ${count(from)} auf ${count(to)}`,
    span: 'Zeitraum',
    days: (n: number) => `${n} Tage`,
    today: 'heute',
    change: (n: number) => (n === 0 ? 'unverändert' : `${n > 0 ? '+' : '−'}${count(Math.abs(n))}`),
    exploited: 'Neueste ausgenutzte, die Sie betreffen',
    exploitedNone: 'Nichts auf der CISA-Liste betrifft ein aktives Release.',
    added: (day: string) => `(gelistet ${day})`,
    risk: 'Gefährdete Releases',
    riskNone: 'Kein aktives Release hat ausgenutzte oder kritische Befunde.',
    riskWords: (kev: number, critical: number, fixable: number) =>
      `${count(kev)} ausgenutzt, ${count(critical)} kritisch, ${count(fixable)} behebbar`,
    reach: (findings: number, releases: number) =>
      `${plural(findings, 'Befund', 'Befunde')} in ${plural(releases, 'Release', 'Releases')}`,
    reports: 'Bedrohungsberichte, die Sie betreffen',
    reportsNone: 'Kein Bericht nennt, was Sie ausliefern.',
    feeds: 'Feeds',
    empty: 'Beginnen Sie mit einem Produkt',
    emptyHelp:
      'Ein Produkt ist, was Sie bauen oder betreiben. Geben Sie ihm ein Release und legen Sie dort die SBOM ab: In Sekunden sehen Sie, welche bekannten Schwachstellen es erreichen, und fortan sagt diese Seite jeden Morgen, was sich geändert hat.',
    emptyGo: 'Erstes Produkt anlegen',
  },
} as const;
