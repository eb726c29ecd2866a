import { count } from '../numbers';

const some = (n: number, one: string, many: string) => `${count(n)} ${n === 1 ? one : many}`;

export const homeMessages = {
  home: {
    title: 'Home',
    opened: (n: number) => some(n, 'new finding', 'new findings'),
    resolved: (n: number) => `${count(n)} resolved`,
    since: 'since you last looked,',
    looked: 'Mark all as seen',
    fresh: 'New since you last looked',
    freshNone: 'Nothing new reaches you.',
    trend: 'Open findings over time',
    trendWords: (from: number, to: number, days: number) =>
      `Open findings by severity over ${days} days: from ${count(from)} to ${count(to)}`,
    span: 'How far back',
    days: (n: number) => `${n} days`,
    today: 'today',
    change: (n: number) => (n === 0 ? 'unchanged' : `${n > 0 ? '+' : '−'}${count(Math.abs(n))}`),
    exploited: 'Newest exploited that reach you',
    exploitedNone: 'Nothing on CISA’s list reaches an active release.',
    added: (day: string) => `(listed ${day})`,
    risk: 'Releases at risk',
    riskNone: 'No active release has exploited or critical findings.',
    riskWords: (kev: number, critical: number, fixable: number) =>
      `${count(kev)} exploited, ${count(critical)} critical, ${count(fixable)} with a fix`,
    reach: (findings: number, releases: number) =>
      `${some(findings, 'finding', 'findings')} in ${some(releases, 'release', 'releases')}`,
    reports: 'Threat reports that touch you',
    reportsNone: 'No threat report names what you ship.',
    feeds: 'Feeds',
    empty: 'Start with a product',
    emptyHelp:
      'A product is what you build or run. Give it a release and drop its SBOM there: within seconds you see which known vulnerabilities reach it, and from then on this page says each morning what changed.',
    emptyGo: 'Make the first product',
  },
} as const;
