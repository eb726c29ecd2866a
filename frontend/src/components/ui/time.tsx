import { Tooltip } from '@mantine/core';
import { ago, exact } from '../../lib/times';

/** A time as people say it, with the exact one on hover. */
export function Ago({ at }: { at: string }) {
  return (
    <Tooltip label={exact(at)}>
      <time dateTime={at} style={{ whiteSpace: 'nowrap' }}>
        {ago(at)}
      </time>
    </Tooltip>
  );
}
