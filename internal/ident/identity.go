package ident

// Package names a package the way advisories do.
type Package struct {
	// Ecosystem is the OSV ecosystem without its release ("npm", "PyPI", "Debian", "Alpine", "Red Hat").
	Ecosystem string
	// Release is the part after the colon as ParseEcosystem writes it ("12", "v3.18", "22.04", "Pro:22.04", "9"); empty
	// where the ecosystem has none or the document does not say.
	Release string
	// Name is folded by FoldName, so that both sides compare byte by byte.
	Name string
}

// Input is what an SBOM says of one component, as read.
type Input struct {
	PURL    string
	Group   string
	Name    string
	Version string
	CPEs    []string
	// SourceName and SourceVersion are the source package of a distribution's binary package where the document says
	// it outside the purl (syft and trivy properties, SPDX GENERATED_FROM).
	SourceName    string
	SourceVersion string
	// Distro is the distribution release the document names for the whole image or in a property ("debian-12").
	Distro string
	// Module is the modularity label of an RPM where the document says it outside the purl ("nodejs:14:8040...:522a0ee4").
	Module string
}

// Reasons for which a component cannot be judged. docs/matching.md explains each to a reader.
const (
	NotCoveredNoPURL           = "no_purl"            // neither a purl nor a CPE
	NotCoveredUnknownEcosystem = "unknown_ecosystem"  // the purl type has no advisory ecosystem
	NotCoveredNoVersion        = "no_version"         // nothing to compare
	NotCoveredNoRelease        = "no_distro_release"  // a distribution package without its release
	NotCoveredBadVersion       = "unreadable_version" // the ecosystem's order cannot read the version
	NotCoveredBadPURL          = "unreadable_purl"
	NotCoveredCPEOnly          = "cpe_only"     // only a CPE, and no CPE intel is held
	NotCoveredDistribution     = "distribution" // the distribution itself, known by CPE; its packages are judged
	// NotCoveredNoAdvisories is not the document's fault: no advisory of the ecosystem, or of this release of it, is held.
	NotCoveredNoAdvisories = "no_advisories"
)

// Reasons for which a match could only ever be possible (Identity.Uncertain).
const (
	UncertainRelease  = "release_unknown"      // a distribution package whose document names no release
	UncertainGuessed  = "release_from_version" // the release was read from the version ("...el8")
	UncertainRebuild  = "rebuild"              // a rebuild of the distribution whose advisories are used (CentOS)
	UncertainFloating = "floating_version"     // a version that moves, such as the tag v4 of an action
)

// Identity is what the matcher knows of a component.
type Identity struct {
	// PURL is canonical (purl-spec), or empty.
	PURL string
	// DisplayName is the name as its ecosystem writes it: @scope/name, group:artifact, vendor/name.
	DisplayName string
	// DisplayVersion is the version as the document gives it.
	DisplayVersion string
	// Package and Version are what advisories are looked up and compared by: for distributions the source package,
	// with the epoch in the version.
	Package Package
	Version string
	// NotCovered is one of the NotCovered reasons, or empty.
	NotCovered string
	// Uncertain is one of the Uncertain reasons, or empty.
	Uncertain string
	// EpochMissing says that an RPM's version came without an epoch, in the version and in the qualifiers. Generators
	// drop epochs, so that "no epoch" is not "epoch 0" wherever the other side has one above 0.
	EpochMissing bool
	// Module is the module and stream ("nodejs:14") that an RPM was built for; empty: none, or not stated.
	Module string
	// Key is a digest over all of the above and the CPEs: equal keys are one component.
	Key [16]byte
}
