import { Box, Text } from '@mantine/core';
import { useOffline } from '../lib/live/use-live';
import { m } from '../lib/messages';

/** Says that there is no network while there is none. */
export function OfflineBanner() {
  const offline = useOffline();
  return (
    <Box role="status" className="tw-offline" data-on={offline || undefined}>
      {offline && (
        <Text size="sm" ta="center">
          {m.live.offline}
        </Text>
      )}
    </Box>
  );
}
