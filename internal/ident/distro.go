package ident

import (
	"strings"
)

// codeNames lead from a distribution release's code name to its number.
var codeNames = map[string][2]string{
	"buzz": {Debian, "1.1"}, "rex": {Debian, "1.2"}, "bo": {Debian, "1.3"}, "hamm": {Debian, "2.0"}, "slink": {Debian, "2.1"},
	"potato": {Debian, "2.2"}, "woody": {Debian, "3.0"}, "sarge": {Debian, "3.1"}, "etch": {Debian, "4.0"},
	"lenny": {Debian, "5.0"}, "squeeze": {Debian, "6.0"}, "wheezy": {Debian, "7"}, "jessie": {Debian, "8"},
	"stretch": {Debian, "9"}, "buster": {Debian, "10"}, "bullseye": {Debian, "11"}, "bookworm": {Debian, "12"},
	"trixie": {Debian, "13"}, "forky": {Debian, "14"}, "duke": {Debian, "15"}, "sid": {Debian, "sid"}, "unstable": {Debian, "sid"},
	"trusty": {Ubuntu, "14.04"}, "utopic": {Ubuntu, "14.10"}, "vivid": {Ubuntu, "15.04"}, "wily": {Ubuntu, "15.10"},
	"xenial": {Ubuntu, "16.04"}, "yakkety": {Ubuntu, "16.10"}, "zesty": {Ubuntu, "17.04"}, "artful": {Ubuntu, "17.10"},
	"bionic": {Ubuntu, "18.04"}, "cosmic": {Ubuntu, "18.10"}, "disco": {Ubuntu, "19.04"}, "eoan": {Ubuntu, "19.10"},
	"focal": {Ubuntu, "20.04"}, "groovy": {Ubuntu, "20.10"}, "hirsute": {Ubuntu, "21.04"}, "impish": {Ubuntu, "21.10"},
	"jammy": {Ubuntu, "22.04"}, "kinetic": {Ubuntu, "22.10"}, "lunar": {Ubuntu, "23.04"}, "mantic": {Ubuntu, "23.10"},
	"noble": {Ubuntu, "24.04"}, "oracular": {Ubuntu, "24.10"}, "plucky": {Ubuntu, "25.04"}, "questing": {Ubuntu, "25.10"},
	"lucid": {Ubuntu, "10.04"}, "precise": {Ubuntu, "12.04"}, "quantal": {Ubuntu, "12.10"}, "raring": {Ubuntu, "13.04"},
	"saucy": {Ubuntu, "13.10"},
}

// distroIDs lead from the names that tools give a distribution (os-release ID, purl namespace, trivy's family) to its
// ecosystem. CentOS stands under Red Hat, whose packages it rebuilds; Identify marks that.
var distroIDs = map[string]string{
	"debian": Debian, "raspbian": Debian, "distroless": Debian, "ubuntu": Ubuntu, "pop": Ubuntu, "linuxmint": Ubuntu,
	"alpine": Alpine, "wolfi": Wolfi, "chainguard": Chainguard, "minimos": MinimOS, "alpaquita": Alpaquita, "bellsoft": Alpaquita,
	"redhat": RedHat, "red hat": RedHat, "rhel": RedHat, "rhcos": RedHat, "ubi": RedHat, "centos": RedHat, "centosstream": RedHat,
	"almalinux": AlmaLinux, "alma": AlmaLinux, "rocky": RockyLinux, "rockylinux": RockyLinux, "rocky-linux": RockyLinux,
	"suse": SUSE, "sles": SUSE, "sled": SUSE, "sle": SUSE, "sle_hpc": SUSE, "sles_sap": SUSE, "sle-micro": SUSE, "sl-micro": SUSE,
	"suse linux enterprise server": SUSE, "suse linux enterprise micro": SUSE, "suse linux micro": SUSE,
	"opensuse": OpenSUSE, "opensuse-leap": OpenSUSE, "opensuse.leap": OpenSUSE, "opensuse leap": OpenSUSE,
	"opensuse-tumbleweed": OpenSUSE, "opensuse.tumbleweed": OpenSUSE, "opensuse tumbleweed": OpenSUSE,
	"openeuler": OpenEuler, "mageia": Mageia, "photon": PhotonOS, "vmware": PhotonOS,
	"azurelinux": AzureLinux, "mariner": AzureLinux, "cbl-mariner": AzureLinux,
	"fedora": Fedora, "amzn": AmazonLinux, "amazon": AmazonLinux, "amazonlinux": AmazonLinux, "amazon linux": AmazonLinux,
	"ol": OracleLinux, "oracle": OracleLinux, "oraclelinux": OracleLinux, "oracle linux": OracleLinux,
}

