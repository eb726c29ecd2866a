import { Button, Group, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { Confirm } from '../../../components/ui/confirm';
import { ProblemAlert } from '../../../components/ui/problem';
import { Ago } from '../../../components/ui/time';
import { useMay } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { byField } from '../../../lib/problem';
import { type Feed, useDropKey, useSetKey } from '../api/feeds';

const t = m.feedKey;

/** A feed's API key: what may be known of it, and for admins a way to set, replace and remove it. */
export function KeyPanel({ feed: f }: { feed: Feed }) {
  const manages = useMay('admin');
  const k = f.key;
  return (
    <Stack component="section" className="tw-panel" p="md" gap="sm" aria-label={t.title}>
      <Title order={2}>{t.title}</Title>
      {k.taken ? (
        <>
          <Text size="sm">
            {t.from[k.from]} {k.from === 'none' && k.without_key}
          </Text>
          {k.from !== 'none' && <KeyFacts feed={f} />}
          {manages ? (
            <KeyForm feed={f} />
          ) : (
            <Text size="sm" c="dimmed">
              {m.feeds.adminOnly}
            </Text>
          )}
        </>
      ) : (
        <Text size="sm">{t.takesNone}</Text>
      )}
    </Stack>
  );
}

function KeyFacts({ feed: { key: k } }: { feed: Feed }) {
  return (
    <Group gap="lg" fz="sm">
      <span>
        {t.hint}: <span className="tw-mono">{k.hint}</span>
      </span>
      {k.updated_at && (
        <span>
          {t.updated}: <Ago at={k.updated_at} />
        </span>
      )}
      {k.from === 'entered' && (
        <span>
          {t.tested}: {k.tested_at ? <Ago at={k.tested_at} /> : t.untested}
        </span>
      )}
    </Group>
  );
}

function KeyForm({ feed: f }: { feed: Feed }) {
  const [typed, setTyped] = useState('');
  const [removing, dialog] = useDisclosure(false);
  const set = useSetKey(f.feed);
  const drop = useDropKey(f.feed);
  const fault = byField(set.error, ['key'] as const);
  const held = f.key.from === 'entered';
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        set.mutate(typed, {
          onSuccess: () => {
            setTyped('');
            notifications.show({ message: t.saved(f.title) });
          },
        });
      }}
    >
      <Stack gap="sm" maw={520}>
        {fault.rest && <ProblemAlert error={set.error} />}
        <PasswordInput
          label={t.field}
          description={t.fieldHelp}
          required
          withAsterisk={false}
          autoComplete="off"
          value={typed}
          onChange={(e) => setTyped(e.currentTarget.value)}
          error={fault.of.key}
        />
        <Group gap="sm">
          <Button type="submit" loading={set.isPending}>
            {held ? t.replace : t.save}
          </Button>
          {held && (
            <Button variant="default" onClick={dialog.open}>
              {t.remove}
            </Button>
          )}
        </Group>
      </Stack>
      {removing && (
        <Confirm
          title={t.removeTitle(f.title)}
          help={t.removeHelp}
          action={t.remove}
          error={drop.error}
          busy={drop.isPending}
          onClose={dialog.close}
          onConfirm={() =>
            drop.mutate(undefined, {
              onSuccess: () => {
                dialog.close();
                notifications.show({ message: t.removed(f.title) });
              },
            })
          }
        />
      )}
    </form>
  );
}
