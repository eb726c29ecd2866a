import { Text } from '@mantine/core';
import { m } from '../../../lib/messages';
import type { FindingDetail } from '../api/findings';

/** The smallest version that ends this finding, and the one that ends all of the component. */
export function UpgradeAdvice({ f }: { f: FindingDetail }) {
  const e = m.evidence;
  if (!f.fixed_version) return <Text size="sm">{e.noEnd}</Text>;
  return (
    <Text size="sm" className="tw-wrap">
      {e.upgrade} {f.component.name} {e.to} <b>{f.fixed_version}</b> {e.orLater}{' '}
      {f.component_upgrade && f.component_upgrade !== f.fixed_version && (
        <>
          <b>{f.component_upgrade}</b> {e.endsAll}
        </>
      )}
      {f.component_upgrade === f.fixed_version && e.endsAllToo}
      {!f.component_upgrade && e.noEndAll}
    </Text>
  );
}