// parseDistro reads the name of a distribution release as documents give it: "debian-12.5", "bookworm", "3.18.4",
// "rhel-8.6", "Debian GNU/Linux 12 (bookworm)". Either answer may be empty.
func parseDistro(s string) (ecosystem, release string) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" {
		return "", ""
	}
	s, _, _ = strings.Cut(s, " (")
	s = strings.ReplaceAll(s, " gnu/linux", "")
	s = strings.ReplaceAll(s, " enterprise linux", "")
	if strings.HasPrefix(s, "suse linux") || strings.HasPrefix(s, "red hat") {
		s = strings.ReplaceAll(s, " release", "")
	}
	id, version := s, ""
	if i := strings.IndexAny(s, "0123456789"); i >= 0 {
		if i > 0 && s[i-1] == 'v' && (i == 1 || strings.IndexByte("-:/@ ", s[i-2]) >= 0) {
			i--
		}
		id, version = s[:i], s[i:]
	}
	id = strings.Trim(id, "-:/@ _")
	if ecosystem, ok := distroIDs[id]; ok {
		if ecosystem == SUSE || ecosystem == OpenSUSE {
			version = id + " " + version // the edition is part of the release
		}
		return ecosystem, canonicalRelease(ecosystem, version)
	}
	if id == "el" || id == ".el" {
		return RedHat, canonicalRelease(RedHat, version)
	}
	for _, word := range strings.FieldsFunc(id, func(r rune) bool { return strings.ContainsRune("-:/@ _", r) }) {
		if name, ok := codeNames[word]; ok {
			return name[0], name[1]
		}
	}
	for _, word := range []string{"edge", "stream", "tumbleweed", "sid"} {
		if first, found := strings.CutSuffix(id, word); found && distroIDs[strings.Trim(first, "-:/@ ")] != "" {
			ecosystem = distroIDs[strings.Trim(first, "-:/@ ")]
			return ecosystem, canonicalRelease(ecosystem, word)
		}
	}
	if id == "" && version != "" {
		return "", version
	}
	return "", ""
}

// canonicalRelease brings the release of a distribution to the form in which advisories and components compare.
//
//   - Debian: the number ("12", "6.0"), also of a point release or a code name. "sid" for unstable.
//   - Ubuntu: "22.04", with or without ":LTS"; what only Ubuntu Pro delivers is a release of its own, "Pro:22.04".
//   - Alpine: "v3.18", "edge".
//   - Red Hat, AlmaLinux, Rocky Linux, Oracle Linux, CentOS: the major version. Red Hat's product streams
//     ("rhel_aus:8.4::appstream") are taken to the major version they belong to; RedHatStream keeps the rest apart.
//   - SUSE, openSUSE: the number with its service pack ("15.5"), "micro-5.3" for the Micro editions, "tumbleweed".
//   - Others: as written; ecosystems without releases: empty.
func canonicalRelease(ecosystem, s string) string {
	lower := strings.ToLower(s)
	switch ecosystem {
	case Debian:
		return debianRelease(lower)
	case Ubuntu:
		return ubuntuRelease(s)
	case Alpine:
		return alpineRelease(lower)
	case RedHat:
		return redHatRelease(lower)
	case AlmaLinux, RockyLinux, OracleLinux, AzureLinux, Fedora, Mageia:
		return majorOf(strings.TrimPrefix(lower, "v"))
	case SUSE, OpenSUSE:
		return suseRelease(lower)
	case Alpaquita, BellSoft, OpenEuler, AmazonLinux:
		return s
	case PhotonOS:
		if s != "" && !strings.Contains(s, ".") {
			return s + ".0"
		}
		return s
	}
	return ""
}

