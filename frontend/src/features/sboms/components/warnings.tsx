import { Button, Code, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { m } from '../../../lib/messages';
import type { Fault } from '../../../lib/problem';

/** What is odd in a document that was accepted, each with its place; a few at first. */
export function Warnings({
  total,
  warnings,
  first = 3,
}: {
  total: number;
  warnings: Fault[];
  first?: number;
}) {
  const [all, setAll] = useState(false);
  if (total === 0) return null;
  return (
    <Stack gap={4} align="flex-start">
      <Text size="sm" fw={600}>
        {m.sboms.warnings(total)}
      </Text>
      {(all ? warnings : warnings.slice(0, first)).map((w) => (
        <Text size="sm" className="tw-wrap" key={`${w.path} ${w.code} ${w.message}`}>
          {w.path && <Code>{w.path}</Code>} {w.message}
        </Text>
      ))}
      {warnings.length > first && (
        <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)}>
          {all ? m.common.fewer : `${m.common.more} (${warnings.length - first})`}
        </Button>
      )}
    </Stack>
  );
}
