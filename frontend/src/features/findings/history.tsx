import { Text, Timeline, Title } from '@mantine/core';
import { Ago } from '../../components/ui/states';
import type { Schemas } from '../../lib/api/client';

const kinds: Record<string, string> = {
  opened: 'Found',
  resolved: 'Gone',
  reopened: 'Found again',
  changed: 'Changed',
};

const resolutions: Record<string, string> = {
  component_gone: 'the component is no longer in the SBOM',
  no_longer_matches: 'no advisory reaches it any more',
  withdrawn: 'its advisories were withdrawn',
};

/** What happened to a finding since it was first seen. */
export function History({ f }: { f: Schemas['FindingDetail']; show: (id: number) => void }) {
  if (f.events.length === 0) return null;
  return (
    <section>
      <Title order={3} mb={8}>
        History
      </Title>
      <Timeline bulletSize={12} lineWidth={2} active={f.events.length}>
        {f.events.map((e) => (
          <Timeline.Item key={`${e.at} ${e.kind}`} title={<Text size="sm">{kinds[e.kind] ?? e.kind}</Text>}>
            <Text size="xs" c="dimmed">
              <Ago at={e.at} /> {words(e.detail)}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </section>
  );
}

function words(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return '';
  return Object.entries(detail)
    .map(([key, value]) => {
      if (key === 'reason') return resolutions[String(value)] ?? String(value);
      if (typeof value === 'object' && value !== null && 'from' in value && 'to' in value) {
        return `${key.replace('_', ' ')}: ${String(value.from) || 'none'} → ${String(value.to) || 'none'}`;
      }
      return '';
    })
    .filter(Boolean)
    .join(', ');
}
