import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { Confirm } from '../../../components/ui/confirm';
import { Ago } from '../../../components/ui/time';
import { useMay } from '../../../lib/me';
import { m } from '../../../lib/messages';
import { type Assessment, useWithdraw } from '../api/assessments';

const t = m.decision;

/** All decisions that concern a finding, the newest first; each says whether it holds, and who made and ended it. */
export function AssessmentList({ finding, list }: { finding: number; list: Assessment[] }) {
  const decides = useMay('analyst');
  const [removing, setRemoving] = useState<number>();
  const withdraw = useWithdraw(finding);
  return (
    <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: 'none' }}>
      {list.map((a) => (
        <Stack component="li" key={a.id} gap={2} className="tw-wrap">
          <Group gap="xs">
            <Text size="sm" fw={600} component="span">
              {t.statuses[a.status]}
            </Text>
            <Badge variant={a.standing === 'effective' ? 'filled' : 'default'}>
              {t.standings[a.standing]}
            </Badge>
            {decides && !a.ended_at && (
              <Button size="compact-xs" variant="subtle" onClick={() => setRemoving(a.id)}>
                {t.withdraw}
              </Button>
            )}
          </Group>
          {a.justification && <Text size="sm">{t.justifications[a.justification]}.</Text>}
          {a.action && <Text size="sm">{a.action}</Text>}
          {a.note && (
            <Text size="sm" style={{ whiteSpace: 'pre-wrap' }}>
              {a.note}
            </Text>
          )}
          <Text size="xs" c="dimmed" component="div">
            {a.vulnerability}, {a.package} {a.version ?? ''} {m.evidence.in}{' '}
            {a.scope === 'everywhere' ? t.scopes.everywhere.toLowerCase() : a.product_name}{' '}
            {a.release_version} {t.by} {a.author}, <Ago at={a.created_at} />
            {a.expires_at && !a.ended_at && (
              <>
                , {t.until} <Ago at={a.expires_at} />
              </>
            )}
            {a.ended_at && (
              <>
                ; {t.standings[a.standing]} {a.ended_by && `${t.by} ${a.ended_by}`} <Ago at={a.ended_at} />
              </>
            )}
          </Text>
        </Stack>
      ))}
      {removing !== undefined && (
        <Confirm
          title={t.withdrawTitle}
          help={t.withdrawHelp}
          action={t.withdraw}
          error={withdraw.error}
          busy={withdraw.isPending}
          onClose={() => setRemoving(undefined)}
          onConfirm={() =>
            withdraw.mutate(removing, {
              onSuccess: () => {
                setRemoving(undefined);
                notifications.show({ message: t.withdrawn });
              },
            })
          }
        />
      )}
    </Stack>
  );
}
