package intel

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Alias groups. Two identifiers of one record are the same flaw only while a record says so, and a CVE is the strongest
// name there is, so groups never grow through CVEs:
//
//   - A record whose own id and aliases hold exactly one CVE is anchored at it.
//   - One with several CVEs, or with CVEs upstream of it, covers each and merges nothing (decision 0003).
//   - Records without any CVE form components over shared identifiers. A component joins the vulnerability of the
//     anchored records it touches; where those disagree it covers each. One that touches none is a vulnerability of its
//     own, named by its best-known id.
//   - Errata that mend or extend and name no CVE are no vulnerability at all.

// member is a record as grouping sees it.
type member struct {
	Row      int64
	ID       string
	Aliases  []string
	Upstream []string
	Related  []string
}

// identifiers are the record's own id and its aliases.
func (m member) identifiers() []string {
	return append([]string{m.ID}, m.Aliases...)
}

// anchor is the one CVE among the identifiers; empty when there is none or more than one.
func (m member) anchor() string {
	cves := m.cves()
	if len(cves) == 1 {
		return cves[0]
	}
	return ""
}

func (m member) cves() []string {
	var out []string
	for _, id := range m.identifiers() {
		if IsCVE(id) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// embeddedCVE finds the CVE that a distribution built its record's id from: UBUNTU-CVE-2024-1234, ALPINE-CVE-2024-1234.
var embeddedCVE = regexp.MustCompile(`^[A-Z]+-(CVE-\d{4}-\d{4,})$`)

// covers are the CVEs that the record speaks of, sorted: those of its identifiers and those upstream of it. Errata
// records without an upstream name them as related. Empty: the record is without a CVE and belongs to a component.
func (m member) covers() []string {
	out := m.cves()
	from := m.Upstream
	if len(from) == 0 && IsErrata(m.ID) {
		from = m.Related
	}
	for _, id := range from {
		if found := embeddedCVE.FindStringSubmatch(id); found != nil {
			id = found[1]
		}
		if IsCVE(id) {
			out = append(out, id)
		}
	}
	if len(out) == 0 {
		if found := embeddedCVE.FindStringSubmatch(m.ID); found != nil {
			out = append(out, found[1])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// group names, for each member, the vulnerabilities it speaks of. Members must hold every record that shares an
// identifier with a member without a CVE.
func group(members []member) map[int64][]string {
	names := make(map[int64][]string, len(members))
	components := newSets()
	anchors := map[string][]string{} // identifier -> CVEs of the anchored records that bear it
	var loose []member
	for _, m := range members {
		if covered := m.covers(); len(covered) > 0 {
			names[m.Row] = covered
			if cve := m.anchor(); cve != "" {
				for _, id := range m.identifiers() {
					if id != cve {
						anchors[id] = append(anchors[id], cve)
					}
				}
			}
			continue
		}
		if isMaintenance(m.ID) {
			names[m.Row] = nil
			continue
		}
		loose = append(loose, m)
		for _, alias := range m.Aliases {
			components.join(m.ID, alias)
		}
	}
	type component struct {
		identifiers, cves []string
	}
	byRoot := map[string]*component{}
	for _, m := range loose {
		root := components.find(m.ID)
		c := byRoot[root]
		if c == nil {
			c = &component{}
			byRoot[root] = c
		}
		for _, id := range m.identifiers() {
			c.identifiers = append(c.identifiers, id)
			c.cves = append(c.cves, anchors[id]...)
		}
	}
	for _, c := range byRoot {
		if len(c.cves) == 0 {
			c.cves = []string{bestID(c.identifiers)}
		}
		slices.Sort(c.cves)
		c.cves = slices.Compact(c.cves)
	}
	for _, m := range loose {
		names[m.Row] = byRoot[components.find(m.ID)].cves
	}
	return names
}

// bestID is the identifier that most people know, by the weight of its database and then by its spelling.
func bestID(ids []string) string {
	return slices.MinFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(idWeight(a), idWeight(b)), cmp.Compare(a, b))
	})
}

func idWeight(id string) int {
	prefix, _, _ := strings.Cut(id, "-")
	known := []string{"GHSA", "PYSEC", "GO", "RUSTSEC", "MAL", "OSV"}
	if i := slices.Index(known, prefix); i >= 0 {
		return i
	}
	return len(known)
}

// sets is a union-find over identifiers.
type sets map[string]string

func newSets() sets { return sets{} }

func (s sets) find(id string) string {
	parent, ok := s[id]
	if !ok || parent == id {
		return id
	}
	root := s.find(parent)
	s[id] = root
	return root
}

func (s sets) join(a, b string) {
	ra, rb := s.find(a), s.find(b)
	if ra != rb {
		s[ra] = rb
	}
}
