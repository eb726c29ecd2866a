import { Group, Stack, Text, Title } from '@mantine/core';
import { Figure } from '../../../components/ui/page';
import type { Schemas } from '../../../lib/api/client';
import { m } from '../../../lib/messages';
import { day } from '../../../lib/times';
import type { Vulnerability } from '../api/vulnerability';

const t = m.vulnerability;

function Point({
  label,
  said,
  words,
}: {
  label: string;
  said: Schemas['Dated'];
  words: Record<string, string>;
}) {
  return (
    <Figure label={label}>
      {words[said.value] ?? said.value}
      <Text size="xs" c="dimmed" fw={400} className="tw-wrap">
        {t.says(said.by.source)}
        {said.since && `, ${day(said.since)}`}
      </Text>
    </Figure>
  );
}

/** The decision points of SSVC that somebody has stated, each with who says so; nothing where nobody has. */
export function Ssvc({ v }: { v: Vulnerability }) {
  const exploitation = v.exploitation[0];
  if (!exploitation && !v.automatable && !v.technical_impact) return null;
  return (
    <Stack component="section" className="tw-panel" p="md" gap="sm" aria-label={t.ssvc}>
      <Title order={2}>{t.ssvc}</Title>
      <Group gap={36} align="flex-start">
        {exploitation && <Point label={t.exploitation} said={exploitation} words={t.exploitations} />}
        {v.automatable && <Point label={t.automatable} said={v.automatable} words={t.answers} />}
        {v.technical_impact && <Point label={t.impact} said={v.technical_impact} words={t.impacts} />}
      </Group>
    </Stack>
  );
}
