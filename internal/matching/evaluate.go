package matching

import (
	"slices"

	"github.com/threatwerk/threatwerk/internal/ident"
)

// Package holds every affected entry of one package name, compiled, and answers for any version of it.
type Package struct {
	entries         []*entry
	byAdvisory      map[advisoryKey][]*entry
	byVulnerability map[int64][]*entry
}

// advisoryKey tells advisories apart, also where they have no row.
type advisoryKey struct {
	row int64
	id  string
}

func (e *entry) key() advisoryKey { return advisoryKey{e.cand.AdvisoryRow, e.cand.AdvisoryID} }

// Compile makes candidates of one name ready.
func Compile(cands []Candidate) *Package {
	p := &Package{
		entries:         make([]*entry, len(cands)),
		byAdvisory:      make(map[advisoryKey][]*entry, len(cands)),
		byVulnerability: make(map[int64][]*entry, len(cands)),
	}
	for i, c := range cands {
		e := compile(c)
		p.entries[i] = e
		p.byAdvisory[e.key()] = append(p.byAdvisory[e.key()], e)
		for _, v := range c.Vulnerabilities {
			p.byVulnerability[v] = append(p.byVulnerability[v], e)
		}
	}
	for _, own := range p.byAdvisory {
		pairPaid(own)
		pairModules(own)
	}
	return p
}

// Evaluate says which advisories reach a component. At most one match an advisory: a confirmed one before a possible one, then the
// first entry of the record. Pure.
func Evaluate(c Component, cands []Candidate) []Match { return Compile(cands).Evaluate(c) }

// Evaluate says which advisories reach a component of this package.
func (p *Package) Evaluate(c Component) []Match {
	if c.Identity.Version == "" || c.Identity.Package.Ecosystem == "" {
		return nil // not covered; the component says why
	}
	s := newSubject(c.Identity)
	silent := s
	silent.silent = true
	byAdvisory := map[advisoryKey]int{}
	var out []Match
	for _, e := range p.entries {
		if e.ask(silent).confidence == "" {
			continue
		}
		v := e.ask(s)
		m := Match{
			Component: c.ID, Candidate: e.cand, Confidence: v.confidence, Evidence: e.evidence(s, v),
			FixedVersion: p.fixIn(e.key(), s),
		}
		if v.confidence == Possible {
			m.Reason = v.rule
		}
		key := e.key()
		at, known := byAdvisory[key]
		switch {
		case !known:
			byAdvisory[key] = len(out)
			out = append(out, m)
		case out[at].Confidence == Possible && m.Confidence == Confirmed:
			out[at] = m
		}
	}
	return out
}

// Explain says what every entry makes of the component, also those that do not reach it.
func (p *Package) Explain(c Component) []Evidence {
	s := newSubject(c.Identity)
	out := make([]Evidence, len(p.entries))
	for i, e := range p.entries {
		out[i] = e.evidence(s, e.ask(s))
	}
	return out
}

func (e *entry) evidence(s subject, v verdict) Evidence {
	return Evidence{
		Advisory: e.cand.AdvisoryID, Ecosystem: e.ecosystem(), Package: e.cand.Affected.Name, Version: s.id.Version,
		Place: v.place, Range: v.rng, Rule: v.rule, Words: v.words,
	}
}

// fixIn is the smallest fixed version above the subject's that one advisory names for its release and does not reach itself.
func (p *Package) fixIn(a advisoryKey, s subject) string {
	own := concerned(p.byAdvisory[a], s)
	return firstFree(fixes(own, s), own, s)
}

// concerns is false for entries of another release of the distribution, and for withdrawn ones.
func (e *entry) concerns(s subject) bool {
	return !e.cand.Withdrawn && e.ofRelease(s)
}

func (e *entry) eachFix(s subject, yield func(ident.Version)) {
	if s.unread {
		return
	}
	for _, r := range e.ranges {
		for _, ev := range r.events {
			if ev.kind == fixed && s.v.Compare(ev.at) < 0 {
				yield(ev.at)
			}
		}
	}
}

// Upgrades are the versions that end findings. Every version offered was itself evaluated.
type Upgrades struct {
	// ByVulnerability is the smallest version that no entry of that vulnerability reaches.
	ByVulnerability map[int64]string
	// All is the smallest version that no known advisory of the package reaches; empty: none is known, or none is needed.
	All string
}

// Upgrades finds them for a component and its confirmed matches. Candidates are the versions that the package's records name as fixed:
// no other version is known to exist.
func (p *Package) Upgrades(c Component, matches []Match) Upgrades {
	up := Upgrades{ByVulnerability: map[int64]string{}}
	s := newSubject(c.Identity)
	wanted := map[int64]bool{}
	for _, m := range matches {
		if m.Confidence == Confirmed {
			for _, v := range m.Candidate.Vulnerabilities {
				wanted[v] = true
			}
		}
	}
	if len(wanted) == 0 || s.unread || c.Identity.Uncertain != "" {
		return up
	}
	all := concerned(p.entries, s)
	up.All = firstFree(fixes(all, s), all, s)
	for id := range wanted {
		own := concerned(p.byVulnerability[id], s)
		if v := firstFree(fixes(own, s), own, s); v != "" {
			up.ByVulnerability[id] = v
		}
	}
	return up
}

func concerned(entries []*entry, s subject) []*entry {
	var out []*entry
	for _, e := range entries {
		if e.concerns(s) {
			out = append(out, e)
		}
	}
	return out
}

// fixes are the distinct fixed versions above the subject's that may be advised, in order: from a release no pre-release, and
// from a flavour no other one. Where only another flavour of a version is named and both are always published, its own is meant.
func fixes(entries []*entry, s subject) []ident.Version {
	ecosystem := s.id.Package.Ecosystem
	released, flavour := !ident.Prerelease(ecosystem, s.id.Version), ident.Flavour(ecosystem, s.id.Version)
	var out []ident.Version
	for _, e := range entries {
		e.eachFix(s, func(v ident.Version) {
			if released && ident.Prerelease(ecosystem, v.String()) {
				return
			}
			if other := ident.Flavour(ecosystem, v.String()); other != "" && other != flavour {
				own, paired := ident.WithFlavour(ecosystem, v.String(), flavour)
				read, err := ident.ParseVersion(ecosystem, own)
				if !paired || err != nil {
					return
				}
				v = read
			}
			out = append(out, v)
		})
	}
	slices.SortFunc(out, ident.Version.Compare)
	return slices.CompactFunc(out, func(a, b ident.Version) bool { return a.Compare(b) == 0 })
}

// firstFree is the first of the versions that no entry confirms. Possible matches do not count: where a record names no fix, every
// later version stays possible for ever.
func firstFree(versions []ident.Version, entries []*entry, s subject) string {
	for _, v := range versions {
		id := s.id
		id.Version, id.EpochMissing = v.String(), false
		next := subject{id: id, v: v, silent: true}
		if !slices.ContainsFunc(entries, func(e *entry) bool { return e.ask(next).confidence == Confirmed }) {
			return v.String()
		}
	}
	return ""
}
