import { count } from '../numbers';

const plural = (n: number, one: string, more: string) => `${count(n)} ${n === 1 ? one : more}`;

export const searchMessages = {
  search: {
    title: 'Search everything',
    button: 'Search',
    placeholder: 'Product, release, component, CVE, report …',
    results: 'Results',
    nothing: (q: string) => (q === '' ? '' : `Nothing is called “${q}”. Ids and parts of names find things.`),
    failed: 'The search did not work; type on to try again.',
    releases: (n: number) => plural(n, 'release', 'releases'),
    versions: (n: number) => plural(n, 'version', 'versions'),
    reaches: (n: number) =>
      n >= 1000 ? '1,000 or more open findings' : plural(n, 'open finding', 'open findings'),
    reachesNothing: 'reaches nothing of ours',
    pages: { profile: 'Your profile', people: 'People', teams: 'Teams', audit: 'Record of changes' },
    groups: {
      recent: 'Opened lately',
      pages: 'Pages',
      products: 'Products',
      releases: 'Releases',
      components: 'Components',
      vulnerabilities: 'Vulnerabilities',
      reports: 'Threat reports',
      people: 'People',
    },
  },
} as const;
