import { useQuery } from '@tanstack/react-query';
import { useFeeds } from '../../features/feeds/api/feeds';
import { MailView } from '../../features/mail/components/mail-view';
import { AllTokens } from '../../features/people/components/all-tokens';
import { SystemView } from '../../features/system/components/system-view';
import { FirstSteps } from '../../features/welcome/components/first-steps';
import { meQuery } from '../../lib/me';
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

export function MailPage() {
  useTitle(m.mail.title);
  const me = useQuery(meQuery).data;
  return <MailView address={me?.mail ?? ''} />;
}

export function WelcomePage() {
  useTitle(m.welcome.title);
  const feeds = useFeeds().query.data?.items;
  return <FirstSteps keyless={feeds?.filter((f) => f.state === 'needs_key').map((f) => f.title)} />;
}
