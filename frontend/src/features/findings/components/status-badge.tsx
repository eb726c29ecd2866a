import { Badge, Group } from '@mantine/core';
import { m } from '../../../lib/messages';
import type { Finding } from '../api/findings';

const t = m.decision;

/** What was decided on a finding, and whether it is to be looked at again. Nothing where nobody decided. */
export function StatusBadge({ f }: { f: Pick<Finding, 'vex' | 'review'> }) {
  if (!f.vex) return null;
  return (
    <Group gap={4} component="span" display="inline-flex">
      <Badge variant="default">{t.statuses[f.vex]}</Badge>
      {f.review.length > 0 && (
        <Badge variant="outline" color="var(--tw-high)">
          {t.reviewChip}
        </Badge>
      )}
    </Group>
  );
}
