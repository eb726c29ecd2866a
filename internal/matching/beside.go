package matching

// spoken is what the advisories of a component's own package say of one vulnerability.
type spoken struct {
	confidence Confidence // empty: not affected
	by         *entry
}

func (s spoken) advisory() string { return s.by.cand.AdvisoryID }

// speaksOf is what the package's entries say of a component, by vulnerability. Entries that cannot be compared with it say nothing.
func (p *Package) speaksOf(c Component) map[int64]spoken {
	out := map[int64]spoken{}
	if c.Identity.Version == "" {
		return out
	}
	s := newSubject(c.Identity)
	s.silent = true
	for _, e := range p.entries {
		v := e.ask(s)
		if v.confidence == "" && v.rule != RuleNotInRange {
			continue
		}
		for _, id := range e.cand.Vulnerabilities {
			old, known := out[id]
			if !known || old.confidence == "" && v.confidence != "" || v.confidence == Confirmed {
				out[id] = spoken{v.confidence, e}
			}
		}
	}
	return out
}

// beside weighs matches by CPE of a component that an ecosystem claims. The ecosystem's advisories are the nearer witness: where they
// confirm the vulnerability the CPE is a second witness, where they leave it possible it stays so, and where they say that this
// version is not affected the match is contradicted: kept as evidence, never a finding, nothing to check. Where they do not speak of
// the vulnerability it is possible, but for packages that a distribution built and whose advisories are held: the distribution
// judges every vulnerability of its packages, and CPE knows nothing of its builds. Pure.
func beside(c Component, said map[int64]spoken, held bool, matches []Match) []Match {
	var out []Match
	for _, m := range matches {
		s, known := strongest(said, m.Candidate.Vulnerabilities)
		switch {
		case known && s.confidence == Confirmed:
		case known && s.confidence == Possible:
			m.lower(Possible, RuleBesideEcosystem, " But "+s.advisory()+", of the package's own ecosystem, leaves it open.")
		case known:
			m.lower(Contradicted, RuleContradicted, " But "+s.advisory()+", of the package's own ecosystem, says that this version is not affected: "+
				s.by.ask(newSubject(c.Identity)).words)
		case held && distributionBuild(c.Identity):
			continue
		default:
			m.lower(Possible, RuleBesideEcosystem, " But no advisory of the package's own ecosystem speaks of it, and tools guess CPEs of packages.")
		}
		out = append(out, m)
	}
	return out
}

// strongest is the strongest thing said of any of the vulnerabilities: a confirmation, then a doubt, then a denial.
func strongest(said map[int64]spoken, vulnerabilities []int64) (spoken, bool) {
	var best spoken
	found := false
	for _, id := range vulnerabilities {
		s, known := said[id]
		if known && (!found || s.confidence == Confirmed || best.confidence == "" && s.confidence != "") {
			best, found = s, true
		}
	}
	return best, found
}

func (m *Match) lower(to Confidence, rule, words string) {
	if m.Confidence == Possible && to == Possible {
		return // doubted already, for a reason of its own
	}
	m.Confidence, m.Reason, m.Evidence.Rule = to, rule, rule
	m.Evidence.Words += words
	m.FixedVersion = "" // the order of CPE names is not the ecosystem's
}
