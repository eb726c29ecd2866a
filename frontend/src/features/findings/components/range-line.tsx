import { Text } from '@mantine/core';
import { m } from '../../../lib/messages';
import { readRange } from '../../../lib/range';

/** The affected range as a line, with the release's own version on it. Nothing where the range is no single stretch. */
export function RangeLine({ range, version }: { range: string; version: string }) {
  const r = readRange(range);
  if (!r || !version) return null;
  const e = m.evidence;
  return (
    <div className="tw-range">
      <Text component="span" size="xs" data-in={r.lowIncluded} className="tw-wrap">
        <b>{r.low || '0'}</b>
        <br />
        {r.lowIncluded ? e.affected : e.fixed}
      </Text>
      <Text component="span" size="xs" className="tw-wrap">
        <b>{version}</b>
        <br />
        {e.you}
      </Text>
      <Text component="span" size="xs" data-in={r.highIncluded} className="tw-wrap">
        <b>{r.high || '…'}</b>
        <br />
        {r.high ? (r.highIncluded ? e.affected : e.fixed) : m.common.noFix}
      </Text>
    </div>
  );
}
