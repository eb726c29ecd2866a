package ident

import "strings"

// debianOrder is dpkg's (deb-version(7)): epoch, upstream version, revision.
var debianOrder = order{"dpkg order", readDebian}

// opamOrder compares whole versions as Debian compares their parts (opam manual, "Version ordering").
var opamOrder = order{"opam order", func(s string) (reading, bool) { return &debianVersion{upstream: s}, true }}

type debianVersion struct {
	epoch              number
	upstream, revision string
}

func readDebian(s string) (reading, bool) {
	v := &debianVersion{upstream: s}
	if epoch, rest, found := strings.Cut(s, ":"); found {
		if !allDigits(epoch) {
			return nil, false
		}
		v.epoch, _, _ = takeNumber(epoch)
		v.upstream = rest
	}
	v.upstream, v.revision, _ = cutLast(v.upstream, "-")
	for i := range len(v.upstream) {
		if c := v.upstream[i]; !isDigit(c) && !isLetter(c) && strings.IndexByte(".+-~:_", c) < 0 {
			return nil, false
		}
	}
	return v, v.upstream != ""
}

func (v *debianVersion) compare(other reading) int {
	w := other.(*debianVersion)
	if c := v.epoch.compare(w.epoch); c != 0 {
		return c
	}
	if c := compareDebianPart(v.upstream, w.upstream); c != 0 {
		return c
	}
	return compareDebianPart(v.revision, w.revision)
}

// compareDebianPart compares by turns a run of other characters and a run of digits.
func compareDebianPart(a, b string) int {
	for a != "" || b != "" {
		for (a != "" && !isDigit(a[0])) || (b != "" && !isDigit(b[0])) {
			if c := debianWeight(a) - debianWeight(b); c != 0 {
				return sign(c)
			}
			// Equal weights above zero are one character on either side.
			a, b = a[1:], b[1:]
		}
		n, _, restA := takeNumber(a)
		m, _, restB := takeNumber(b)
		if c := n.compare(m); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return 0
}

// debianWeight weighs the first character: "~" before the end, the end (or a digit) before letters, letters before all else.
func debianWeight(s string) int {
	switch {
	case s == "" || isDigit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case isLetter(s[0]):
		return int(s[0])
	}
	return int(s[0]) + 256
}

// rpmOrder is rpm's: epoch, version and release, each by rpmvercmp (rpm-version(7)). A missing epoch is epoch 0 here;
// whether it was missing matters to the matcher (Identity.EpochMissing).
var rpmOrder = order{"RPM order", readRPM}

type rpmVersion struct {
	epoch            number
	version, release string
	hasRelease       bool
}

func readRPM(s string) (reading, bool) {
	v := &rpmVersion{version: s}
	if epoch, rest, found := strings.Cut(s, ":"); found && (epoch == "" || allDigits(epoch)) {
		v.epoch, _, _ = takeNumber(epoch)
		v.version = rest
	}
	v.version, v.release, v.hasRelease = strings.Cut(v.version, "-")
	for i := range len(v.version) {
		if isDigit(v.version[i]) || isLetter(v.version[i]) {
			return v, true
		}
	}
	return nil, false
}

func (v *rpmVersion) compare(other reading) int {
	w := other.(*rpmVersion)
	if c := v.epoch.compare(w.epoch); c != 0 {
		return c
	}
	if c := compareRPM(v.version, w.version); c != 0 {
		return c
	}
	switch {
	case v.hasRelease && !w.hasRelease:
		return 1
	case w.hasRelease && !v.hasRelease:
		return -1
	}
	return compareRPM(v.release, w.release)
}

// compareRPM is rpmvercmp: runs of digits or of letters, whatever stands between them; "~" is below the end, "^" above
// the end but below everything else.
func compareRPM(a, b string) int {
	for {
		a, b = trimRPM(a), trimRPM(b)
		if c, settled := compareRPMMarks(&a, &b); settled {
			if c != 0 {
				return c
			}
			continue
		}
		if a == "" || b == "" {
			return sign(len(a) - len(b))
		}
		if isDigit(a[0]) {
			if !isDigit(b[0]) {
				return 1
			}
			n, _, restA := takeNumber(a)
			m, _, restB := takeNumber(b)
			if c := n.compare(m); c != 0 {
				return c
			}
			a, b = restA, restB
			continue
		}
		i, j := lettersAt(a), lettersAt(b)
		if j == 0 {
			return -1
		}
		if c := strings.Compare(a[:i], b[:j]); c != 0 {
			return c
		}
		a, b = a[i:], b[j:]
	}
}

// compareRPMMarks deals with a tilde or caret at the front; it takes them off where both sides have one.
func compareRPMMarks(a, b *string) (c int, settled bool) {
	for _, mark := range []byte{'~', '^'} {
		x, y := strings.HasPrefix(*a, string(mark)), strings.HasPrefix(*b, string(mark))
		switch {
		case x && y:
			*a, *b = (*a)[1:], (*b)[1:]
			return 0, true
		case x && mark == '^' && *b == "":
			return 1, true
		case x:
			return -1, true
		case y && mark == '^' && *a == "":
			return -1, true
		case y:
			return 1, true
		}
	}
	return 0, false
}

func trimRPM(s string) string {
	for s != "" && !isDigit(s[0]) && !isLetter(s[0]) && s[0] != '~' && s[0] != '^' {
		s = s[1:]
	}
	return s
}

func lettersAt(s string) int {
	i := 0
	for i < len(s) && isLetter(s[i]) {
		i++
	}
	return i
}
