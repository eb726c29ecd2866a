package ident

import "strings"

// Relation is how the values of a source attribute relate to those of a target (NISTIR 7696, table 6-2).
type Relation int8

// The relations. Undefined is where the target has wildcards, which the specification leaves open.
const (
	Disjoint Relation = iota
	Equal
	Superset
	Subset
	Undefined
)

// CPEMatch is the answer of CPE.Matches.
type CPEMatch int8

// The answers. MatchPossible says that the target leaves open what the pattern asks for: a component whose CPE has "*"
// for the target software of which the pattern wants "node.js".
const (
	MatchNo CPEMatch = iota
	MatchPossible
	MatchYes
)

// Text is the value without its quoting; "" for ANY and NA.
func (a Attribute) Text() string {
	if a == AnyValue || a == NoValue {
		return ""
	}
	if strings.IndexByte(string(a), '\\') < 0 {
		return string(a)
	}
	var b strings.Builder
	for i := 0; i < len(a); i++ {
		if a[i] == '\\' && i+1 < len(a) {
			i++
		}
		b.WriteByte(a[i])
	}
	return b.String()
}

// wild says whether the value has wildcards beside text.
func (a Attribute) wild() bool {
	if a == "" || a == AnyValue {
		return false
	}
	return a[0] == '*' || a[0] == '?' || trailingWildcards(string(a)) > 0
}

// Compare relates one attribute of a source (the pattern) to that of a target (NISTIR 7696, 6.2).
func (a Attribute) Compare(target Attribute) Relation {
	if a == "" {
		a = AnyValue
	}
	if target == "" {
		target = AnyValue
	}
	switch {
	case target.wild():
		if a == target {
			return Equal
		}
		return Undefined
	case a == target:
		return Equal
	case a == AnyValue:
		return Superset
	case target == AnyValue:
		return Subset
	case a == NoValue || target == NoValue:
		return Disjoint
	case a.wild() && matchWild(string(a), string(target)):
		return Superset
	}
	return Disjoint
}

// matchWild matches a value against a pattern with wildcards at its ends: "*" stands for any text, each "?" for one
// character or none (at an end, NISTIR 7695, 5.3.2).
func matchWild(pattern, value string) bool {
	lead := leadingWildcards(pattern)
	trail := trailingWildcards(pattern[lead:])
	core := pattern[lead : len(pattern)-trail]
	before, after := pattern[:lead], pattern[len(pattern)-trail:]
	for at := 0; at <= len(value)-len(core); at++ {
		if value[at:at+len(core)] == core && admits(before, value[:at]) && admits(after, value[at+len(core):]) {
			return true
		}
	}
	return false
}

// admits says whether wildcards at one end can stand for s; a quoted character counts once.
func admits(wildcards, s string) bool {
	if wildcards == "*" {
		return true
	}
	count := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		count++
	}
	return count <= len(wildcards)
}

// Compare relates all attributes of a source to those of a target.
func (c CPE) Compare(target CPE) [cpeAttributes]Relation {
	var relations [cpeAttributes]Relation
	for i := range c {
		relations[i] = c[i].Compare(target[i])
	}
	return relations
}

// Matches says whether a name of the pattern's set is the target: MatchYes if the pattern is a superset of it or equal
// (NISTIR 7696, CPE_SUPERSET), MatchNo if one attribute is disjoint, MatchPossible if the target is less precise than
// the pattern. A pattern with version bounds has ANY for its version, and the bounds are the caller's to check.
func (c CPE) Matches(target CPE) CPEMatch {
	answer := MatchYes
	for i := range c {
		switch c[i].Compare(target[i]) {
		case Disjoint:
			return MatchNo
		case Subset, Undefined:
			answer = MatchPossible
		}
	}
	return answer
}

// Key is what names are looked up by: part, vendor and product, "a:apache:log4j". It is empty where vendor or product
// is a logical value or has wildcards, which no look-up can find.
func (c CPE) Key() string {
	vendor, product := c.VendorProduct()
	if vendor == "" || product == "" || c[CPEVendor].wild() || c[CPEProduct].wild() {
		return ""
	}
	return string(c[CPEPart]) + ":" + vendor + ":" + product
}

// VendorProduct are vendor and product as text; "" for ANY and NA.
func (c CPE) VendorProduct() (vendor, product string) {
	return c[CPEVendor].Text(), c[CPEProduct].Text()
}

// Version is the version as text, for comparing with version bounds in the order of CPEVersions; "" for ANY and NA.
// An update that is stated is part of it ("1.8.0" and "update_291" are "1.8.0-update_291").
func (c CPE) Version() string {
	version, update := c[CPEVersion].Text(), c[CPEUpdate].Text()
	if version == "" || update == "" {
		return version
	}
	return version + "-" + update
}
