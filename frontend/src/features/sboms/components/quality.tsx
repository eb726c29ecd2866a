import { Progress, SimpleGrid, Text } from '@mantine/core';
import { m } from '../../../lib/messages';
import type { Preview } from '../api/upload';

/** How well the document describes its subject; only what is not met in full is listed. */
export function QualityChecks({ quality }: { quality: Preview['quality'] }) {
  const open = quality.checks.filter((c) => c.met < c.of);
  return (
    <div>
      <Text size="sm" fw={600}>
        {m.sboms.quality(quality.score)}
      </Text>
      <Progress
        value={quality.score}
        size="sm"
        maw={260}
        my={6}
        aria-label={m.sboms.quality(quality.score)}
      />
      {open.length > 0 && (
        <>
          <Text size="xs" c="dimmed" mb={4}>
            {m.sboms.qualityHelp}
          </Text>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl" verticalSpacing={2} maw={820}>
            {open.map((c) => (
              <Text
                size="sm"
                key={c.code}
                style={{ display: 'flex', justifyContent: 'space-between', gap: 12 }}
              >
                <span>{c.title}</span>
                <Text component="span" size="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
                  {c.of === 1 ? m.sboms.qualityNo : m.sboms.share(c.met, c.of)}
                </Text>
              </Text>
            ))}
          </SimpleGrid>
        </>
      )}
    </div>
  );
}
