package ident

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnreadable says that an ecosystem's order cannot read a version ("trunk", "dev-master", a commit), so that a
// comparison would be a guess; also that the ecosystem has no order.
var ErrUnreadable = errors.New("version cannot be read by the order of its ecosystem")

// maxVersion bounds a version in bytes; nested orders (Maven) take memory in proportion.
const maxVersion = 1024

// Version is a version read once, for comparing with many. The zero Version is below every other.
type Version struct {
	text string
	read reading
}

// reading is a version as one order reads it. compare is only called with a reading of the same order and answers
// -1, 0 or +1.
type reading interface {
	compare(other reading) int
}

// order reads versions; ok is false where it cannot.
type order struct {
	name string
	read func(s string) (r reading, ok bool)
}

var orders = map[string]order{
	NPM: semverOrder, CratesIO: semverOrder, Go: semverOrder, Hex: semverOrder, SwiftURL: semverOrder,
	GitHubActions: semverOrder, VSCode: semverOrder, Pub: buildOrder, Julia: buildOrder, Bitnami: bitnamiOrder,
	NuGet: nugetOrder, Maven: mavenOrder, PyPI: pypiOrder, RubyGems: gemOrder, Packagist: composerOrder,
	CRAN: numberOrder, Bioconductor: numberOrder, Hackage: numberOrder, GHC: numberOrder,
	Homebrew: looseOrder, ConanCenter: looseOrder, CPEVersions: looseOrder, Opam: opamOrder,
	Debian: debianOrder, Ubuntu: debianOrder,
	Alpine: alpineOrder, Wolfi: alpineOrder, Chainguard: alpineOrder, MinimOS: alpineOrder, Alpaquita: alpineOrder,
	BellSoft: alpineOrder,
	RedHat:   rpmOrder, AlmaLinux: rpmOrder, RockyLinux: rpmOrder, SUSE: rpmOrder, OpenSUSE: rpmOrder,
	OpenEuler: rpmOrder, Mageia: rpmOrder, PhotonOS: rpmOrder, AzureLinux: rpmOrder, Fedora: rpmOrder,
	AmazonLinux: rpmOrder, OracleLinux: rpmOrder,
}

// Order names the order that an ecosystem's versions follow, for a reader ("Maven order", "dpkg order"), empty if none is known.
// ecosystem is the OSV name without its release, as ParseEcosystem answers it.
func Order(ecosystem string) string { return orders[ecosystem].name }

// ParseVersion reads a version by the order of its ecosystem, in which equal and ordered is what the ecosystem's own
// tool says: see the reader of each order for its source. Errors wrap ErrUnreadable.
func ParseVersion(ecosystem, s string) (Version, error) {
	o, known := orders[ecosystem]
	if !known {
		return Version{}, fmt.Errorf("%w: no order is known for %q", ErrUnreadable, ecosystem)
	}
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxVersion {
		return Version{}, fmt.Errorf("%w: %d bytes", ErrUnreadable, len(s))
	}
	r, ok := o.read(s)
	if !ok {
		return Version{}, fmt.Errorf("%w: %q is no %s version", ErrUnreadable, s, ecosystem)
	}
	return Version{text: s, read: r}, nil
}

// String is the version as it was given.
func (v Version) String() string { return v.text }

// IsZero says whether v was never read.
func (v Version) IsZero() bool { return v.read == nil }

// Compare returns -1, 0 or +1. Both versions must come from one ecosystem.
func (v Version) Compare(w Version) int {
	switch {
	case v.read == nil && w.read == nil:
		return 0
	case v.read == nil:
		return -1
	case w.read == nil:
		return 1
	}
	return v.read.compare(w.read)
}

// Compare orders two versions of an ecosystem: -1, 0 or +1. Errors wrap ErrUnreadable. To compare one version with
// many, read it once with ParseVersion.
func Compare(ecosystem, a, b string) (int, error) {
	v, err := ParseVersion(ecosystem, a)
	if err != nil {
		return 0, err
	}
	w, err := ParseVersion(ecosystem, b)
	if err != nil {
		return 0, err
	}
	return v.Compare(w), nil
}

// number is a decimal number of any length without its leading zeros, a piece of the version it comes from: zero is
// "". It compares without being converted.
type number string

func (n number) compare(m number) int {
	if len(n) != len(m) {
		return sign(len(n) - len(m))
	}
	return strings.Compare(string(n), string(m))
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// takeNumber parts the digits at the front of s from the rest.
func takeNumber(s string) (n number, digits int, rest string) {
	i := digitsAt(s)
	return number(strings.TrimLeft(s[:i], "0")), i, s[i:]
}

// digitsAt counts the digits at the front of s.
func digitsAt(s string) int {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func allDigits(s string) bool { return s != "" && digitsAt(s) == len(s) }

// compareNumbers compares lists of numbers; a missing one counts as zero.
func compareNumbers(a, b []number) int {
	for i := range max(len(a), len(b)) {
		var n, m number
		if i < len(a) {
			n = a[i]
		}
		if i < len(b) {
			m = b[i]
		}
		if c := n.compare(m); c != 0 {
			return c
		}
	}
	return 0
}
