import { Alert, Button, Group, Kbd, Stack, Text, Title } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMay } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { assessmentsQuery } from '../api/assessments';
import type { FindingDetail } from '../api/findings';
import { AssessmentList } from './assessment-list';
import { DecisionForm } from './decision-form';
import { StatusBadge } from './status-badge';

const t = m.decision;

/** What was decided on a finding, why it is to be looked at again, and a way to decide; a opens it. */
export function DecisionPanel({ f }: { f: FindingDetail }) {
  const list = useQuery(assessmentsQuery(f.id)).data?.items ?? [];
  const [open, form] = useDisclosure(false);
  const decides = useMay('analyst');
  useHotkeys([['a', () => decides && form.open()]]);
  const held = list.find((a) => a.standing === 'effective');
  const start = held && {
    status: held.status,
    justification: held.justification as never,
    scope: held.scope,
    every_version: !held.version,
    note: held.note,
    action: held.action,
  };
  return (
    <Stack component="section" className="tw-panel" p="sm" gap="sm" aria-label={t.title}>
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={3}>{t.title}</Title>
          <StatusBadge f={f} />
        </Group>
        {decides && !open && (
          <Button size="compact-sm" variant={held ? 'default' : 'filled'} onClick={form.open}>
            {held ? t.again : t.decide}
            <Kbd ml={6} size="xs" visibleFrom="sm" aria-hidden>
              a
            </Kbd>
          </Button>
        )}
      </Group>
      {f.review.length > 0 && (
        <Alert color="yellow" title={t.review}>
          {f.review.map((r) => t.reviews[r] ?? r).join(' ')}
        </Alert>
      )}
      {!held && !open && (
        <Text size="sm" c="dimmed">
          {t.none}
        </Text>
      )}
      {open && <DecisionForm chosen={{ finding_ids: [f.id] }} from={start || undefined} close={form.close} />}
      <AssessmentList finding={f.id} list={list} />
    </Stack>
  );
}
