import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Confirm } from '../../../components/ui/confirm';
import { ProblemAlert } from '../../../components/ui/problem';
import { notYet } from '../../../components/ui/states';
import { f } from '../../../lib/messages';
import { day } from '../../../lib/times';
import { codesQuery, useBeginCodes, useRemoveCodes, useRenewRecovery } from '../api/factors';
import { EnrolCodes } from './enrol-codes';
import { RecoveryCodes } from './recovery-codes';

/** From how few recovery codes on more should be made. */
const few = 3;

/** One's authenticator app: set up, moved, removed. */
export function CodesPanel({ needed }: { needed: boolean }) {
  const query = useQuery(codesQuery);
  const begin = useBeginCodes();
  const renew = useRenewRecovery();
  const remove = useRemoveCodes();
  const [recovery, setRecovery] = useState<string[]>();
  const [removing, setRemoving] = useState(false);
  const codes = query.data;
  const error = begin.error ?? renew.error;
  return (
    <section className="tw-panel" aria-label={f.codes.title}>
      <Stack gap="sm" p="md">
        <div>
          <Title order={2} size="h4">
            {f.codes.title}
          </Title>
          <Text size="sm" c="dimmed">
            {needed ? f.codes.needed : f.codes.help}
          </Text>
        </div>
        {error && <ProblemAlert error={error} />}
        {!codes && notYet(query, 1)}
        {codes?.since && (
          <Text size="sm">
            {f.codes.on(day(codes.since))} {f.codes.left(codes.recovery)}{' '}
            {codes.recovery <= few && f.codes.few}
          </Text>
        )}
        {codes && !codes.available && <Text size="sm">{f.codes.unavailable}</Text>}
        {begin.data && (
          <EnrolCodes
            key={begin.data.ceremony}
            made={begin.data}
            onCancel={begin.reset}
            onDone={(given) => {
              begin.reset();
              setRecovery(given);
            }}
          />
        )}
        {codes?.available && !begin.data && (
          <Group gap="xs">
            <Button
              variant={needed ? 'filled' : 'default'}
              loading={begin.isPending}
              onClick={() => begin.mutate()}
            >
              {codes.since ? f.codes.replace : f.codes.setUp}
            </Button>
            {codes.since && (
              <>
                <Button
                  variant="default"
                  loading={renew.isPending}
                  onClick={() =>
                    renew.mutate(undefined, { onSuccess: (made) => setRecovery(made.recovery_codes) })
                  }
                >
                  {f.codes.renew}
                </Button>
                <Button variant="default" onClick={() => setRemoving(true)}>
                  {f.codes.remove}
                </Button>
              </>
            )}
          </Group>
        )}
      </Stack>
      {recovery && <RecoveryCodes codes={recovery} onClose={() => setRecovery(undefined)} />}
      {removing && (
        <Confirm
          title={f.codes.removeTitle}
          help={f.codes.removeHelp}
          action={f.codes.remove}
          error={remove.error}
          busy={remove.isPending}
          onClose={() => setRemoving(false)}
          onConfirm={() =>
            remove.mutate(undefined, {
              onSuccess: () => {
                setRemoving(false);
                notifications.show({ message: f.codes.removed });
              },
            })
          }
        />
      )}
    </section>
  );
}
