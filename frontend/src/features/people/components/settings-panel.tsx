import { Button, Group, Stack, Switch, Textarea, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { notYet } from '../../../components/ui/states';
import { m } from '../../../lib/messages';
import { a } from '../../../lib/messages-account';
import { byField } from '../../../lib/problem';
import { type Settings, settingsQuery, useSaveSettings } from '../api/people';

/** How people get in. */
export function SettingsPanel() {
  const query = useQuery(settingsQuery);
  return (
    <section className="tw-panel" aria-label={a.settings.title}>
      <Stack gap="sm" p="md" maw={520}>
        <Title order={2} size="h4">
          {a.settings.title}
        </Title>
        {query.data ? <SettingsForm settings={query.data} /> : notYet(query, 2)}
      </Stack>
    </section>
  );
}

function SettingsForm({ settings }: { settings: Settings }) {
  const [domains, setDomains] = useState(settings.registration_domains.join('\n'));
  const [second, setSecond] = useState(settings.require_second_factor);
  const save = useSaveSettings();
  const fault = byField(save.error, ['registration_domains'] as const);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate(
          { registration_domains: domains.split(/[\s,]+/).filter(Boolean), require_second_factor: second },
          { onSuccess: () => notifications.show({ message: m.common.saved }) },
        );
      }}
    >
      <Stack gap="sm">
        {fault.rest && <ProblemAlert error={save.error} />}
        <Textarea
          label={a.settings.domains}
          description={a.settings.domainsHelp}
          autosize
          minRows={2}
          value={domains}
          onChange={(e) => setDomains(e.currentTarget.value)}
          error={fault.of.registration_domains}
        />
        <Switch
          label={a.settings.second}
          description={a.settings.secondHelp}
          checked={second}
          onChange={(e) => setSecond(e.currentTarget.checked)}
        />
        <Group justify="flex-end">
          <Button type="submit" variant="default" loading={save.isPending}>
            {m.common.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
