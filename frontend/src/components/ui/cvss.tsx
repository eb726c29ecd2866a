import { SimpleGrid, Text } from '@mantine/core';
import { cvssVersion, decodeCvss } from '../../lib/cvss';
import { m } from '../../lib/messages';

/** A CVSS vector in words; what is the worst of its kind stands out. */
export function CvssWords({ vector, source }: { vector: string; source: string }) {
  return (
    <div>
      <Text size="sm" mb={6} className="tw-wrap">
        CVSS {cvssVersion(vector)} {source && m.evidence.by(source)}{' '}
        <Text component="span" c="dimmed" size="xs" className="tw-mono">
          {vector}
        </Text>
      </Text>
      <SimpleGrid component="dl" cols={{ base: 1, xs: 2 }} spacing="lg" verticalSpacing={0} m={0}>
        {decodeCvss(vector).map((metric) => (
          <div
            key={metric.name}
            style={{
              display: 'flex',
              justifyContent: 'space-between',
              gap: 12,
              padding: '4px 0',
              borderBottom: '1px solid var(--tw-line)',
            }}
          >
            <Text component="dt" size="sm" c="dimmed">
              {metric.name}
            </Text>
            <Text
              component="dd"
              m={0}
              size="sm"
              ta="right"
              fw={metric.worst ? 650 : 400}
              {...(metric.worst ? { c: 'var(--tw-critical)' } : {})}
            >
              {metric.value}
            </Text>
          </div>
        ))}
      </SimpleGrid>
    </div>
  );
}
