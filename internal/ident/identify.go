package ident

import (
	"crypto/sha256"
	"encoding/binary"
	"sort"
	"strings"
)

// typeEcosystems leads from purl types to the ecosystems whose advisories speak of them. The types that tools write
// beside the registered ones (alpine, dotnet, dotnet-core) are renamed by aliasTypes before.
var typeEcosystems = map[string]string{
	"npm": NPM, "pypi": PyPI, "maven": Maven, "golang": Go, "cargo": CratesIO, "nuget": NuGet, "gem": RubyGems,
	"composer": Packagist, "hex": Hex, "pub": Pub, "cran": CRAN, "bioconductor": Bioconductor, "hackage": Hackage, "ghc": GHC,
	"swift": SwiftURL, "julia": Julia, "bitnami": Bitnami, "githubactions": GitHubActions, "github": GitHubActions,
	"conan": ConanCenter, "opam": Opam, "brew": Homebrew, "vscode-extension": VSCode,
}

var aliasTypes = map[string]string{"alpine": "apk", "dotnet": "nuget", "dotnet-core": "nuget", "rubygems": "gem", "go": "golang"}

// Identify decides what a component is, from what its document says. It never fails: what cannot be judged says so in
// NotCovered, what can be judged only in part in Uncertain. The rules, by purl type:
//
//   - The purl decides. The document's own name, group and version fill what it leaves out: Maven's group, a missing
//     version, and an RPM epoch that only the version field has.
//   - Versions that are none ("UNKNOWN", "NOASSERTION", "(devel)") count as missing.
//   - Go: the module path is namespace, name and, where tools put the end of a long path there, subpath: it belongs to
//     the path if the component's name or a major-version suffix says so. "go1.20.3" of the standard library is "1.20.3".
//   - deb, apk and the RPM distributions whose advisories name source packages: the source package of the upstream (or
//     source) qualifier, else of SourceName, else the package itself, which is right for packages that are their source.
//   - Releases: the distro qualifier, else Distro, else, for RPM, the dist tag of the version, marked UncertainGuessed.
//     A distro that contradicts the purl's namespace is not believed.
//   - CentOS is judged by Red Hat's advisories, marked UncertainRebuild.
//   - Qualifiers that only number a package within its document (package-id) are dropped from the canonical purl.
func Identify(in Input) Identity {
	id := Identity{DisplayName: displayName(in.Group, in.Name), DisplayVersion: strings.TrimSpace(in.Version)}
	if strings.TrimSpace(in.PURL) == "" {
		id.NotCovered = NotCoveredNoPURL
		if len(in.CPEs) > 0 {
			id.NotCovered = NotCoveredCPEOnly
		}
		return id.keyed(in)
	}
	p, err := ParsePURL(in.PURL)
	if err != nil {
		id.NotCovered = NotCoveredBadPURL
		return id.keyed(in)
	}
	if alias, ok := aliasTypes[p.Type]; ok {
		p = renamed(p, alias)
	}
	delete(p.Qualifiers, "package-id")
	if p.Version == "" && p.Type != "brew" {
		p.Name, p.Version = cutEscapedVersion(p.Name)
	}
	if p.Type == "maven" && p.Namespace == "" {
		p.Namespace = strings.TrimSpace(in.Group)
	}
	id.PURL = p.String()
	version := known(p.Version)
	if version == "" {
		version = known(in.Version)
	}
	if id.DisplayVersion == "" {
		id.DisplayVersion = p.Version
	}
	id.Version = version
	switch p.Type {
	case "deb", "apk", "rpm":
		id.identifySystem(p, in)
	default:
		id.identifyLanguage(p, in)
	}
	id.settle()
	return id.keyed(in)
}

// renamed gives a purl the type its own only stands for; "pkg:alpine/zlib" has the distribution in the type.
func renamed(p PURL, typ string) PURL {
	if p.Type == "alpine" && p.Namespace == "" {
		p.Namespace = "alpine"
	}
	p.Type = typ
	if again, err := BuildPURL(p); err == nil {
		return again
	}
	return p
}

// cutEscapedVersion undoes "protobuf%40v1.5.2", a version that was escaped together with its separator.
func cutEscapedVersion(name string) (string, string) {
	i := strings.LastIndexByte(name, '@')
	if i <= 0 || digitsAt(strings.TrimPrefix(name[i+1:], "v")) == 0 {
		return name, ""
	}
	return name[:i], name[i+1:]
}

// known returns a version, or nothing for the words that tools write in its place.
func known(version string) string {
	version = strings.TrimSpace(version)
	switch strings.ToLower(version) {
	case "unknown", "noassertion", "none", "(devel)", "devel", "unspecified", "undefined", "null", "n/a", "na", "*", "-", "?",
		"unset", "not available", "not found":
		return ""
	}
	return version
}

