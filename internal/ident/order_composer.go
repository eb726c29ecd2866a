package ident

import "strings"

// composerOrder is Composer's: the version is brought to four numbers and a stability as Composer\Semver\VersionParser
// does ("1.0" and "1.0.0" are one), and the results compare as PHP's version_compare has it. Branches ("dev-master")
// are unreadable: they have no place in the order.
var composerOrder = order{"Composer order", readComposer}

// composerForms rank the words of version_compare; a word is known by the form it begins with. Other words are below.
var composerForms = []struct {
	form string
	rank int
}{{"dev", 1}, {"alpha", 2}, {"a", 2}, {"beta", 3}, {"b", 3}, {"rc", 4}, {"#", 5}, {"pl", 6}, {"p", 6}}

const composerNumber = 5 // a number stands where "#" does

func readComposer(s string) (reading, bool) {
	s = strings.ToLower(s)
	s, _, _ = strings.Cut(s, " as ")
	s, _, _ = strings.Cut(s, "@")
	s, _, _ = strings.Cut(s, "+")
	s = trimV(strings.TrimSpace(s))
	if s == "" || !isDigit(s[0]) || isCommit(s) || abbreviatedCommit(s) ||
		strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyz.-_ ") != "" {
		return nil, false
	}
	if branch, found := strings.CutSuffix(s, ".x-dev"); found {
		s = branch
		for strings.Count(s, ".") < 3 {
			s += ".9999999"
		}
		s += "-dev"
	}
	numbers, rest := 0, s
	for {
		_, digits, after := takeNumber(rest)
		if digits == 0 {
			break
		}
		numbers++
		rest = after
		if len(rest) < 2 || rest[0] != '.' || !isDigit(rest[1]) {
			break
		}
		rest = rest[1:]
	}
	head := s[:len(s)-len(rest)]
	for ; numbers < 4; numbers++ {
		head += ".0"
	}
	v := composerVersion(splitComposer(head + "." + rest))
	for len(v) > 4 && v[len(v)-1].word == "stable" {
		v = v[:len(v)-1]
	}
	return v, true
}

// abbreviatedCommit tells "4b825dc" from a version.
func abbreviatedCommit(s string) bool {
	return len(s) >= 7 && strings.Trim(s, "0123456789abcdef") == "" && !allDigits(s)
}

// splitComposer parts at "-", "_", "+", "." and where digits meet other characters.
func splitComposer(s string) []segment {
	return splitRuns(strings.NewReplacer("-", ".", "_", ".", "+", ".").Replace(s))
}

type composerVersion []segment

func (v composerVersion) compare(other reading) int {
	w := other.(composerVersion)
	for i := range min(len(v), len(w)) {
		a, b := v[i], w[i]
		if c := sign(a.composerRank() - b.composerRank()); c != 0 {
			return c
		}
		if a.word == "" && b.word == "" {
			if c := a.value.compare(b.value); c != 0 {
				return c
			}
		}
	}
	switch {
	case len(v) > len(w):
		return v[len(w)].beyondEnd()
	case len(w) > len(v):
		return -w[len(v)].beyondEnd()
	}
	return 0
}

func (s segment) composerRank() int {
	if s.word == "" {
		return composerNumber
	}
	for _, f := range composerForms {
		if strings.HasPrefix(s.word, f.form) {
			return f.rank
		}
	}
	return 0
}

// beyondEnd compares a version that goes on with one that has ended: a number is above, a word above if it is above "#".
func (s segment) beyondEnd() int {
	if s.word == "" {
		return 1
	}
	return sign(s.composerRank() - composerNumber)
}
