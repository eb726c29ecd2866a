package matching

import (
	"fmt"
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
)

// Ubuntu writes the fixes that only Ubuntu Pro delivers under a release of their own ("Pro:14.04"). They are fixes of the packages of
// the release itself, which stays affected without Pro (docs/decisions/0021). Other paid streams, such as "Pro:FIPS:16.04", are builds of
// their own and speak of nothing else.

// paidRelease is the release whose packages "Pro:14.04" fixes: "14.04".
func paidRelease(release string) string {
	base, found := strings.CutPrefix(release, "Pro:")
	if !found || strings.Contains(base, ":") {
		return ""
	}
	return base
}

// pairPaid notes, among the entries of one advisory and package, where both a release and its paid updates have one.
func pairPaid(entries []*entry) {
	for _, paid := range entries {
		if paid.pro == "" {
			continue
		}
		for _, base := range entries {
			if base.cand.Affected.Package.Release == paid.pro {
				base.proToo, paid.baseToo = true, true
			}
		}
	}
}

// ofRelease says whether the entry speaks of the component's release. Of an advisory with an entry for both a release and its paid updates
// each build is judged by its own.
func (e *entry) ofRelease(s subject) bool {
	rel, own := e.cand.Affected.Package.Release, s.id.Package.Release
	switch {
	case rel == "" || own == "":
		return true
	case rel == own:
		return !e.proToo || !paidBuild(s.id)
	case e.pro == own:
		return !e.baseToo || paidBuild(s.id)
	}
	return false
}

// paidBuild says whether a package comes from Ubuntu Pro, whose builds say "esm" in their version.
func paidBuild(id ident.Identity) bool {
	return id.Package.Ecosystem == ident.Ubuntu && strings.Contains(id.Version, "esm")
}

func (e *entry) otherRelease(s subject) string {
	if s.silent {
		return ""
	}
	p, own := e.cand.Affected.Package, s.id.Package.Release
	switch {
	case e.pro == own:
		return fmt.Sprintf("The entry is for the builds of Ubuntu Pro; %s has another one for %s:%s itself.", e.cand.AdvisoryID, p.Ecosystem, own)
	case p.Release == own:
		return fmt.Sprintf("The component is a build of Ubuntu Pro, for which %s has another entry.", e.cand.AdvisoryID)
	}
	return fmt.Sprintf("The entry is for %s:%s, the component belongs to %[1]s:%[3]s.", p.Ecosystem, p.Release, own)
}

func (e *entry) proWords(s subject) string {
	if paidBuild(s.id) {
		return ""
	}
	for _, r := range e.ranges {
		for _, ev := range r.events {
			if ev.kind == fixed && strings.Contains(ev.text, "esm") {
				return fmt.Sprintf(" Ubuntu %s itself has no fix: it comes only with Ubuntu Pro.", e.pro)
			}
		}
	}
	return fmt.Sprintf(" Ubuntu lists it for Ubuntu Pro, which alone still brings updates to %s.", e.pro)
}
