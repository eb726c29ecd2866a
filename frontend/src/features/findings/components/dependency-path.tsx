import { Text } from '@mantine/core';
import type { FindingDetail } from '../api/findings';

/** The shortest way from the product to the component, one step a line. */
export function DependencyPath({ f }: { f: FindingDetail }) {
  return f.paths.map((path) => (
    <ol
      key={path.map((s) => `${s.name}@${s.version}`).join('>')}
      style={{ margin: 0, padding: 0, listStyle: 'none' }}
    >
      {[{ name: f.product_name, version: f.release_version }, ...path].map((step, depth) => (
        <Text
          component="li"
          size="sm"
          className="tw-wrap"
          key={`${step.name}@${step.version}`}
          style={{ paddingLeft: Math.min(depth, 8) * 18 }}
          {...(depth === path.length ? { fw: 600 } : { c: 'dimmed' })}
        >
          {depth > 0 && <span aria-hidden>└ </span>}
          {step.name} <span className="tw-mono">{step.version}</span>
        </Text>
      ))}
    </ol>
  ));
}
