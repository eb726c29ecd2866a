import type { Intel } from '../features/intel/api/intel';

/** The ecosystems that anything is known of, by name, for the filters of other features. */
export function ecosystemsOf(intel: Intel | undefined): string[] {
  return (intel?.by_ecosystem ?? [])
    .map((e) => e.ecosystem)
    .filter(Boolean)
    .sort((a, b) => a.localeCompare(b));
}
