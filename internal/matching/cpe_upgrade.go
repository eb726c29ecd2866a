package matching

import (
	"slices"

	"github.com/threatwerk/threatwerk/internal/ident"
)

// Upgrades finds the versions that end findings, as Package.Upgrades does: candidates are the versions at which the statements end
// a range of the component's product.
func (p *CPEStatements) Upgrades(c Component, matches []Match, document *Platforms) Upgrades {
	up := Upgrades{ByVulnerability: map[int64]string{}}
	wanted := map[int64]bool{}
	for _, m := range matches {
		if m.Confidence == Confirmed {
			for _, v := range m.Candidate.Vulnerabilities {
				wanted[v] = true
			}
		}
	}
	s := &cpeSubject{names: lookedUp(readNames(c)), platforms: document}
	if len(wanted) == 0 || len(s.names) == 0 {
		return up
	}
	up.All = firstFreeCPE(endsOf(p.entries, s), p.entries, s)
	byVulnerability := map[int64][]*cpeEntry{}
	for _, e := range p.entries {
		for _, v := range e.cand.Vulnerabilities {
			if wanted[v] {
				byVulnerability[v] = append(byVulnerability[v], e)
			}
		}
	}
	for v, own := range byVulnerability {
		if free := firstFreeCPE(endsOf(own, s), own, s); free != "" {
			up.ByVulnerability[v] = free
		}
	}
	return up
}

func endsOf(entries []*cpeEntry, s *cpeSubject) []ident.Version {
	var out []ident.Version
	for _, n := range s.names {
		out = append(out, ends(entries, n)...)
	}
	return sorted(out)
}

// ends are the versions above the name's that end a range of its product.
func ends(entries []*cpeEntry, n cpeName) []ident.Version {
	var out []ident.Version
	for _, e := range entries {
		for _, end := range e.ends {
			if !e.cand.Withdrawn && !n.version.IsZero() && n.version.Compare(end.at) < 0 && end.leaf.bears(n) {
				out = append(out, end.at)
			}
		}
	}
	return sorted(out)
}

func sorted(versions []ident.Version) []ident.Version {
	slices.SortFunc(versions, ident.Version.Compare)
	return slices.CompactFunc(versions, func(a, b ident.Version) bool { return a.Compare(b) == 0 })
}

// firstFreeCPE is the first of the versions that no statement confirms. What confirmed one version is asked first of the next, and
// mostly confirms it too.
func firstFreeCPE(versions []ident.Version, entries []*cpeEntry, s *cpeSubject) string {
	var last *cpeEntry
	for _, v := range versions {
		next := &cpeSubject{platforms: s.platforms}
		for _, n := range s.names {
			next.names = append(next.names, n.at(v.String()))
		}
		reached := func(e *cpeEntry) bool { return e.ask(next).answer == yes }
		if last != nil && reached(last) {
			continue
		}
		at := slices.IndexFunc(entries, reached)
		if at < 0 {
			return v.String()
		}
		last = entries[at]
	}
	return ""
}
