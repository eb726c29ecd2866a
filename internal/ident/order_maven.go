package ident

import "strings"

// mavenOrder is the order of org.apache.maven.artifact.versioning.ComparableVersion as Maven 3.8.7 has it, which the
// POM reference describes ("Version Order Specification"). A version is a tree: dots part the items of a list, a hyphen
// or a change between digits and letters opens a list inside it, and trailing items that mean nothing are dropped.
var mavenOrder = order{"Maven order", readMaven}

type mavenKind uint8

const (
	mavenNumber mavenKind = iota
	mavenWord
	mavenList
)

type mavenItem struct {
	kind  mavenKind
	value number // of a number
	rank  int8   // of a word: its place among the known ones, unknownWord for others
	word  string // of an unknown word
	items []*mavenItem
}

// mavenRanks orders the known qualifiers; releaseRank is the release itself.
var mavenRanks = map[string]int8{
	"alpha": 0, "beta": 1, "milestone": 2, "rc": 3, "cr": 3, "snapshot": 4, "": 5, "ga": 5, "final": 5, "release": 5, "sp": 6,
}

const (
	releaseRank int8 = 5
	unknownWord int8 = 7
)

func readMaven(s string) (reading, bool) {
	s = strings.ToLower(s)
	if !strings.ContainsAny(s, "0123456789") {
		return nil, false
	}
	root := &mavenItem{kind: mavenList}
	list := root
	lists := []*mavenItem{root}
	open := func() {
		inner := &mavenItem{kind: mavenList}
		list.items = append(list.items, inner)
		lists = append(lists, inner)
		list = inner
	}
	add := func(piece string, digits, beforeDigit bool) {
		list.items = append(list.items, newMavenItem(piece, digits, beforeDigit))
	}
	start, digits := 0, false
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.' || c == '-':
			add(s[start:i], digits || i == start, false)
			start = i + 1
			if c == '-' {
				open()
			}
		case isDigit(c):
			if !digits && i > start {
				// ".rc1" and "-rc1" are one: a word opens a list of its own.
				if len(list.items) > 0 {
					open()
				}
				add(s[start:i], false, true)
				start = i
				open()
			}
			digits = true
		default:
			if digits && i > start {
				add(s[start:i], true, false)
				start = i
				open()
			}
			digits = false
		}
	}
	if len(s) > start {
		if !digits && len(list.items) > 0 {
			open()
		}
		add(s[start:], digits, false)
	}
	for i := len(lists) - 1; i >= 0; i-- {
		lists[i].trim()
	}
	return root, true
}

// newMavenItem makes an item of a piece; the empty piece of "1..2" is the number zero.
func newMavenItem(piece string, digits, beforeDigit bool) *mavenItem {
	if digits {
		n, _, _ := takeNumber(piece)
		return &mavenItem{kind: mavenNumber, value: n}
	}
	if beforeDigit {
		switch piece {
		case "a":
			piece = "alpha"
		case "b":
			piece = "beta"
		case "m":
			piece = "milestone"
		}
	}
	if rank, known := mavenRanks[piece]; known {
		return &mavenItem{kind: mavenWord, rank: rank}
	}
	return &mavenItem{kind: mavenWord, rank: unknownWord, word: piece}
}

// trim drops what means nothing from the end of a list, looking through inner lists but not past an item that counts.
func (m *mavenItem) trim() {
	for i := len(m.items) - 1; i >= 0; i-- {
		switch {
		case m.items[i].isNull():
			m.items = append(m.items[:i], m.items[i+1:]...)
		case m.items[i].kind != mavenList:
			return
		}
	}
}

func (m *mavenItem) isNull() bool {
	switch m.kind {
	case mavenNumber:
		return m.value == ""
	case mavenWord:
		return m.rank == releaseRank
	}
	return len(m.items) == 0
}

func (m *mavenItem) compare(other reading) int { return m.compareItem(other.(*mavenItem)) }

// compareItem compares with another item, or with nothing (nil) where the other list has ended.
func (m *mavenItem) compareItem(o *mavenItem) int {
	if o == nil {
		return m.compareNothing()
	}
	if m.kind != o.kind {
		// A word is below a list, a list below a number.
		return sign(mavenWeight(m.kind) - mavenWeight(o.kind))
	}
	switch m.kind {
	case mavenNumber:
		return m.value.compare(o.value)
	case mavenWord:
		if m.rank != o.rank {
			return sign(int(m.rank) - int(o.rank))
		}
		return strings.Compare(m.word, o.word)
	}
	for i := range max(len(m.items), len(o.items)) {
		c := 0
		switch {
		case i >= len(m.items):
			c = -o.items[i].compareNothing()
		case i >= len(o.items):
			c = m.items[i].compareNothing()
		default:
			c = m.items[i].compareItem(o.items[i])
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func mavenWeight(k mavenKind) int {
	switch k {
	case mavenWord:
		return 0
	case mavenList:
		return 1
	}
	return 2
}

func (m *mavenItem) compareNothing() int {
	switch m.kind {
	case mavenNumber:
		return min(len(m.value), 1)
	case mavenWord:
		return sign(int(m.rank) - int(releaseRank))
	}
	for _, item := range m.items {
		if c := item.compareNothing(); c != 0 {
			return c
		}
	}
	return 0
}
