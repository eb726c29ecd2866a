import { type FindingsView, parseFindingsView } from '../features/findings/search';
import { given, oneOf, type Raw } from '../lib/search';

export const tabs = ['findings', 'check', 'uncovered', 'components', 'upgrades', 'sboms'] as const;
export type Tab = (typeof tabs)[number];

/** A release's page in the URL: the tab (left out: findings) and the view of the findings. */
export interface ReleaseView extends FindingsView {
  tab?: Tab | undefined;
}

export function parseReleaseView(raw: Raw): ReleaseView {
  const tab = oneOf(raw, 'tab', tabs);
  return given({ ...parseFindingsView(raw), tab: tab === 'findings' ? undefined : tab });
}
