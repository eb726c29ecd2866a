import { plural } from '../../numbers';

export const searchMessages = {
  search: {
    title: 'Alles durchsuchen',
    button: 'Durchsuchen',
    placeholder: 'Produkt, Release, Komponente, CVE, Bericht …',
    results: 'Treffer',
    nothing: (q: string) =>
      q === '' ? '' : `Nichts heißt „${q}“. Kennungen und Teile von Namen führen zum Ziel.`,
    failed: 'Die Suche ging nicht; tippen Sie weiter, um es noch einmal zu versuchen.',
    releases: (n: number) => plural(n, 'Release', 'Releases'),
    versions: (n: number) => plural(n, 'Version', 'Versionen'),
    reaches: (n: number) =>
      n >= 1000 ? '1.000 oder mehr offene Befunde' : plural(n, 'offener Befund', 'offene Befunde'),
    reachesNothing: 'betrifft nichts bei uns',
    pages: { profile: 'Ihr Profil', people: 'Personen', teams: 'Teams', audit: 'Protokoll' },
    groups: {
      recent: 'Zuletzt geöffnet',
      pages: 'Seiten',
      products: 'Produkte',
      releases: 'Releases',
      components: 'Komponenten',
      vulnerabilities: 'Schwachstellen',
      reports: 'Bedrohungsberichte',
      people: 'Personen',
    },
  },
} as const;
