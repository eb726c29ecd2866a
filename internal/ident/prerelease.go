package ident

import "strings"

// Prerelease says whether a version calls itself one that comes before a release, by the habits of its ecosystem. Advice must
// not lead from a release to one. Distributions have none: what they publish is released.
func Prerelease(ecosystem, version string) bool {
	switch ecosystem {
	case NPM, CratesIO, Go, Hex, SwiftURL, GitHubActions, VSCode, NuGet, Pub, Julia:
		version, _, _ = strings.Cut(version, "+")
		return strings.Contains(version, "-")
	case RubyGems:
		return strings.IndexFunc(version, func(r rune) bool { return r < 0x80 && isLetter(byte(r)) }) >= 0
	case PyPI:
		version, _, _ = strings.Cut(version, "+")
		return hasWord(version, pypiEarly)
	case Maven, Packagist, Bitnami, Homebrew, ConanCenter, Opam, CPEVersions:
		version, _, _ = strings.Cut(version, "+")
		return hasWord(version, earlyWords)
	}
	return false
}

// earlyWords come before a release; those with true only where a digit follows at once ("m1", and not the name of a flavour).
var earlyWords = map[string]bool{
	"alpha": false, "beta": false, "milestone": false, "rc": false, "cr": false, "snapshot": false, "dev": false, "pre": false,
	"preview": false, "ea": false, "incubating": false, "nightly": false, "canary": false, "a": true, "b": true, "m": true,
}

var pypiEarly = map[string]bool{"a": false, "b": false, "c": false, "rc": false, "alpha": false, "beta": false, "pre": false, "preview": false, "dev": false}

// hasWord looks for one of the words among the runs of letters of a version.
func hasWord(version string, words map[string]bool) bool {
	version = strings.ToLower(version)
	for i := 0; i < len(version); i++ {
		if !isLetter(version[i]) {
			continue
		}
		end := i
		for end < len(version) && isLetter(version[end]) {
			end++
		}
		if digit, known := words[version[i:end]]; known && (!digit || end < len(version) && isDigit(version[end])) {
			return true
		}
		i = end
	}
	return false
}

// Flavour is the part of a Maven version that names a build for one platform, beside which others of the same version exist:
// "jre" and "android" of guava, "jre8" and "jre11" of JDBC drivers, "redhat" of a rebuild. Empty: none.
func Flavour(ecosystem, version string) string {
	if ecosystem != Maven {
		return ""
	}
	at := strings.LastIndexAny(version, ".-")
	if at <= 0 {
		return ""
	}
	last := strings.ToLower(version[at+1:])
	if rest, rebuilt := strings.CutPrefix(last, "redhat"); rebuilt && digitsAt(strings.TrimPrefix(rest, "-")) == len(strings.TrimPrefix(rest, "-")) {
		return "redhat"
	}
	if allDigits(last) {
		// "1.0.redhat-00002": the number belongs to the word before it.
		if at = strings.LastIndexAny(version[:at], ".-"); at > 0 && strings.HasPrefix(strings.ToLower(version[at+1:]), "redhat-") {
			return "redhat"
		}
		return ""
	}
	for _, name := range []string{"jre", "jdk", "java"} {
		if rest, found := strings.CutPrefix(last, name); found && digitsAt(rest) == len(rest) {
			return last
		}
	}
	if last == "android" {
		return last
	}
	return ""
}

// pairedFlavours are those that guava publishes of each version; an advisory names one of them.
var pairedFlavours = map[string]string{"jre": "android", "android": "jre"}

// WithFlavour is a version in another flavour, where each version is published in both; false where that is not known.
func WithFlavour(ecosystem, version, flavour string) (string, bool) {
	own := Flavour(ecosystem, version)
	if own == "" || flavour == "" || pairedFlavours[own] != flavour {
		return "", false
	}
	return version[:len(version)-len(own)] + flavour, true
}
