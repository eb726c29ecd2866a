import { Button, Stack } from '@mantine/core';
import { useState } from 'react';
import { m } from '../../lib/messages';
import { Out } from './out';

/** Addresses to read on, the first few at once. */
export function References({ urls, first = 6 }: { urls: string[]; first?: number }) {
  const [all, setAll] = useState(false);
  const distinct = [...new Set(urls)];
  return (
    <Stack gap={4} align="flex-start" fz="sm">
      {(all ? distinct : distinct.slice(0, first)).map((url) => (
        <Out href={url} key={url}>
          {url.replace(/^https?:\/\/(www\.)?/, '')}
        </Out>
      ))}
      {distinct.length > first && (
        <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)}>
          {all ? m.common.fewer : `${m.common.more} (${distinct.length - first})`}
        </Button>
      )}
    </Stack>
  );
}