func majorOf(s string) string {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i]
}

func majorMinor(s string) string {
	major := majorOf(s)
	rest := s[len(major):]
	if major == "" || !strings.HasPrefix(rest, ".") {
		return major
	}
	if minor := majorOf(rest[1:]); minor != "" {
		return major + "." + minor
	}
	return major
}

func debianRelease(s string) string {
	if name, ok := codeNames[s]; ok {
		return name[1]
	}
	major := majorOf(s)
	switch major {
	case "1", "2", "3":
		return majorMinor(s)
	case "4", "5", "6":
		return major + ".0"
	}
	return major
}

func ubuntuRelease(s string) string {
	if name, ok := codeNames[strings.ToLower(s)]; ok {
		return name[1]
	}
	parts := strings.Split(s, ":")
	kept := parts[:0]
	for _, part := range parts {
		if part == "" || strings.EqualFold(part, "LTS") {
			continue
		}
		if number := majorMinor(part); number != "" {
			part = number
		}
		kept = append(kept, part)
	}
	return strings.Join(kept, ":")
}

func alpineRelease(s string) string {
	if s == "edge" {
		return s
	}
	s = majorMinor(strings.TrimPrefix(s, "v"))
	if s == "" || !strings.Contains(s, ".") {
		return ""
	}
	// Between releases, os-release calls edge by the date of its snapshot ("3.19_alpha20230901" is edge too, but
	// nearer to the release that follows).
	return "v" + s
}

// redHatRelease reads "8.6", "enterprise_linux:8::appstream", "rhel_aus:8.4::appstream" and "openshift:4.12::el8".
func redHatRelease(s string) string {
	parts := strings.Split(s, ":")
	if len(parts) == 1 {
		return majorOf(strings.TrimPrefix(strings.TrimPrefix(s, "v"), "el"))
	}
	if major, found := strings.CutPrefix(parts[len(parts)-1], "el"); found && majorOf(major) != "" {
		return majorOf(major)
	}
	if parts[0] == "enterprise_linux" || strings.HasPrefix(parts[0], "enterprise_linux_") || strings.HasPrefix(parts[0], "rhel_") {
		return majorOf(parts[1])
	}
	return s
}

// RedHatStream says which extended stream of Red Hat an OSV ecosystem speaks of: "rhel_aus:8.4" for
// "Red Hat:rhel_aus:8.4::appstream", empty for the main one and for other ecosystems.
func RedHatStream(ecosystem string) string {
	base, rest, _ := strings.Cut(ecosystem, ":")
	product, rest, _ := strings.Cut(rest, ":")
	version, _, _ := strings.Cut(rest, ":")
	if base != RedHat || !strings.HasPrefix(product, "rhel_") || !strings.Contains(version, ".") {
		return ""
	}
	return product + ":" + version
}

// suseRelease reads "Linux Enterprise Server 15 SP5", "Leap 15.5", "15.5", "15-sp5", "Linux Enterprise Micro 5.3".
func suseRelease(s string) string {
	if strings.Contains(s, "tumbleweed") {
		return "tumbleweed"
	}
	i := strings.IndexAny(s, "0123456789")
	if i < 0 {
		return ""
	}
	number := majorMinor(s[i:])
	if rest := s[i+len(number):]; !strings.Contains(number, ".") {
		rest = strings.TrimLeft(rest, " -_.")
		if pack, found := strings.CutPrefix(rest, "sp"); found && majorOf(pack) != "" {
			number += "." + majorOf(pack)
		}
	}
	if strings.Contains(s[:i], "micro") {
		return "micro-" + number
	}
	return number
}
