/** The first word of every query key, so that one feature can mark another's answers as old without knowing it. */
export const keys = {
  components: 'components',
  coverage: 'coverage',
  finding: 'finding',
  findings: 'findings',
  intel: 'intel',
  possible: 'possible',
  product: 'product',
  products: 'products',
  release: 'release',
  releases: 'releases',
  sbom: 'sbom',
  sboms: 'sboms',
  upgrades: 'upgrades',
  vulnerability: 'vulnerability',
} as const;

/** What a new SBOM, or a release that counts or no longer counts, may have changed. */
export const changedByRelease = [
  keys.components,
  keys.coverage,
  keys.finding,
  keys.findings,
  keys.possible,
  keys.product,
  keys.products,
  keys.release,
  keys.releases,
  keys.sboms,
  keys.upgrades,
  keys.vulnerability,
];