func displayName(group, name string) string {
	group, name = strings.TrimSpace(group), strings.TrimSpace(name)
	if group == "" {
		return name
	}
	return group + "/" + name
}

// identifyLanguage names a package of a language's registry.
func (id *Identity) identifyLanguage(p PURL, in Input) {
	name := p.Name
	if p.Namespace != "" {
		name = p.Namespace + "/" + p.Name
	}
	switch p.Type {
	case "maven":
		name = p.Name
		if p.Namespace != "" {
			name = p.Namespace + ":" + p.Name
		}
	case "golang":
		name = goModule(name, p, in)
		id.Version = goVersion(name, id.Version)
		if name == "std" {
			name = "stdlib"
		}
	case "composer":
		id.Version = trimV(id.Version)
	case "gem":
		id.Version = gemVersion(id.Version, p.Qualifiers["platform"])
	case "brew":
		name = p.Name
	case "githubactions", "github":
		if strings.Count(id.Version, ".") < 2 {
			id.Uncertain = UncertainFloating
		}
	}
	id.DisplayName = name
	ecosystem, covered := typeEcosystems[p.Type]
	if !covered {
		id.NotCovered = NotCoveredUnknownEcosystem
		return
	}
	id.Package = Package{Ecosystem: ecosystem, Name: FoldName(ecosystem, name)}
}

// goModule is the module path of a Go purl. Tools that keep only three elements of a path in namespace and name write
// the rest as subpath; others write a package of the module there.
func goModule(path string, p PURL, in Input) string {
	if p.Subpath == "" {
		return path
	}
	whole := path + "/" + p.Subpath
	named := strings.EqualFold(displayName(in.Group, in.Name), whole) || strings.EqualFold(strings.TrimSpace(in.Name), whole)
	last := p.Subpath[strings.LastIndexByte(p.Subpath, '/')+1:]
	major, isMajor := strings.CutPrefix(last, "v")
	if named || isMajor && major != "" && majorOf(major) == major {
		return whole
	}
	return path
}

// goVersion brings the versions of the standard library ("go1.21rc2", "1.20.3 X:boringcrypto") to the form of advisories.
func goVersion(module, version string) string {
	if module != "stdlib" && module != "std" && module != "toolchain" {
		return version
	}
	version, _, _ = strings.Cut(version, " ")
	version = strings.TrimPrefix(strings.TrimPrefix(version, "go"), "v")
	for _, word := range []string{"rc", "beta"} {
		if head, tail, found := strings.Cut(version, word); found && majorOf(tail) == tail && tail != "" && majorMinor(head) == head {
			return head + ".0-" + word + "." + tail
		}
	}
	return version
}

func trimV(version string) string {
	if len(version) > 1 && (version[0] == 'v' || version[0] == 'V') && version[1] >= '0' && version[1] <= '9' {
		return version[1:]
	}
	return version
}

// gemVersion drops the platform that bundler's lock files append to a version ("1.13.6-x86_64-linux").
func gemVersion(version, platform string) string {
	if platform != "" {
		version = strings.TrimSuffix(version, "-"+platform)
	}
	return trimGemPlatform(version)
}

// settle fills NotCovered where nothing else did.
func (id *Identity) settle() {
	switch {
	case id.NotCovered != "":
	case id.Version == "":
		id.NotCovered = NotCoveredNoVersion
	default:
		if _, err := ParseVersion(id.Package.Ecosystem, id.Version); err != nil {
			id.NotCovered = NotCoveredBadVersion
		}
	}
}

// keyed sets the digest: each part goes in with its length, so that no two lists of parts run into one.
func (id Identity) keyed(in Input) Identity {
	cpes := append([]string(nil), in.CPEs...)
	sort.Strings(cpes)
	digest := sha256.New()
	var size [4]byte
	write := func(s string) {
		binary.BigEndian.PutUint32(size[:], uint32(len(s)))
		digest.Write(size[:])
		digest.Write([]byte(s))
	}
	epoch := ""
	if id.EpochMissing {
		epoch = "missing"
	}
	for _, part := range []string{id.PURL, id.DisplayName, id.DisplayVersion, id.Package.Ecosystem, id.Package.Release,
		id.Package.Name, id.Version, id.NotCovered, id.Uncertain, epoch} {
		write(part)
	}
	if id.Module != "" { // only where there is one, so that the keys of all others stay
		write(id.Module)
	}
	for i, cpe := range cpes {
		if i == 0 || cpe != cpes[i-1] {
			write(cpe)
		}
	}
	copy(id.Key[:], digest.Sum(nil))
	return id
}
