package ident

import "strings"

// The orders of Semantic Versioning 2.0.0 and its relatives.
var (
	// semverOrder is semver.org's, read as leniently as registries of the time before it need: a leading "v" or "=",
	// fewer or more than three numbers, a pre-release without its hyphen. Build metadata ("+incompatible") is ignored.
	semverOrder = order{"semantic version order", func(s string) (reading, bool) { return readSemver(s, semverRules{}) }}
	// buildOrder also orders builds: no build before any, numbers before words (pub_semver; Julia's Base.VersionNumber,
	// whose binary packages are released as "1.0.7+0", "1.0.7+1").
	buildOrder = order{"semantic version order with builds", func(s string) (reading, bool) { return readSemver(s, semverRules{builds: true}) }}
	// nugetOrder has four numbers and compares labels without case (NuGet.Versioning, VersionComparison.Default).
	nugetOrder = order{"NuGet order", func(s string) (reading, bool) { return readSemver(s, semverRules{foldCase: true}) }}
	// bitnamiOrder takes "6.2.0-3" for the third packaging of 6.2.0, not for a pre-release of it, and drops the image
	// tag in "6.2.0-debian-12-r4": the advisories know upstream versions.
	bitnamiOrder = order{"Bitnami order", func(s string) (reading, bool) { return readSemver(s, semverRules{revisions: true}) }}
)

type semverRules struct{ builds, foldCase, revisions bool }

type semver struct {
	numbers []number
	pre     []string // nil: a release
	build   []string // only where builds are ordered
}

func readSemver(s string, rules semverRules) (reading, bool) {
	if isCommit(s) {
		return nil, false
	}
	rest := strings.TrimLeft(s, "= ")
	if len(rest) > 1 && (rest[0] == 'v' || rest[0] == 'V') {
		rest = strings.TrimLeft(rest[1:], " ")
	}
	v := &semver{numbers: make([]number, 0, 4)}
	for {
		n, digits, after := takeNumber(rest)
		if digits == 0 {
			return nil, false
		}
		v.numbers = append(v.numbers, n)
		rest = after
		if len(rest) < 2 || rest[0] != '.' || !isDigit(rest[1]) {
			break
		}
		rest = rest[1:]
	}
	rest, build, _ := strings.Cut(rest, "+")
	hyphen := strings.HasPrefix(rest, "-")
	if rest != "" && !hyphen && len(v.numbers) < 2 {
		return nil, false // "4b825dc" is an abbreviated commit rather than 4, pre-release b825dc
	}
	rest = strings.TrimLeft(rest, "-._")
	if rules.foldCase {
		rest = strings.ToLower(rest)
	}
	switch {
	case rest == "":
	case rules.revisions && allDigits(rest):
		n, _, _ := takeNumber(rest)
		for len(v.numbers) < 3 {
			v.numbers = append(v.numbers, "")
		}
		v.numbers = append(v.numbers, n)
	case rules.revisions && (strings.HasPrefix(rest, "debian-") || strings.HasPrefix(rest, "photon-")):
	default:
		v.pre = strings.Split(rest, ".")
	}
	if rules.builds && build != "" {
		v.build = strings.Split(build, ".")
	}
	return v, true
}

// isCommit recognises a whole git commit id.
func isCommit(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == "" && strings.Trim(s, "0123456789") != ""
}

func (v *semver) compare(other reading) int {
	w := other.(*semver)
	if c := compareNumbers(v.numbers, w.numbers); c != 0 {
		return c
	}
	switch {
	case v.pre == nil && w.pre != nil:
		return 1
	case v.pre != nil && w.pre == nil:
		return -1
	}
	if c := compareIdentifiers(v.pre, w.pre); c != 0 {
		return c
	}
	return compareIdentifiers(v.build, w.build)
}

// compareIdentifiers is semver.org's rule 11.4: numbers by value and before words, words by their bytes, more
// identifiers after fewer.
func compareIdentifiers(a, b []string) int {
	for i := range min(len(a), len(b)) {
		x, y := allDigits(a[i]), allDigits(b[i])
		c := 0
		switch {
		case x && y:
			n, _, _ := takeNumber(a[i])
			m, _, _ := takeNumber(b[i])
			c = n.compare(m)
		case x:
			c = -1
		case y:
			c = 1
		default:
			c = strings.Compare(a[i], b[i])
		}
		if c != 0 {
			return c
		}
	}
	return sign(len(a) - len(b))
}

// PseudoVersion says whether a Go version is a pseudo-version (go.dev/ref/mod#pseudo-versions), and the tag it was
// derived from: "1.6.0" for "v1.6.1-0.20230608160752-b14acb611a79" (the tag before), "" where there was none.
func PseudoVersion(version string) (base string, pseudo bool) {
	version, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(version), "v"), "+")
	head, commit, found := cutLast(version, "-")
	if !found || len(commit) != 12 || strings.Trim(commit, "0123456789abcdef") != "" {
		return "", false
	}
	if len(head) < 15 || !allDigits(head[len(head)-14:]) {
		return "", false
	}
	stamp := len(head) - 14
	release, separator := head[:stamp-1], head[stamp-1]
	switch {
	case separator == '-': // vX.0.0-time-commit: no tag before it
		return "", strings.HasSuffix(release, ".0.0")
	case separator == '.' && strings.HasSuffix(release, "-0"): // vX.Y.(Z+1)-0.time-commit
		return patchBefore(strings.TrimSuffix(release, "-0")), true
	case separator == '.' && strings.HasSuffix(release, ".0"): // vX.Y.Z-pre.0.time-commit
		return strings.TrimSuffix(release, ".0"), true
	}
	return "", false
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// patchBefore undoes the patch number that the go command adds one to.
func patchBefore(release string) string {
	head, patch, found := cutLast(release, ".")
	if !found || !allDigits(patch) || strings.Trim(patch, "0") == "" {
		return release
	}
	digits := []byte(patch)
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] > '0' {
			digits[i]--
			break
		}
		digits[i] = '9'
	}
	if len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	return head + "." + string(digits)
}
