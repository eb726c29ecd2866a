/** Every sentence of the page that is used in more than one place or must be translated as a whole. */
export const messages = {
  failed: 'That did not work',
  retry: 'Try again',
  requestId: 'Request',
  loading: 'Loading',
  more: 'Show more',
  noProducts: 'No product yet',
  noProductsHelp: 'A product is a thing you ship or run. Make one, then drop the SBOM of a release on it.',
  noReleases: 'No release yet',
  noReleasesHelp:
    'Each release has its own SBOM and findings. Make the first one, then drop its SBOM on its page.',
  noFindings: 'No findings',
  noFindingsHelp:
    'Nothing that ThreatWerk knows of reaches what is listed here. What could not be judged is under “Not covered”.',
  noFindingsFiltered: 'No finding matches these filters.',
  noSbom: 'No SBOM yet',
  noSbomHelp:
    'Drop a CycloneDX or SPDX file here, or choose one. It is checked first; nothing is stored before you say so.',
  noIntel: 'No vulnerability data is loaded, so nothing can be found. Run “threatwerk import”.',
  toCheck: 'Possible matches',
  toCheckHelp: 'The evidence is not enough to call these findings. They are never counted.',
  upgradeAll: 'ends all known findings of the component',
  noFix: 'no fix known',
} as const;

/** Why a component could not be judged, or a match is only possible, in words. */
export const reasons: Record<string, string> = {
  no_purl: 'The document names neither a package URL nor a CPE.',
  unknown_ecosystem: 'No advisories exist for this type of package.',
  no_version: 'The document gives no version.',
  no_distro_release: 'The document does not say which release of the distribution this is.',
  unreadable_version: 'The version cannot be read by the order of its ecosystem.',
  unreadable_purl: 'The package URL cannot be read.',
  cpe_only: 'Only a CPE is given, and no CPE data is loaded or the CPE cannot be read.',
  distribution: 'The distribution itself; its packages are judged one by one.',
  last_known_affected: 'Above the last version known to be affected; no fix is named.',
  epoch_missing: 'The package’s epoch is missing in the document.',
  pseudo_version: 'A commit that no tag of the fixed line precedes.',
  platform_not_seen: 'The record wants a platform beside the component that was not seen.',
  cpe_unstated: 'The record asks for an attribute that the component’s CPE leaves open.',
  distribution_build: 'Found by CPE, but a distribution built the package and may have fixed it.',
  unreadable_bound: 'The advisory names a version that cannot be read.',
  module_stream: 'The module streams may differ.',
  release_unknown: 'The distribution’s release is unknown.',
  release_from_version: 'The distribution’s release was guessed from the version.',
  rebuild: 'A rebuild of the distribution whose advisories are used.',
  floating_version: 'The version is a name that moves.',
};
