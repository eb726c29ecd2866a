import { Text, Timeline } from '@mantine/core';
import { Ago } from '../../../components/ui/time';
import { m } from '../../../lib/messages';
import type { FindingDetail } from '../api/findings';
import { eventWords } from '../events';

/** What happened to a finding since it was first seen. */
export function History({ f }: { f: FindingDetail }) {
  return (
    <Timeline bulletSize={11} lineWidth={2} active={f.events.length} color="gray">
      {f.events.map((event) => (
        <Timeline.Item
          key={`${event.at} ${event.kind}`}
          title={<Text size="sm">{m.evidence.events[event.kind] ?? event.kind}</Text>}
        >
          <Text size="xs" c="dimmed" component="div">
            <Ago at={event.at} /> {eventWords(event.detail)}
          </Text>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}
