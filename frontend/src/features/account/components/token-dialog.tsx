import { Button, Checkbox, Group, Modal, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { SecretOnce } from '../../../components/ui/secret-once';
import { useFocusGivenBack } from '../../../lib/focus';
import { m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { byField } from '../../../lib/problem';
import { type Token, useCreateToken } from '../api/profile';

type Scope = NonNullable<Token['scopes']>[number];
const scopes = Object.entries(a.tokens.scopeNames) as [Scope, string][];

/** Makes a token and shows it once. */
export function TokenDialog({ onClose }: { onClose: () => void }) {
  useFocusGivenBack();
  const [name, setName] = useState('');
  const [may, setMay] = useState<string[]>(['upload', 'read']);
  const [days, setDays] = useState(90);
  const create = useCreateToken();
  const fault = byField(create.error, ['name', 'scopes', 'expires_in_days'] as const);
  return (
    <Modal
      opened
      onClose={onClose}
      title={create.data ? a.tokens.made : a.tokens.create}
      closeButtonProps={{ 'aria-label': m.common.close }}
      closeOnClickOutside={!create.data}
    >
      {create.data ? (
        <Stack gap="sm">
          <Text size="sm">{a.tokens.madeHelp}</Text>
          <SecretOnce label={create.data.name} value={create.data.secret ?? ''} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{a.tokens.done}</Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(e) => {
            e.preventDefault();
            create.mutate({ name, scopes: may as Scope[], expires_in_days: days });
          }}
        >
          <Stack gap="sm">
            {fault.rest && <ProblemAlert error={create.error} />}
            <TextInput
              label={a.tokens.name}
              required
              maxLength={100}
              data-autofocus
              value={name}
              onChange={(e) => setName(e.currentTarget.value)}
              error={fault.of.name}
            />
            <Checkbox.Group label={a.tokens.scopes} value={may} onChange={setMay} error={fault.of.scopes}>
              <Stack gap={6} mt={6}>
                {scopes.map(([value, label]) => (
                  <Checkbox key={value} value={value} label={label} />
                ))}
              </Stack>
            </Checkbox.Group>
            <NumberInput
              label={a.tokens.days}
              min={1}
              max={366}
              value={days}
              onChange={(v) => setDays(Number(v))}
              error={fault.of.expires_in_days}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {m.common.cancel}
              </Button>
              <Button type="submit" loading={create.isPending}>
                {m.common.create}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
