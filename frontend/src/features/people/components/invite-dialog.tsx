import { Button, Group, Modal, MultiSelect, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { SecretOnce } from '../../../components/ui/secret-once';
import { useFocusGivenBack } from '../../../lib/focus';
import { type Role, roles } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { byField } from '../../../lib/problem';
import { useInvite } from '../api/people';
import { NoSeat, wantsSeat } from './seats';

const choices = roles.map((value) => ({ value, label: `${a.roles[value]}: ${a.roleHelp[value]}` }));

/** Invites someone and shows the link once. */
export function InviteDialog({
  teams,
  onClose,
}: {
  teams: { value: string; label: string }[];
  onClose: () => void;
}) {
  useFocusGivenBack();
  const [mail, setMail] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [joins, setJoins] = useState<string[]>([]);
  const invite = useInvite();
  const fault = byField(invite.error, ['mail', 'role'] as const);
  const made = invite.data;
  return (
    <Modal
      opened
      onClose={onClose}
      title={a.invitations.inviteTitle}
      closeButtonProps={{ 'aria-label': m.common.close }}
      closeOnClickOutside={!made}
    >
      {made ? (
        <Stack gap="sm">
          <Text size="sm">{a.invitations.handOver}</Text>
          {made.sent && <Text size="sm">{a.invitations.sent}</Text>}
          <SecretOnce label={a.invitations.link} value={made.link ?? ''} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{a.tokens.done}</Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(e) => {
            e.preventDefault();
            invite.mutate({ mail, role, team_ids: joins.map(Number) });
          }}
        >
          <Stack gap="sm">
            {fault.rest && (wantsSeat(invite.error) ? <NoSeat /> : <ProblemAlert error={invite.error} />)}
            <TextInput
              label={a.fields.mail}
              type="email"
              required
              data-autofocus
              value={mail}
              onChange={(e) => setMail(e.currentTarget.value)}
              error={fault.of.mail}
            />
            <Select
              label={a.fields.role}
              data={choices}
              value={role}
              allowDeselect={false}
              onChange={(v) => v && setRole(v as Role)}
              error={fault.of.role}
            />
            {teams.length > 0 && (
              <MultiSelect label={a.fields.teams} data={teams} value={joins} onChange={setJoins} searchable />
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {m.common.cancel}
              </Button>
              <Button type="submit" loading={invite.isPending}>
                {a.invitations.send}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
