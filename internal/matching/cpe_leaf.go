package matching

import (
	"fmt"
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// cpeLeaf is one match string made ready.
type cpeLeaf struct {
	cpe        ident.CPE
	criteria   string
	unread     bool // the criteria are no CPE name: nothing bears it
	vulnerable bool
	place      string
	bounds     []cpeBound
	bad        string        // a bound that the order cannot read
	end        ident.Version // exclusive upper bound: the first version that is free of it
}

type cpeBound struct {
	op string // ">=", ">", "<=", "<"
	at ident.Version
}

func compileLeaf(m intel.CPEMatch, place string) *cpeLeaf {
	l := &cpeLeaf{criteria: m.Criteria, vulnerable: m.Vulnerable, place: place}
	cpe, err := ident.ParseCPE(m.Criteria)
	if err != nil {
		l.unread = true
		return l
	}
	l.cpe = cpe
	if cpe[ident.CPEVersion] != ident.AnyValue {
		return l // a concrete version means that one, and "-" none at all: bounds beside it say nothing
	}
	for _, b := range []struct{ op, version string }{
		{">=", m.VersionStartIncluding}, {">", m.VersionStartExcluding}, {"<=", m.VersionEndIncluding}, {"<", m.VersionEndExcluding},
	} {
		if b.version == "" {
			continue
		}
		v, err := ident.ParseVersion(ident.CPEVersions, b.version)
		if err != nil {
			l.bad = b.version
			continue
		}
		l.bounds = append(l.bounds, cpeBound{b.op, v})
		if b.op == "<" {
			l.end = v
		}
	}
	return l
}

// bears says whether a name is of the leaf's product, whatever its version.
func (l *cpeLeaf) bears(n cpeName) bool {
	if l.unread {
		return false
	}
	for _, i := range []int{ident.CPEPart, ident.CPEVendor, ident.CPEProduct} {
		if r := l.cpe[i].Compare(n.cpe[i]); r != ident.Equal && r != ident.Superset {
			return false
		}
	}
	return true
}

// product is vendor and product as text.
func (l *cpeLeaf) product() string {
	if l.unread {
		return l.criteria
	}
	vendor, product := l.cpe.VendorProduct()
	return vendor + ":" + product
}

// String is the range in the usual notation.
func (l *cpeLeaf) String() string {
	switch v := l.cpe.Version(); {
	case l.cpe[ident.CPEVersion] == ident.NoValue:
		return "no version (-)"
	case v != "":
		return "= " + v
	case l.bad != "":
		return fmt.Sprintf("unreadable bound %q", l.bad)
	case len(l.bounds) == 0:
		return "all versions"
	}
	parts := make([]string, len(l.bounds))
	for i, b := range l.bounds {
		parts[i] = b.op + " " + b.at.String()
	}
	return strings.Join(parts, ", ")
}

// answer orders what a tree or a leaf can come to, so that OR is the greater and AND the smaller.
type answer int8

const (
	no answer = iota
	maybe
	yes
)

// reply is an answer with the reason of a maybe.
type reply struct {
	answer answer
	rule   string
	words  string
}

// ask says whether a name of the leaf's product is one of the leaf's names.
func (l *cpeLeaf) ask(n cpeName) reply {
	r := l.askVersion(n)
	if r.answer == no {
		return r
	}
	for i := ident.CPEEdition; i <= ident.CPEOther; i++ {
		r = r.and(l.askAttribute(i, n))
	}
	return r
}

// and is the smaller of two answers; of two doubts the first.
func (r reply) and(s reply) reply {
	if s.answer < r.answer {
		return s
	}
	return r
}

var attributeNames = map[int]string{
	ident.CPEUpdate: "update", ident.CPEEdition: "edition", ident.CPELanguage: "language", ident.CPESoftwareEdition: "software edition",
	ident.CPETargetSoftware: "target software", ident.CPETargetHardware: "target hardware", ident.CPEOther: "other attribute",
}

// askAttribute compares an attribute beside the version (NISTIR 7696, 6.2).
func (l *cpeLeaf) askAttribute(i int, n cpeName) reply {
	switch l.cpe[i].Compare(n.cpe[i]) {
	case ident.Equal, ident.Superset:
		return reply{answer: yes}
	case ident.Disjoint:
		return reply{}
	}
	return reply{maybe, RuleUnstated, fmt.Sprintf("the record speaks of the %s %q, and the component's CPE leaves it open.", attributeNames[i], l.cpe[i])}
}

// askVersion compares version and update, which tools write in one attribute or in two ("2.0" and "rc1", "2.0-rc1" and "*").
func (l *cpeLeaf) askVersion(n cpeName) reply {
	version := l.cpe[ident.CPEVersion]
	switch {
	case version == ident.AnyValue:
		r := l.askBounds(n)
		if r.answer == no {
			return r
		}
		return r.and(l.askUpdate(n))
	case version == ident.NoValue || n.cpe[ident.CPEVersion] == ident.NoValue:
		if version != n.cpe[ident.CPEVersion] {
			return reply{} // "not applicable" is not "any"
		}
		return l.askUpdate(n)
	}
	switch version.Compare(n.cpe[ident.CPEVersion]) {
	case ident.Equal, ident.Superset:
		if r := l.askUpdate(n); r.answer != no {
			return r
		}
	case ident.Undefined, ident.Subset:
		return reply{maybe, RuleUnstated, "the component's CPE leaves its version open."}
	}
	own, err := ident.ParseVersion(ident.CPEVersions, l.cpe.Version())
	if err == nil && !n.version.IsZero() && own.Compare(n.version) == 0 {
		return reply{answer: yes}
	}
	return reply{}
}

// askUpdate: a version that is stated without an update is the release itself, which NVD writes as the update "-".
func (l *cpeLeaf) askUpdate(n cpeName) reply {
	if l.cpe[ident.CPEUpdate] == ident.NoValue && n.cpe[ident.CPEUpdate] == ident.AnyValue {
		return reply{answer: yes}
	}
	return l.askAttribute(ident.CPEUpdate, n)
}

func (l *cpeLeaf) askBounds(n cpeName) reply {
	if len(l.bounds) == 0 && l.bad == "" {
		return reply{answer: yes}
	}
	if n.version.IsZero() {
		return reply{} // no version, or one that the order cannot read: no bound speaks of it
	}
	for _, b := range l.bounds {
		c := n.version.Compare(b.at)
		if b.op == ">=" && c < 0 || b.op == ">" && c <= 0 || b.op == "<=" && c > 0 || b.op == "<" && c >= 0 {
			return reply{}
		}
	}
	if l.bad != "" {
		return reply{maybe, RuleBadBound, fmt.Sprintf("the record also names %q, which the version order cannot read.", l.bad)}
	}
	return reply{answer: yes}
}
