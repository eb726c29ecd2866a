import { Box, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Navigate, Outlet, useLocation } from '@tanstack/react-router';
import { ProblemAlert } from '../components/ui/problem';
import { ProveAgain } from '../features/account/components/prove-again';
import { SignInAgain } from '../features/account/components/sign-in-again';
import { meQuery } from '../lib/me';
import { asProblem } from '../lib/problem';
import { session } from '../lib/session';
import { LanguageMenu } from './language-menu';
import { Shell } from './shell';
import { ThemeMenu } from './theme-menu';

/** Pages for people who are not signed in. */
const entrances = ['/sign-in', '/signed-on', '/register', '/join', '/forgot', '/reset', '/enter', '/verify'];

/** Lets in whoever is signed in and leads everyone else to the sign-in, and back afterwards. */
export function Root() {
  const path = useLocation({ select: (l) => l.pathname });
  return entrances.includes(path) ? <Doorway /> : <Guarded />;
}

function Doorway() {
  return (
    <>
      <Group component="header" justify="flex-end" gap={2} p="xs" pos="absolute" right={0}>
        <LanguageMenu />
        <ThemeMenu />
      </Group>
      <Outlet />
    </>
  );
}

function Guarded() {
  const me = useQuery(meQuery);
  const here = useLocation({ select: (l) => l.href });
  // Someone who was here keeps the page, with what they typed, and signs in on top of it.
  if (me.data?.set_up_second_factor && here !== '/profile') return <Navigate to="/profile" replace />;
  if (me.data) {
    return (
      <>
        <Shell me={me.data} />
        <ProveAgain me={me.data} />
        <SignInAgain mail={me.data.mail} />
      </>
    );
  }
  if (!me.isError) return <Box role="status" aria-busy />;
  if (asProblem(me.error).status === 401) {
    session.found(); // nobody was here, so nothing is lost
    return <Navigate to="/sign-in" search={{ to: here }} replace />;
  }
  return (
    <Box maw={640} mx="auto" p="lg" component="main">
      <ProblemAlert error={me.error} retry={() => me.refetch()} />
    </Box>
  );
}
