package ident

import "strings"

// pypiOrder is PEP 440's. What PEP 440 cannot read ("2004d", "9.3.1-2.1", "trunk") is unreadable: the order that old
// setuptools gave such versions put them below every other, which would make each of them affected by everything.
var pypiOrder = order{"PEP 440 order", readPyPI}

// The phases of a release, in order; a development release of the release itself comes before its first alpha.
const (
	phaseDev int8 = iota - 1
	phaseAlpha
	phaseBeta
	phaseCandidate
	phaseRelease
)

type pypiVersion struct {
	epoch   number
	release []number
	phase   int8
	pre     number
	post    number
	hasPost bool
	dev     number
	hasDev  bool
	local   []string
}

func readPyPI(s string) (reading, bool) {
	s = strings.TrimPrefix(strings.ToLower(s), "v")
	v := &pypiVersion{phase: phaseRelease}
	if head, tail, found := strings.Cut(s, "!"); found {
		if !allDigits(head) {
			return nil, false
		}
		v.epoch, _, _ = takeNumber(head)
		s = tail
	}
	s, local, hasLocal := strings.Cut(s, "+")
	if hasLocal {
		for _, part := range strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '-' || r == '_' }) {
			if strings.Trim(part, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
				return nil, false
			}
			v.local = append(v.local, part)
		}
		if len(v.local) == 0 {
			return nil, false
		}
	}
	for {
		n, digits, rest := takeNumber(s)
		if digits == 0 {
			return nil, false
		}
		v.release = append(v.release, n)
		s = rest
		if len(s) < 2 || s[0] != '.' || !isDigit(s[1]) {
			break
		}
		s = s[1:]
	}
	for len(v.release) > 0 && v.release[len(v.release)-1] == "" {
		v.release = v.release[:len(v.release)-1]
	}
	s = v.readPre(s)
	s = v.readPost(s)
	if n, rest, found := takeWord(s, "dev"); found {
		v.dev, v.hasDev, s = n, true, rest
	}
	if v.hasDev && v.phase == phaseRelease && !v.hasPost {
		v.phase = phaseDev
	}
	return v, s == ""
}

func (v *pypiVersion) readPre(s string) string {
	for _, word := range []struct {
		text  string
		phase int8
	}{{"alpha", phaseAlpha}, {"beta", phaseBeta}, {"preview", phaseCandidate}, {"pre", phaseCandidate},
		{"rc", phaseCandidate}, {"a", phaseAlpha}, {"b", phaseBeta}, {"c", phaseCandidate}} {
		if n, rest, found := takeWord(s, word.text); found {
			v.phase, v.pre = word.phase, n
			return rest
		}
	}
	return s
}

func (v *pypiVersion) readPost(s string) string {
	if len(s) > 1 && s[0] == '-' && isDigit(s[1]) {
		v.hasPost = true
		v.post, _, s = takeNumber(s[1:])
		return s
	}
	for _, word := range []string{"post", "rev", "r"} {
		if n, rest, found := takeWord(s, word); found {
			v.post, v.hasPost = n, true
			return rest
		}
	}
	return s
}

// takeWord reads "[-_.]word[-_.]number", of which only the word must be there.
func takeWord(s, word string) (n number, rest string, found bool) {
	rest, found = strings.CutPrefix(dropSeparator(s), word)
	if !found {
		return "", s, false
	}
	n, digits, after := takeNumber(dropSeparator(rest))
	if digits == 0 && after != "" {
		return "", rest, true
	}
	return n, after, true
}

func dropSeparator(s string) string {
	if s != "" && (s[0] == '.' || s[0] == '-' || s[0] == '_') {
		return s[1:]
	}
	return s
}

func (v *pypiVersion) compare(other reading) int {
	w := other.(*pypiVersion)
	if c := v.epoch.compare(w.epoch); c != 0 {
		return c
	}
	if c := compareNumbers(v.release, w.release); c != 0 {
		return c
	}
	if v.phase != w.phase {
		return sign(int(v.phase) - int(w.phase))
	}
	if c := v.pre.compare(w.pre); c != 0 {
		return c
	}
	if c := comparePresent(v.hasPost, w.hasPost, v.post, w.post); c != 0 {
		return c
	}
	// No development release comes after any, the other way round than posts.
	if c := comparePresent(!v.hasDev, !w.hasDev, v.dev, w.dev); c != 0 {
		return c
	}
	return compareLocal(v.local, w.local)
}

// comparePresent puts what is absent first.
func comparePresent(a, b bool, n, m number) int {
	switch {
	case a && !b:
		return 1
	case b && !a:
		return -1
	}
	return n.compare(m)
}

// compareLocal orders local versions: words without numbers below numbers, more parts above fewer.
func compareLocal(a, b []string) int {
	for i := range min(len(a), len(b)) {
		x, y := allDigits(a[i]), allDigits(b[i])
		c := 0
		switch {
		case x && y:
			n, _, _ := takeNumber(a[i])
			m, _, _ := takeNumber(b[i])
			c = n.compare(m)
		case x:
			c = 1
		case y:
			c = -1
		default:
			c = strings.Compare(a[i], b[i])
		}
		if c != 0 {
			return c
		}
	}
	return sign(len(a) - len(b))
}
