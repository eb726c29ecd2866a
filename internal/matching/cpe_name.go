package matching

import (
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// cpeName is one CPE of a component, read once.
type cpeName struct {
	cpe     ident.CPE
	version ident.Version // zero where the name has none, or one that the order cannot read
	text    string        // the version with its update; "-" for "not applicable"
}

// readNames reads the CPEs of a component. A name that leaves its version open gets the component's. Unreadable names, and
// those that lead nowhere for want of a vendor or a product, are left out.
func readNames(c Component) []cpeName {
	var out []cpeName
	seen := make(map[ident.CPE]bool, len(c.CPEs))
	for _, s := range c.CPEs {
		cpe, err := ident.ParseCPE(s)
		if err != nil || cpe.Key() == "" {
			continue
		}
		if cpe[ident.CPEVersion] == ident.AnyValue {
			if v := statedVersion(c.Identity); v != "" {
				cpe[ident.CPEVersion] = attribute(v)
			}
		}
		if !seen[cpe] {
			seen[cpe] = true
			out = append(out, newName(cpe))
		}
	}
	return out
}

func newName(cpe ident.CPE) cpeName {
	n := cpeName{cpe: cpe, text: cpe.Version()}
	if cpe[ident.CPEVersion] == ident.NoValue {
		n.text = string(ident.NoValue)
	} else if v, err := ident.ParseVersion(ident.CPEVersions, n.text); err == nil {
		n.version = v
	}
	return n
}

// statedVersion is the document's version where the order of CPE names can read it; words such as "unknown" are none.
func statedVersion(id ident.Identity) string {
	for _, v := range []string{id.Version, id.DisplayVersion} {
		if _, err := ident.ParseVersion(ident.CPEVersions, v); err == nil {
			return v
		}
	}
	return ""
}

// attribute is a text as the value of an attribute; nothing in it is a wildcard.
func attribute(text string) ident.Attribute {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c < 0x80 && c != '_' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	cpe, err := ident.ParseCPE("cpe:2.3:a:v:p:" + b.String())
	if err != nil {
		return ident.AnyValue
	}
	return cpe[ident.CPEVersion]
}

func (n cpeName) hasVersion() bool { return n.cpe[ident.CPEVersion] != ident.AnyValue }

// at is the same name with another version.
func (n cpeName) at(version string) cpeName {
	if n.cpe[ident.CPEVersion] == ident.NoValue {
		return n
	}
	n.cpe[ident.CPEVersion], n.cpe[ident.CPEUpdate] = attribute(version), ident.AnyValue
	return newName(n.cpe)
}

func (n cpeName) key() intel.CPEKey {
	vendor, product := n.cpe.VendorProduct()
	return intel.CPEKey{Vendor: vendor, Product: product}
}

// distributions name themselves by CPE, and NVD lists them for every flaw of any of their packages. Whether a package is there,
// and in which build, only the packages say: the distribution as such is a platform and gets no match.
var distributions = map[string]bool{
	"o:debian:debian_linux": true, "o:canonical:ubuntu_linux": true, "o:alpinelinux:alpine_linux": true,
	"o:redhat:enterprise_linux": true, "o:centos:centos": true, "o:almalinux:almalinux": true, "o:rocky:rocky_linux": true,
	"o:rocky:rocky": true, "o:oracle:linux": true, "o:amazon:linux": true, "o:amazon:linux_2": true, "o:amazon:amazon_linux": true,
	"o:fedoraproject:fedora": true, "o:opensuse:leap": true, "o:opensuse:tumbleweed": true, "o:suse:sles": true,
	"o:suse:linux_enterprise_server": true, "o:vmware:photon_os": true, "o:microsoft:azure_linux": true, "o:microsoft:cbl-mariner": true,
	"o:mageia:mageia": true, "o:openeuler:openeuler": true, "o:wolfi:wolfi": true,
}

func (n cpeName) distribution() bool { return distributions[n.cpe.Key()] }

// distributionBuild says whether a distribution built the package: it brings fixes without changing the upstream version.
func distributionBuild(id ident.Identity) bool {
	for _, prefix := range []string{"pkg:deb/", "pkg:rpm/", "pkg:apk/", "pkg:alpm/"} {
		if strings.HasPrefix(id.PURL, prefix) {
			return true
		}
	}
	return false
}

// matchedByCPE says whether CPEs decide about the component: where an ecosystem claims it, its advisories do, and CPEs are evidence.
func matchedByCPE(c Component) bool { return c.Identity.Package.Ecosystem == "" && len(c.CPEs) > 0 }

// lookedUp are the names that intel by CPE is asked for.
func lookedUp(names []cpeName) []cpeName {
	var out []cpeName
	for _, n := range names {
		if n.hasVersion() && !n.distribution() {
			out = append(out, n)
		}
	}
	return out
}

// coverage says why nothing can be said of a component, empty where something can. held says whether any intel by CPE is there.
func coverage(c Component, names []cpeName, held bool) string {
	reason := c.Identity.NotCovered
	if !matchedByCPE(c) || len(names) == 0 {
		return reason
	}
	if !held {
		switch {
		case reason == ident.NotCoveredUnknownEcosystem || reason == ident.NotCoveredBadPURL:
			return reason
		case c.Identity.PURL != "":
			return ident.NotCoveredUnknownEcosystem
		}
		return ident.NotCoveredCPEOnly
	}
	reason = ident.NotCoveredDistribution
	for _, n := range names {
		switch {
		case n.distribution():
		case !n.hasVersion():
			reason = ident.NotCoveredNoVersion
		case n.version.IsZero() && n.text != string(ident.NoValue):
			if reason == ident.NotCoveredDistribution {
				reason = ident.NotCoveredBadVersion
			}
		default:
			return ""
		}
	}
	return reason
}
