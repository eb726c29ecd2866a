package ident

import "strings"

// numberOrder is that of lists of numbers parted by "." or "-", of which the longer is the greater where all else is
// equal (R's package_version; Haskell's Data.Version).
var numberOrder = order{"order of numbers", func(s string) (reading, bool) {
	var v numberList
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == '-' }) {
		if !allDigits(part) {
			return nil, false
		}
		n, _, _ := takeNumber(part)
		v = append(v, n)
	}
	return v, len(v) > 0
}}

type numberList []number

func (v numberList) compare(other reading) int {
	w := other.(numberList)
	for i := range min(len(v), len(w)) {
		if c := v[i].compare(w[i]); c != 0 {
			return c
		}
	}
	return sign(len(v) - len(w))
}

// gemOrder is Gem::Version's: segments of digits or letters; letters mark a pre-release; trailing zeros of the numbers
// and of the rest count for nothing. The platform of a lock file's "1.13.6-x86_64-linux" is no part of the version.
var gemOrder = order{"RubyGems order", readGem}

// gemVersion has the canonical segments: the numbers, then all from the first word on.
type gemSegments []segment

type segment struct {
	word  string // empty for a number
	value number
}

func readGem(s string) (reading, bool) {
	s = strings.ReplaceAll(trimGemPlatform(s), "-", ".pre.")
	if !isDigit(s[0]) {
		return nil, false
	}
	var numbers, rest gemSegments
	for _, piece := range splitRuns(s) {
		if strings.Trim(piece.word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return nil, false
		}
		if len(rest) > 0 || piece.word != "" {
			rest = append(rest, piece)
		} else {
			numbers = append(numbers, piece)
		}
	}
	return append(numbers.trim(), rest.trim()...), true
}

func (v gemSegments) trim() gemSegments {
	for len(v) > 0 && v[len(v)-1] == (segment{}) {
		v = v[:len(v)-1]
	}
	return v
}

func (v gemSegments) compare(other reading) int {
	w := other.(gemSegments)
	for i := range max(len(v), len(w)) {
		var a, b segment // a missing segment is zero
		if i < len(v) {
			a = v[i]
		}
		if i < len(w) {
			b = w[i]
		}
		switch {
		case a.word != "" && b.word == "":
			return -1
		case a.word == "" && b.word != "":
			return 1
		}
		if c := strings.Compare(a.word, b.word); c != 0 {
			return c
		}
		if c := a.value.compare(b.value); c != 0 {
			return c
		}
	}
	return 0
}

var gemPlatforms = []string{"x86_64", "x86", "x64", "i386", "i486", "i586", "i686", "amd64", "arm", "aarch64", "ppc", "powerpc", "s390",
	"riscv", "universal", "java", "jruby", "mswin", "mingw", "dalvik", "darwin", "linux"}

// trimGemPlatform drops a platform from the end of a gem's version.
func trimGemPlatform(version string) string {
	head, tail, found := strings.Cut(version, "-")
	if found && head != "" {
		for _, platform := range gemPlatforms {
			if strings.HasPrefix(tail, platform) {
				return head
			}
		}
	}
	return version
}

// splitRuns parts a version into runs of digits and of other characters; "." parts them too and is dropped.
func splitRuns(s string) []segment {
	segments := make([]segment, 0, 8)
	for s != "" {
		if s[0] == '.' {
			s = s[1:]
			continue
		}
		if n, digits, rest := takeNumber(s); digits > 0 {
			segments = append(segments, segment{value: n})
			s = rest
			continue
		}
		i := 0
		for i < len(s) && s[i] != '.' && !isDigit(s[i]) {
			i++
		}
		segments = append(segments, segment{word: s[:i]})
		s = s[i:]
	}
	return segments
}

// looseOrder serves registries that take upstream versions as they come (Homebrew, Conan): words that announce a
// release are below it, other words ("1.1.1k") above it and below a further number, "_3" is a packaging revision.
var looseOrder = order{"order of numbers and words", func(s string) (reading, bool) {
	s = strings.ToLower(strings.TrimPrefix(s, "v"))
	v := &looseVersion{}
	if head, revision, found := cutLast(s, "_"); found && allDigits(revision) {
		v.revision, _, _ = takeNumber(revision)
		s = head
	}
	if s == "" || !isDigit(s[0]) || isCommit(s) {
		return nil, false
	}
	for _, piece := range splitRuns(s) {
		if piece.word != "" {
			if piece.word = strings.Trim(piece.word, "-_+~ "); piece.word == "" {
				continue // a separator
			}
			v.segments = v.segments.trim()
		}
		v.segments = append(v.segments, piece)
	}
	v.segments = v.segments.trim()
	return v, true
}}

type looseVersion struct {
	segments gemSegments // without zeros before a word or the end
	revision number
}

var looseRanks = map[string]int{"dev": -5, "alpha": -4, "a": -4, "beta": -3, "b": -3, "pre": -2, "preview": -2, "milestone": -2, "rc": -1,
	"snapshot": -1}

func (s segment) looseRank() int {
	if s.word == "" {
		return 2
	}
	if rank, known := looseRanks[s.word]; known {
		return rank
	}
	return 1
}

func (v *looseVersion) compare(other reading) int {
	w := other.(*looseVersion)
	for i := range max(len(v.segments), len(w.segments)) {
		switch {
		case i >= len(v.segments):
			return -sign(w.segments[i].looseRank())
		case i >= len(w.segments):
			return sign(v.segments[i].looseRank())
		}
		a, b := v.segments[i], w.segments[i]
		if c := sign(a.looseRank() - b.looseRank()); c != 0 {
			return c
		}
		if c := strings.Compare(a.word, b.word); c != 0 && a.looseRank() == 1 {
			return c
		}
		if c := a.value.compare(b.value); c != 0 {
			return c
		}
	}
	return v.revision.compare(w.revision)
}
