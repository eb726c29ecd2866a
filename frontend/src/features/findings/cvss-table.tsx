import { SimpleGrid, Text } from '@mantine/core';
import { cvssVersion, decodeCvss } from '../../lib/cvss';

/** A CVSS vector decoded in words; what is worst of its kind stands out. */
export function CvssTable({ vector, source }: { vector: string; source: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed" mt={6}>
        CVSS {cvssVersion(vector)} {source && `by ${source}`} <span className="tw-mono">{vector}</span>
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing={4} verticalSpacing={2} mt={4}>
        {decodeCvss(vector).map((m) => (
          <Text size="sm" key={m.name}>
            <Text component="span" c="dimmed">
              {m.name}:{' '}
            </Text>
            <Text component="span" fw={m.worst ? 700 : 400}>
              {m.value}
            </Text>
          </Text>
        ))}
      </SimpleGrid>
    </div>
  );
}
