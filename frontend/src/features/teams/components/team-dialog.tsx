import { Button, Group, Modal, MultiSelect, Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { useFocusGivenBack } from '../../../lib/focus';
import { m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { byField } from '../../../lib/problem';
import { memberChoicesQuery, type Team, useSaveTeam } from '../api/teams';

/** Makes a team, or changes one. */
export function TeamDialog({ team, onClose }: { team?: Team; onClose: () => void }) {
  useFocusGivenBack();
  const [name, setName] = useState(team?.name ?? '');
  const [description, setDescription] = useState(team?.description ?? '');
  const [members, setMembers] = useState(team?.members.map((x) => String(x.id)) ?? []);
  const people = useQuery(memberChoicesQuery).data?.items ?? [];
  const save = useSaveTeam(team?.id);
  const fault = byField(save.error, ['name'] as const);
  const choices = new Map(
    [...(team?.members ?? []), ...people].map((p) => [
      String(p.id),
      { value: String(p.id), label: `${p.name} (${p.mail})` },
    ]),
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={team ? a.teams.edit : a.teams.create}
      closeButtonProps={{ 'aria-label': m.common.close }}
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate({ name, description, member_ids: members.map(Number) }, { onSuccess: onClose });
        }}
      >
        <Stack gap="sm">
          {fault.rest && <ProblemAlert error={save.error} />}
          <TextInput
            label={a.teams.name}
            required
            maxLength={100}
            data-autofocus
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            error={fault.of.name}
          />
          <Textarea
            label={a.teams.description}
            autosize
            value={description}
            onChange={(e) => setDescription(e.currentTarget.value)}
          />
          <MultiSelect
            label={a.teams.members}
            data={[...choices.values()]}
            value={members}
            onChange={setMembers}
            searchable
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {m.common.cancel}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {m.common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
