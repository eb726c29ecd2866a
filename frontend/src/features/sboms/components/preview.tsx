import { Badge, Group, Stack, Text } from '@mantine/core';
import { Figure } from '../../../components/ui/page';
import { m } from '../../../lib/messages';
import { count } from '../../../lib/numbers';
import type { Preview } from '../api/upload';
import { QualityChecks } from './quality';
import { Warnings } from './warnings';

/** What a document holds and what storing it would change. Nothing is stored yet. */
export function PreviewFigures({ preview }: { preview: Preview }) {
  const { sbom, components, difference } = preview;
  return (
    <Stack gap="md">
      <Group gap="sm">
        <Badge variant="light" size="md">
          {m.sboms.formats[sbom.format] ?? sbom.format} {sbom.spec_version} {sbom.encoding}
        </Badge>
        {sbom.subject_name && (
          <Text size="sm" className="tw-wrap">
            {m.sboms.describes} <b>{sbom.subject_name}</b> {sbom.subject_version}
          </Text>
        )}
      </Group>
      <Group gap={36}>
        <Figure label={m.sboms.components}>{count(components.total)}</Figure>
        {difference && (
          <>
            <Figure label={m.sboms.added}>
              <span style={{ color: 'var(--tw-good)' }}>+{count(difference.added)}</span>
            </Figure>
            <Figure label={m.sboms.removed}>
              <span style={{ color: 'var(--tw-critical)' }}>−{count(difference.removed)}</span>
            </Figure>
            <Figure label={m.sboms.same}>{count(difference.unchanged)}</Figure>
            <Text size="xs" c="dimmed">
              {m.sboms.against}
            </Text>
          </>
        )}
      </Group>
      <Group gap={6}>
        {components.by_ecosystem.slice(0, 10).map((e) => (
          <Badge key={e.ecosystem} variant="default">
            {e.ecosystem || m.sboms.noEcosystem} {count(e.count)}
          </Badge>
        ))}
      </Group>
      <QualityChecks quality={preview.quality} />
      <Warnings total={sbom.warning_count} warnings={preview.warnings} />
    </Stack>
  );
}
