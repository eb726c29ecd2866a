import { Button, Group, MultiSelect, Radio, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { type ProductAccess, useSetProductAccess, useTeamChoices } from '../api/teams';

type TeamRole = NonNullable<ProductAccess['teams'][number]['role']>;

const roleChoices = [
  { value: '', label: a.access.ownRole },
  ...(['viewer', 'contributor', 'analyst'] as const).map((value) => ({
    value: value as string,
    label: a.roles[value],
  })),
];

/** Sets who can see a product. */
export function AccessForm({ productId, now }: { productId: number; now: ProductAccess }) {
  const [restricted, setRestricted] = useState(now.restricted);
  const [given, setGiven] = useState<Map<string, string>>(
    () => new Map(now.teams.map((t) => [String(t.id), t.role ?? ''])),
  );
  const choices = useTeamChoices();
  const save = useSetProductAccess(productId);
  const nameOf = (id: string) => choices.find((c) => c.value === id)?.label ?? id;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate({
          restricted,
          teams: [...given].map(([id, role]) => ({
            id: Number(id),
            ...(role ? { role: role as TeamRole } : {}),
          })),
        });
      }}
    >
      <Stack gap="sm">
        {save.error && <ProblemAlert error={save.error} />}
        <Radio.Group
          aria-label={a.access.title}
          value={restricted ? 'teams' : 'all'}
          onChange={(v) => setRestricted(v === 'teams')}
        >
          <Stack gap={6}>
            <Radio value="all" label={a.access.open} />
            <Radio value="teams" label={a.access.restricted} />
          </Stack>
        </Radio.Group>
        <MultiSelect
          label={a.access.teams}
          data={choices}
          value={[...given.keys()]}
          onChange={(ids) => setGiven(new Map(ids.map((id) => [id, given.get(id) ?? ''])))}
          searchable
        />
        {[...given].map(([id, role]) => (
          <Group key={id} justify="space-between" wrap="nowrap">
            <Text size="sm" className="tw-wrap">
              {nameOf(id)}
            </Text>
            <Select
              aria-label={a.people.roleOf(nameOf(id))}
              size="xs"
              w={170}
              data={roleChoices}
              value={role}
              allowDeselect={false}
              onChange={(v) => setGiven(new Map(given).set(id, v ?? ''))}
            />
          </Group>
        ))}
        <Group justify="flex-end">
          <Button type="submit" size="xs" loading={save.isPending}>
            {m.common.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
