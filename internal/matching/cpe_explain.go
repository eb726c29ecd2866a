package matching

import (
	"fmt"
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
)

// explain says what every statement makes of a component, also those that do not reach it: a match without a confidence. Its
// document is not known.
func (p *CPEStatements) explain(c Component) []Match {
	s := &cpeSubject{names: lookedUp(readNames(c))}
	out := make([]Match, 0, len(p.entries))
	for _, e := range p.entries {
		if h := e.ask(s); h.answer != no {
			out = append(out, e.match(c, h))
			continue
		}
		out = append(out, Match{Component: c.ID, Evidence: e.denial(s)})
	}
	return out
}

// denial says why a statement does not reach the subject.
func (e *cpeEntry) denial(s *cpeSubject) Evidence {
	ev := Evidence{
		Advisory: e.cand.AdvisoryID, Ecosystem: ident.CPEVersions, Rule: RuleNotInRange,
		Place: fmt.Sprintf("configurations[%d]", e.cand.Ordinal),
	}
	var ranges []string
	named := false
	for _, l := range e.tree.leaves() {
		for _, n := range s.names {
			if !l.vulnerable || !l.bears(n) {
				continue
			}
			ev.Package, ev.Version = l.product(), n.text
			ranges = append(ranges, l.String())
			named = named || l.ask(n).answer != no
		}
	}
	if e.cand.Withdrawn {
		ev.Rule, ev.Words = RuleWithdrawn, e.cand.AdvisoryID+" was withdrawn by its source and reaches nothing."
		return ev
	}
	ev.Range = shortList(ranges)
	if named {
		ev.Rule = RuleRefuted
		ev.Words = fmt.Sprintf("%s names %s %s as vulnerable, but its statement wants something beside it that is not as it says.", e.cand.AdvisoryID, ev.Package, ev.Range)
		return ev
	}
	ev.Words = fmt.Sprintf("%s names %s %s as vulnerable, and the component's version %q is none of these.", e.cand.AdvisoryID, ev.Package, ev.Range, ev.Version)
	return ev
}

// shortList joins ranges for a reader; records list single versions by the hundred.
func shortList(ranges []string) string {
	const most = 12
	if more := len(ranges) - most; more > 0 {
		return strings.Join(ranges[:most], " or ") + fmt.Sprintf(" or one of %d more", more)
	}
	return strings.Join(ranges, " or ")
}

func (t *cpeTree) leaves() []*cpeLeaf {
	if t.leaf != nil {
		return []*cpeLeaf{t.leaf}
	}
	var out []*cpeLeaf
	for _, b := range t.branches {
		out = append(out, b.leaves()...)
	}
	return out
}
