import { useFeeds } from '../../features/feeds/api/feeds';
import { AllTokens } from '../../features/people/components/all-tokens';
import { SystemView } from '../../features/system/components/system-view';
import { FirstSteps } from '../../features/welcome/components/first-steps';
import { m } from '../../lib/messages';
import { useTitle } from '../../lib/title';

export function TokensPage() {
  useTitle(m.allTokens.title);
  return <AllTokens />;
}

export function SystemPage() {
  useTitle(m.system.title);
  return <SystemView />;
}

export function WelcomePage() {
  useTitle(m.welcome.title);
  const feeds = useFeeds().query.data?.items;
  return <FirstSteps keyless={feeds?.filter((f) => f.state === 'needs_key').map((f) => f.title)} />;
}
