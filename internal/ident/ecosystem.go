package ident

import "strings"

// The ecosystems, as the OSV schema names them (ossf.github.io/osv-schema, "affected[].package").
const (
	NPM           = "npm"
	PyPI          = "PyPI"
	Maven         = "Maven"
	Go            = "Go"
	CratesIO      = "crates.io"
	NuGet         = "NuGet"
	RubyGems      = "RubyGems"
	Packagist     = "Packagist"
	Hex           = "Hex"
	Pub           = "Pub"
	CRAN          = "CRAN"
	Bioconductor  = "Bioconductor"
	Hackage       = "Hackage"
	GHC           = "GHC"
	SwiftURL      = "SwiftURL"
	Julia         = "Julia"
	Bitnami       = "Bitnami"
	GitHubActions = "GitHub Actions"
	ConanCenter   = "ConanCenter"
	Opam          = "opam"
	Homebrew      = "Homebrew"
	VSCode        = "VSCode"
	CPEVersions   = "CPE" // no ecosystem: the order of versions in CPE names and of NVD's bounds

	Debian      = "Debian"
	Ubuntu      = "Ubuntu"
	Alpine      = "Alpine"
	Wolfi       = "Wolfi"
	Chainguard  = "Chainguard"
	MinimOS     = "MinimOS"
	Alpaquita   = "Alpaquita"
	BellSoft    = "BellSoft Hardened Containers"
	RedHat      = "Red Hat"
	AlmaLinux   = "AlmaLinux"
	RockyLinux  = "Rocky Linux"
	SUSE        = "SUSE"
	OpenSUSE    = "openSUSE"
	OpenEuler   = "openEuler"
	Mageia      = "Mageia"
	PhotonOS    = "Photon OS"
	AzureLinux  = "Azure Linux"
	Fedora      = "Fedora"       // no OSV ecosystem yet
	AmazonLinux = "Amazon Linux" // no OSV ecosystem yet
	OracleLinux = "Oracle Linux" // no OSV ecosystem yet
)

// canonical leads from a folded ecosystem name to the OSV spelling, with the names that GHSA and tools use for it.
var canonical = func() map[string]string {
	m := map[string]string{
		"pip": PyPI, "python": PyPI, "golang": Go, "rust": CratesIO, "cargo": CratesIO, "crates": CratesIO, "gem": RubyGems,
		"composer": Packagist, "erlang": Hex, "swift": SwiftURL, "actions": GitHubActions, "githubactions": GitHubActions,
		"conan": ConanCenter, "redhat": RedHat, "rhel": RedHat, "alma": AlmaLinux, "rocky": RockyLinux,
		"rockylinux": RockyLinux, "photon": PhotonOS, "azurelinux": AzureLinux, "brew": Homebrew,
	}
	for _, name := range []string{NPM, PyPI, Maven, Go, CratesIO, NuGet, RubyGems, Packagist, Hex, Pub, CRAN, Bioconductor,
		Hackage, GHC, SwiftURL, Julia, Bitnami, GitHubActions, ConanCenter, Opam, Homebrew, VSCode, Debian, Ubuntu, Alpine,
		Wolfi, Chainguard, MinimOS, Alpaquita, BellSoft, RedHat, AlmaLinux, RockyLinux, SUSE, OpenSUSE, OpenEuler, Mageia,
		PhotonOS, AzureLinux, Fedora, AmazonLinux, OracleLinux} {
		m[strings.ToLower(name)] = name
	}
	return m
}()

// FoldName brings a package name to the form in which its ecosystem compares names, so that an advisory and a
// component agree byte for byte. It is idempotent.
//
//   - PyPI: lower case, runs of "-", "_" and "." become one "-" (PEP 503).
//   - Go, NuGet, Packagist, Hex, Pub, Bitnami, GitHub Actions, Homebrew, SwiftURL, VSCode: lower case. Go paths are
//     case-sensitive by their definition, but purl writers of the older rule fold them and no two modules differ in
//     case alone. SwiftURL also drops the scheme and ".git".
//   - crates.io: lower case and "_" for "-"; the registry admits one crate per folded name.
//   - npm: as it is. New names are lower case, but old ones with capitals live on beside different lower-case packages
//     (JSONStream and jsonstream), so that folding would mix two packages.
//   - Maven ("group:artifact"), RubyGems, CRAN, Hackage, Julia and all distributions: as it is.
func FoldName(ecosystem, name string) string {
	name = strings.TrimSpace(name)
	switch ecosystem {
	case PyPI:
		return foldPyPI(name)
	case CratesIO:
		return strings.ReplaceAll(strings.ToLower(name), "-", "_")
	case SwiftURL:
		name = strings.ToLower(name)
		for _, prefix := range []string{"https://", "http://", "git://"} {
			name = strings.TrimPrefix(name, prefix)
		}
		return strings.TrimSuffix(strings.TrimSuffix(name, "/"), ".git")
	case Go, NuGet, Packagist, Hex, Pub, Bitnami, GitHubActions, Homebrew, VSCode, Alpine, Debian, Ubuntu:
		return strings.ToLower(name)
	}
	return name
}

func foldPyPI(name string) string {
	var b strings.Builder
	b.Grow(len(name))
	separator := false
	for i := range len(name) {
		c := name[i]
		if c == '-' || c == '_' || c == '.' {
			separator = true
			continue
		}
		if separator && b.Len() > 0 {
			b.WriteByte('-')
		}
		separator = false
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// ParseEcosystem parts an OSV ecosystem such as "Debian:12" into the OSV spelling of its base and its release in the
// form in which releases compare. An unknown base comes back as it is. What follows the colon in an ecosystem that has
// no releases (the repository in "Packagist:https://packages.drupal.org/8") is dropped.
func ParseEcosystem(s string) (base, release string) {
	base, release, _ = strings.Cut(strings.TrimSpace(s), ":")
	base = strings.TrimSpace(base)
	if known, ok := canonical[strings.ToLower(base)]; ok {
		base = known
	}
	return base, canonicalRelease(base, strings.TrimSpace(release))
}

// HasReleases says whether the advisories of an ecosystem are written per release of it.
func HasReleases(ecosystem string) bool {
	switch ecosystem {
	case Debian, Ubuntu, Alpine, Alpaquita, BellSoft, RedHat, AlmaLinux, RockyLinux, SUSE, OpenSUSE, OpenEuler, Mageia,
		PhotonOS, AzureLinux, Fedora, AmazonLinux, OracleLinux:
		return true
	}
	return false
}

// NamesSource says whether the advisories of a distribution name source packages rather than binary ones.
func NamesSource(ecosystem string) bool {
	switch ecosystem {
	case Debian, Ubuntu, Alpine, Wolfi, Chainguard, MinimOS, Alpaquita, BellSoft, RockyLinux, SUSE, OpenSUSE, OpenEuler, Mageia:
		return true
	}
	return false
}

// UsesRPM says whether the versions of an ecosystem are RPM's, with epoch and release.
func UsesRPM(ecosystem string) bool {
	switch ecosystem {
	case RedHat, AlmaLinux, RockyLinux, SUSE, OpenSUSE, OpenEuler, Mageia, PhotonOS, AzureLinux, Fedora, AmazonLinux, OracleLinux:
		return true
	}
	return false
}
