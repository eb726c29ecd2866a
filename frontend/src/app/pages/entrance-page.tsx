import { Alert, Anchor, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ProblemAlert } from '../../components/ui/problem';
import { notYet } from '../../components/ui/states';
import { invitationQuery, welcomeQuery } from '../../features/account/api/entrance';
import { tellSignedOn } from '../../features/account/api/sign-on';
import { Entrance } from '../../features/account/components/entrance';
import { Enter, ForgotForm, ResetForm, Verify } from '../../features/account/components/link-forms';
import { RegisterForm } from '../../features/account/components/register-form';
import { SignInForm } from '../../features/account/components/sign-in-form';
import { SignOnButton, SignOnFailure } from '../../features/account/components/sign-on';
import { f } from '../../lib/messages';
import { a } from '../../lib/messages-account';
import { returnAddress, takeSecret, takeStep } from '../../lib/return-address';
import { useTitle } from '../../lib/title';

/** Goes on to where the person wanted to be. */
function useOnwards() {
  const navigate = useNavigate();
  const { to } = useSearch({ strict: false }) as { to?: string };
  return () => void navigate({ href: returnAddress(to), replace: true });
}

export function SignInPage() {
  useTitle(a.signIn.title);
  const welcome = useQuery(welcomeQuery);
  const onwards = useOnwards();
  const navigate = useNavigate();
  const { to, failure } = useSearch({ strict: false }) as { to?: string; failure?: string };
  const [half] = useState(takeStep);
  if (!welcome.data) return <Entrance title={a.signIn.title}>{notYet(welcome, 2)}</Entrance>;
  if (welcome.data.registration === 'first') {
    return (
      <Entrance title={a.register.first} help={a.register.firstHelp}>
        <SignOnFailure failure={failure} />
        <RegisterForm onDone={() => void navigate({ to: '/welcome', replace: true })} />
        <SignOnButton to={returnAddress(to)} />
      </Entrance>
    );
  }
  return (
    <Entrance title={a.signIn.title}>
      <SignOnFailure failure={failure} />
      <SignInForm halfway={half} onDone={onwards} />
      <SignOnButton to={returnAddress(to)} />
      <Stack gap={4} align="center">
        <Anchor component={Link} to="/forgot" size="sm">
          {a.signIn.forgot}
        </Anchor>
        {welcome.data.registration === 'domain' && (
          <Anchor component={Link} to="/register" size="sm">
            {a.signIn.register}
          </Anchor>
        )}
      </Stack>
    </Entrance>
  );
}

function Back() {
  return (
    <Anchor component={Link} to="/sign-in" size="sm" ta="center">
      {a.signIn.back}
    </Anchor>
  );
}

export function RegisterPage() {
  useTitle(a.register.title);
  const welcome = useQuery(welcomeQuery);
  const onwards = useOnwards();
  const closed = welcome.data?.registration === 'invitation';
  return (
    <Entrance title={a.register.title} help={closed ? a.register.closed : a.register.domainHelp}>
      {welcome.data ? !closed && <RegisterForm onDone={onwards} /> : notYet(welcome, 2)}
      <Back />
    </Entrance>
  );
}

export function JoinPage() {
  useTitle(a.register.title);
  const [secret] = useState(takeSecret);
  const invitation = useQuery({ ...invitationQuery(secret), enabled: secret !== '' });
  const onwards = useOnwards();
  const held = invitation.data;
  return (
    <Entrance title={a.register.title} help={held && a.register.joinHelp(held.mail, held.role)}>
      {!secret && <Alert>{a.links.none}</Alert>}
      {invitation.error && <ProblemAlert error={invitation.error} />}
      {held && <RegisterForm invitation={secret} mail={held.mail} onDone={onwards} />}
      <Back />
    </Entrance>
  );
}

export function ForgotPage() {
  useTitle(a.links.forgot);
  const welcome = useQuery(welcomeQuery);
  const mails = welcome.data?.mail !== false;
  return (
    <Entrance title={a.links.forgot} help={mails ? a.links.forgotHelp : a.links.noMail}>
      {mails && <ForgotForm />}
      <Back />
    </Entrance>
  );
}

export function ResetPage() {
  useTitle(a.links.reset);
  const [secret] = useState(takeSecret);
  return (
    <Entrance title={a.links.reset}>
      {secret ? <ResetForm secret={secret} /> : <Alert>{a.links.none}</Alert>}
      <Back />
    </Entrance>
  );
}

export function EnterPage() {
  useTitle(a.links.enter);
  const [secret] = useState(takeSecret);
  const onwards = useOnwards();
  return (
    <Entrance title={a.links.enter}>
      <Enter secret={secret} onDone={onwards} />
      <Back />
    </Entrance>
  );
}

export function VerifyPage() {
  useTitle(a.links.verify);
  const [secret] = useState(takeSecret);
  return (
    <Entrance title={a.links.verify}>
      <Verify secret={secret} />
      <Back />
    </Entrance>
  );
}

/** Where a window beside the page ends: it tells the page, and goes. */
export function SignedOnPage() {
  useTitle(f.signOn.ending);
  const { failure } = useSearch({ strict: false }) as { failure?: string };
  useEffect(() => {
    tellSignedOn(failure);
    window.close(); // some browsers leave it open
  }, [failure]);
  return (
    <Entrance title={f.signOn.ending}>
      {failure ? <SignOnFailure failure={failure} /> : <Alert role="status">{f.signOn.done}</Alert>}
    </Entrance>
  );
}
