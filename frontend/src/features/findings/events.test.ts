import { expect, it } from 'vitest';
import { eventWords } from './events';

it.each([
  [{ reason: 'component_gone' }, 'the component is no longer in the SBOM'],
  [{ reason: 'new_reason' }, 'new_reason'],
  [{ severity: { from: 'high', to: 'critical' } }, 'severity: high → critical'],
  [{ fixed_version: { from: '', to: '1.2' } }, 'fix: none → 1.2'],
  [{ epss_band: { from: 1, to: 2 }, x: 3 }, 'epss band: 1 → 2'],
  [{}, ''],
  [null, ''],
])('says %j', (detail, words) => {
  expect(eventWords(detail)).toBe(words);
});
