import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { notYet } from '../../components/ui/states';
import { Profile } from '../../features/account/components/profile';
import type { AuditView } from '../../features/audit/api/audit';
import { AuditList } from '../../features/audit/components/audit-list';
import { PeopleList } from '../../features/people/components/people-list';
import { useTeamChoices } from '../../features/teams/api/teams';
import { TeamList } from '../../features/teams/components/team-list';
import { meQuery } from '../../lib/me';
import { a } from '../../lib/messages-account';
import { useTitle } from '../../lib/title';

export function ProfilePage() {
  useTitle(a.profile.title);
  const me = useQuery(meQuery);
  const { failure } = useSearch({ strict: false }) as { failure?: string };
  return me.data ? <Profile me={me.data} failure={failure} /> : notYet(me);
}

export function PeoplePage() {
  useTitle(a.people.title);
  const me = useQuery(meQuery).data;
  const teams = useTeamChoices();
  return <PeopleList self={me?.id ?? 0} teams={teams} />;
}

export function TeamsPage() {
  useTitle(a.teams.title);
  return <TeamList />;
}

export function AuditPage() {
  useTitle(a.audit.title);
  const view = useSearch({ strict: false }) as AuditView;
  const navigate = useNavigate();
  return (
    <AuditList
      view={view}
      change={(search) => void navigate({ to: '/audit', search, replace: true, resetScroll: false })}
    />
  );
}
