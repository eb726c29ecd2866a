package ident

import "strings"

// alpineOrder is apk's (apk-package(5), "Package version"): numbers, one letter, suffixes such as _rc1, a commit, and
// the package revision.
var alpineOrder = order{"apk order", readAlpine}

type alpinePartKind int8

// The kinds in the order in which apk meets them; where one version has ended, or goes on with a later kind, the other
// is the greater, but for a suffix that announces a release.
const (
	alpineNumber alpinePartKind = iota
	alpineLetter
	alpineSuffix
	alpineSuffixNumber
	alpineCommit
	alpineRevision
	alpineEnd
)

type alpinePart struct {
	kind  alpinePartKind
	value number
	text  string // a number with its zeros, or a commit
	rank  int8   // letter, or suffix (negative: before the release)
}

type alpineVersion []alpinePart

var alpineSuffixes = map[string]int8{
	"alpha": -4, "beta": -3, "pre": -2, "rc": -1, "cvs": 1, "svn": 2, "git": 3, "hg": 4, "p": 5,
}

func readAlpine(s string) (reading, bool) {
	var v alpineVersion
	for {
		n, digits, rest := takeNumber(s)
		if digits == 0 {
			return nil, false
		}
		v = append(v, alpinePart{kind: alpineNumber, value: n, text: s[:digits]})
		if s = rest; !strings.HasPrefix(s, ".") {
			break
		}
		s = s[1:]
		// Old security lists hold "1.7.5.-r1" and "10.2.24.r0", slips for the revision.
		if strings.HasPrefix(s, "r") {
			s = "-" + s
		}
		if strings.HasPrefix(s, "-r") {
			break
		}
	}
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		v = append(v, alpinePart{kind: alpineLetter, rank: int8(s[0] - 'a' + 1)})
		s = s[1:]
		// "1.8.28p1" is no version for apk, but old indexes and advisories hold such.
		if n, digits, rest := takeNumber(s); digits > 0 {
			v = append(v, alpinePart{kind: alpineSuffixNumber, value: n})
			s = rest
		}
	}
	for strings.HasPrefix(s, "_") {
		letters := lettersAt(s[1:])
		rank, known := alpineSuffixes[s[1:1+letters]]
		if !known {
			return nil, false
		}
		v = append(v, alpinePart{kind: alpineSuffix, rank: rank})
		n, digits, rest := takeNumber(s[1+letters:])
		if digits > 0 {
			v = append(v, alpinePart{kind: alpineSuffixNumber, value: n})
		}
		s = rest
	}
	if strings.HasPrefix(s, "~") {
		i := 1
		for i < len(s) && (isDigit(s[i]) || s[i] >= 'a' && s[i] <= 'f') {
			i++
		}
		s = s[i:] // commits have no order
	}
	if rest, found := strings.CutPrefix(s, "-r"); found {
		n, _, after := takeNumber(rest)
		v = append(v, alpinePart{kind: alpineRevision, value: n})
		s = after
	}
	return append(v, alpinePart{kind: alpineEnd}), s == ""
}

func (v alpineVersion) compare(other reading) int {
	w := other.(alpineVersion)
	for i := range min(len(v), len(w)) {
		a, b := v[i], w[i]
		if a.kind != b.kind {
			switch {
			case a.kind == alpineSuffix && a.rank < 0:
				return -1
			case b.kind == alpineSuffix && b.rank < 0:
				return 1
			}
			return sign(int(b.kind) - int(a.kind))
		}
		if c := a.compare(b, i == 0); c != 0 {
			return c
		}
	}
	return 0
}

func (p alpinePart) compare(q alpinePart, first bool) int {
	switch p.kind {
	case alpineLetter, alpineSuffix:
		return sign(int(p.rank) - int(q.rank))
	case alpineNumber:
		// Behind a dot a number with a leading zero is a decimal fraction.
		if !first && (strings.HasPrefix(p.text, "0") || strings.HasPrefix(q.text, "0")) {
			return strings.Compare(p.text, q.text)
		}
	}
	return p.value.compare(q.value)
}
