import { Badge, Button, Code, Group, SimpleGrid, Spoiler, Stack, Text } from '@mantine/core';
import type { Schemas } from '../../lib/api/client';
import { count, plural } from '../../lib/format';

type Preview = Schemas['Preview'];

const formats: Record<string, string> = { cyclonedx: 'CycloneDX', spdx: 'SPDX' };

/** What a document holds and what storing it would change. Nothing is stored yet. */
export function PreviewPanel({
  preview,
  busy,
  onStore,
  onCancel,
}: {
  preview: Preview;
  busy: boolean;
  onStore: () => void;
  onCancel: () => void;
}) {
  const { sbom, components, difference } = preview;
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Badge radius="sm" variant="light">
          {formats[sbom.format] ?? sbom.format} {sbom.spec_version} {sbom.encoding}
        </Badge>
        {sbom.subject_name && (
          <Text size="sm">
            describes <b>{sbom.subject_name}</b> {sbom.subject_version}
          </Text>
        )}
      </Group>
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
        <Figure label="components" value={components.total} />
        {difference && <Figure label="added" value={difference.added} />}
        {difference && <Figure label="removed" value={difference.removed} />}
        {difference && <Figure label="unchanged" value={difference.unchanged} />}
      </SimpleGrid>
      <Group gap={6}>
        {components.by_ecosystem.slice(0, 8).map((e) => (
          <Badge key={e.ecosystem} variant="default" radius="sm" tt="none">
            {e.ecosystem || 'no ecosystem'} {count(e.count)}
          </Badge>
        ))}
      </Group>
      <QualityChecks quality={preview.quality} />
      {preview.warnings.length > 0 && (
        <Spoiler maxHeight={88} showLabel="Show all" hideLabel="Show fewer">
          <Text size="sm" fw={600}>
            {plural(sbom.warning_count, 'warning')}
          </Text>
          {preview.warnings.map((w) => (
            <Text size="sm" key={`${w.path} ${w.message}`}>
              <Code>{w.path}</Code> {w.message}
            </Text>
          ))}
        </Spoiler>
      )}
      <Group gap="sm">
        <Button onClick={onStore} loading={busy}>
          Store and match
        </Button>
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
      </Group>
    </Stack>
  );
}

/** How well the document describes its subject; only what is not met in full is listed. */
function QualityChecks({ quality }: { quality: Preview['quality'] }) {
  const open = quality.checks.filter((c) => c.met < c.of);
  return (
    <div>
      <Text size="sm">
        Quality <b>{quality.score}</b> of 100
      </Text>
      {open.map((c) => (
        <Text size="xs" c="dimmed" key={c.code}>
          {c.title}: {c.of === 1 ? 'no' : `${count(c.met)} of ${count(c.of)}`}
        </Text>
      ))}
    </div>
  );
}

function Figure({ label, value }: { label: string; value: number }) {
  return (
    <div>
      <Text size="xl" fw={650} lh={1.1}>
        {count(value)}
      </Text>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
    </div>
  );
}
