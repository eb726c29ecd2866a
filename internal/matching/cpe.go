package matching

import (
	"fmt"
	"slices"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// CPECandidate is an applicability statement that names a product of the component's CPEs as vulnerable.
type CPECandidate = intel.CPECandidate

type cpeEntry struct {
	cand CPECandidate
	tree *cpeTree
	ends []cpeEnd
}

// cpeEnd is a version that ends a range, with the match string that names it.
type cpeEnd struct {
	leaf *cpeLeaf
	at   ident.Version
}

// CPEStatements holds applicability statements, compiled, and answers for any component.
type CPEStatements struct {
	entries    []*cpeEntry
	byAdvisory map[advisoryKey][]*cpeEntry
}

func (p *CPEStatements) add(e *cpeEntry) {
	key := advisoryKey{e.cand.AdvisoryRow, e.cand.AdvisoryID}
	if !slices.ContainsFunc(p.byAdvisory[key], func(o *cpeEntry) bool { return o.cand.Ordinal == e.cand.Ordinal }) {
		p.entries = append(p.entries, e)
		p.byAdvisory[key] = append(p.byAdvisory[key], e)
	}
}

// CompileCPEs makes statements ready. A statement that comes once for each of several products counts once.
func CompileCPEs(cands []CPECandidate) *CPEStatements {
	p := &CPEStatements{byAdvisory: make(map[advisoryKey][]*cpeEntry, len(cands))}
	for _, c := range cands {
		e := &cpeEntry{cand: c, tree: compileTree(c.Configuration, c.Ordinal)}
		for _, node := range e.tree.branches {
			for _, b := range node.branches {
				if b.leaf.vulnerable && !b.leaf.end.IsZero() {
					e.ends = append(e.ends, cpeEnd{b.leaf, b.leaf.end})
				}
			}
		}
		p.add(e)
	}
	return p
}

func join(sets []*CPEStatements) *CPEStatements {
	if len(sets) == 1 {
		return sets[0]
	}
	out := &CPEStatements{byAdvisory: map[advisoryKey][]*cpeEntry{}}
	for _, s := range sets {
		for _, e := range s.entries {
			out.add(e)
		}
	}
	return out
}

// EvaluateCPEs says which statements reach a component by its CPEs; beside weighs what they come to where an ecosystem claims it. document is all that its document holds, where
// that is known: a statement that wants a platform is confirmed or refuted by it, and stays possible where the platform is not
// seen. At most one match an advisory: a confirmed one before a possible one, then the first statement of the record. Pure.
func EvaluateCPEs(c Component, cands []CPECandidate, document *Platforms) []Match {
	return CompileCPEs(cands).Evaluate(c, document)
}

// Evaluate is EvaluateCPEs for statements that are ready.
func (p *CPEStatements) Evaluate(c Component, document *Platforms) []Match {
	s := &cpeSubject{names: lookedUp(readNames(c)), platforms: document}
	if len(s.names) == 0 {
		return nil
	}
	byAdvisory := map[advisoryKey]int{}
	var out []Match
	for _, e := range p.entries {
		h := e.ask(s)
		if h.answer == no {
			continue
		}
		m := e.match(c, h)
		key := advisoryKey{e.cand.AdvisoryRow, e.cand.AdvisoryID}
		at, known := byAdvisory[key]
		switch {
		case !known:
			own := p.byAdvisory[key]
			m.FixedVersion = firstFreeCPE(ends(own, h.name), own, s)
			byAdvisory[key] = len(out)
			out = append(out, m)
		case out[at].Confidence == Possible && m.Confidence == Confirmed:
			m.FixedVersion = out[at].FixedVersion
			out[at] = m
		}
	}
	return out
}

func (e *cpeEntry) ask(s *cpeSubject) hit {
	if e.cand.Withdrawn {
		return hit{}
	}
	_, through := e.tree.ask(s, false)
	return through
}

func (e *cpeEntry) match(c Component, h hit) Match {
	m := Match{
		Component: c.ID, Confidence: Confirmed,
		Candidate: Candidate{
			AdvisoryRow: e.cand.AdvisoryRow, AdvisoryID: e.cand.AdvisoryID, Feed: e.cand.Feed, Source: e.cand.Source,
			Vulnerabilities: e.cand.Vulnerabilities, VulnerabilityIDs: e.cand.VulnerabilityIDs,
		},
		Evidence: Evidence{
			Advisory: e.cand.AdvisoryID, Ecosystem: ident.CPEVersions, Package: h.leaf.product(), Version: h.name.text,
			Place: h.leaf.place, Range: h.leaf.String(), Rule: RuleCPE,
		},
	}
	words := fmt.Sprintf("%s names %s %s as vulnerable, and the component's CPE %s is one of these.",
		e.cand.AdvisoryID, h.leaf.product(), h.leaf, h.name.cpe)
	if h.negated {
		m.Evidence.Range = "not " + h.leaf.String()
		words = fmt.Sprintf("%s names %s as vulnerable but for %s, and the component's CPE %s is none of these.",
			e.cand.AdvisoryID, h.leaf.product(), h.leaf, h.name.cpe)
	}
	if h.answer == maybe {
		m.Confidence, m.Evidence.Rule = Possible, h.rule
		words += " But: " + h.words
	} else if distributionBuild(c.Identity) {
		m.Confidence, m.Evidence.Rule = Possible, RuleDistroBuild
		words += " But: a distribution built the package, which may hold the fix at the same version."
	}
	if m.Confidence == Possible {
		m.Reason = m.Evidence.Rule
	}
	m.Evidence.Words = words
	return m
}
