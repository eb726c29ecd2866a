import { Button, Checkbox, Group, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ProblemAlert } from '../../../components/ui/problem';
import { m } from '../../../lib/messages';
import { byField } from '../../../lib/problem';
import { type Chosen, type Decision, reachQuery, useAssess } from '../api/assessments';

const t = m.decision;
const fields = ['status', 'justification', 'scope', 'note', 'expires_at', 'action'] as const;

const options = <T extends string>(words: Record<T, string>) =>
  Object.entries<string>(words).map(([value, label]) => ({ value, label }));

/** Asks for a decision on findings and says, before it is saved, how many it reaches. */
export function DecisionForm({
  chosen,
  from,
  close,
}: {
  chosen: Chosen;
  /** What was decided before, as a start. */
  from?: Partial<Decision> | undefined;
  close: () => void;
}) {
  const [d, setD] = useState<Partial<Decision> & Pick<Decision, 'scope'>>({ scope: 'product', ...from });
  const set = (part: Partial<Decision>) => setD((old) => ({ ...old, ...part }));
  const assess = useAssess(chosen);
  const reach = useQuery({
    ...reachQuery(chosen, d.scope, d.every_version ?? false),
    placeholderData: keepPreviousData,
  });
  const fault = byField(assess.error, fields);
  const reason = d.status === 'not_affected' ? d.justification : undefined;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (!d.status) return;
        const { justification: _, expires_at, ...rest } = d;
        assess.mutate(
          {
            ...rest,
            status: d.status,
            ...(reason ? { justification: reason } : {}),
            ...(expires_at ? { expires_at: new Date(`${expires_at}T23:59:59`).toISOString() } : {}),
          },
          {
            onSuccess: (done) => {
              notifications.show({ message: t.saved(done.findings) });
              close();
            },
          },
        );
      }}
    >
      <Stack gap="sm">
        {fault.rest && <ProblemAlert error={assess.error} />}
        <Group gap="sm" align="flex-start" grow preventGrowOverflow={false}>
          <Select
            label={t.status}
            data={options(t.statuses)}
            value={d.status ?? null}
            onChange={(v) => set({ status: (v ?? undefined) as Decision['status'] })}
            required
            withAsterisk={false}
            allowDeselect={false}
            data-autofocus
            miw={180}
            error={fault.of.status}
          />
          {d.status === 'not_affected' && (
            <Select
              label={t.justification}
              placeholder={t.justificationHint}
              data={options(t.justifications)}
              value={d.justification ?? null}
              onChange={(v) => set({ justification: (v ?? undefined) as Decision['justification'] })}
              required
              withAsterisk={false}
              miw={240}
              error={fault.of.justification}
            />
          )}
        </Group>
        {d.status === 'affected' && (
          <TextInput
            label={t.action}
            value={d.action ?? ''}
            onChange={(e) => set({ action: e.currentTarget.value })}
            error={fault.of.action}
          />
        )}
        <Group gap="sm" align="flex-end" grow preventGrowOverflow={false}>
          <Select
            label={t.scope}
            data={options(t.scopes)}
            value={d.scope}
            onChange={(v) => v && set({ scope: v as Decision['scope'] })}
            allowDeselect={false}
            miw={160}
            error={fault.of.scope}
          />
          <TextInput
            type="date"
            label={t.expires}
            value={d.expires_at ?? ''}
            onChange={(e) => set({ expires_at: e.currentTarget.value || undefined })}
            miw={160}
            error={fault.of.expires_at}
          />
        </Group>
        <Checkbox
          label={t.everyVersion}
          checked={d.every_version ?? false}
          onChange={(e) => set({ every_version: e.currentTarget.checked })}
        />
        <Textarea
          label={t.note}
          placeholder={t.noteHint}
          value={d.note ?? ''}
          onChange={(e) => set({ note: e.currentTarget.value })}
          autosize
          minRows={2}
          maxRows={8}
          error={fault.of.note}
        />
        <Text size="sm" role="status" aria-busy={reach.isFetching}>
          {reach.data ? t.reach(reach.data.findings, reach.data.products) : t.counting}
        </Text>
        {reach.error && <ProblemAlert error={reach.error} />}
        <Group gap="sm">
          <Button
            type="submit"
            loading={assess.isPending}
            disabled={!d.status || (d.status === 'not_affected' && !reason)}
          >
            {t.save}
          </Button>
          <Button variant="default" onClick={close}>
            {t.cancel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
