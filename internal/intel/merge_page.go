package intel

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// By says who says something: the writer (GHSA, NVD, a CNA's address), and the record and feed it was read from.
type By struct {
	Source   string
	Advisory string
	Feed     string
}

// Said is a value with who says it.
type Said[T any] struct {
	Value T
	By    By
}

// Merged is one vulnerability out of many records, field by field from the best source that has it. Nil: nobody says it.
type Merged struct {
	Summary     *Said[string]
	Description *Said[string]
	Severity    *Said[string]
	Published   *Said[time.Time] // the first
	Modified    *Said[time.Time] // the last
	CVSS        []CVSSStatements // the newest version first
	CWEs        []Shared
	References  []SharedReference
	Fixes       []Fix
	Status      []StatusFact
	// Exploitation, strongest first, Automatable and TechnicalImpact are facts on the way to a priority.
	Exploitation    []Dated
	Automatable     *Dated
	TechnicalImpact *Dated
}

// CVSSStatements are all vectors of one version of CVSS; the first is the chosen one.
type CVSSStatements struct {
	Version string
	All     []Rated
}

// Rated is a vector, what it computes to, and who gave it.
type Rated struct {
	Vector   string
	Score    float64
	Severity string
	By       By
}

// Shared is a value that several may say.
type Shared struct {
	Value string
	By    []By
}

// SharedReference is a link that several may give.
type SharedReference struct {
	Reference
	By []By
}

// Fix is a version of a package that ends the flaw.
type Fix struct {
	Ecosystem, Package, Version string
	By                          []By
}

// Dated is a fact with who says it and since when.
type Dated struct {
	Value string
	By    By
	Since *time.Time
}

// StatusFact is what a source says of the vulnerability or of its record.
type StatusFact struct {
	// Status is rejected, withdrawn, disputed, unsupported (the product was, when the CVE was given), hosted_service
	// (exists only at its maker), deferred or unscheduled (NVD does not analyse it) or awaiting_analysis.
	Status string
	Words  string // the source's own
	By     By
	Since  *time.Time
}

func (s *statement) by() By { return By{Source: s.Source, Advisory: s.ID, Feed: s.Feed} }

func said[T any](value *T, s *statement) *Said[T] {
	if value == nil || s == nil {
		return nil
	}
	return &Said[T]{*value, s.by()}
}

// maxFixesShown bounds the fixes of a page: a kernel's flaw is fixed in hundreds of packages.
const maxFixesShown = 200

// collect merges what the advisories say, which are in the order in which they are to be heard.
func (p *VulnerabilityPage) collect() {
	list := make([]*statement, len(p.Advisories))
	for i := range p.Advisories {
		list[i] = p.Advisories[i].statement()
	}
	h := merge(list)
	m := &p.Merged
	m.Summary, m.Severity = said(&h.summary, h.summaryBy), said(&h.severity, h.severityBy)
	m.Published, m.Modified = said(h.published, h.publishedBy), said(h.modified, h.modifiedBy)
	if m.Severity != nil {
		m.Severity.By.Source = h.severitySource
	}
	for i, a := range p.Advisories {
		by := list[i].by()
		if m.Description == nil && a.Covers == 1 && a.details != "" {
			m.Description, p.Details = &Said[string]{a.details, by}, a.details
		}
		for _, ref := range a.refs {
			m.refer(ref, by)
		}
		for _, cwe := range a.cwes {
			m.CWEs = share(m.CWEs, cwe, by)
		}
		m.fix(a.Affected, by)
		m.Status = append(m.Status, a.facts(by)...)
		p.alias(a)
	}
	for _, r := range m.References {
		p.References = append(p.References, r.Reference)
	}
	slices.SortFunc(m.CWEs, func(a, b Shared) int { return cmp.Compare(a.Value, b.Value) })
	for _, cwe := range m.CWEs {
		p.CWEs = append(p.CWEs, cwe.Value)
	}
	slices.Sort(p.Aliases)
	p.Aliases = slices.DeleteFunc(slices.Compact(p.Aliases), func(id string) bool { return id == p.Name })
	m.CVSS = p.vectors()
}

// alias notes the other names of the flaw. A bulletin that deals with it is not one.
func (p *VulnerabilityPage) alias(a AdvisoryStatement) {
	if a.Covers != 1 || len(a.upstream) > 0 || IsErrata(a.ID) {
		return
	}
	p.Aliases = append(append(p.Aliases, a.ID), a.aliases...)
	for _, alias := range a.aliases {
		p.AliasEdges = append(p.AliasEdges, AliasEdge{Advisory: a.ID, Feed: a.Feed, Alias: alias})
	}
}

func share(list []Shared, value string, by By) []Shared {
	i := slices.IndexFunc(list, func(s Shared) bool { return s.Value == value })
	if i < 0 {
		return append(list, Shared{value, []By{by}})
	}
	list[i].By = append(list[i].By, by)
	return list
}

// refer adds a link. That it shows the flaw at work counts before all else that it is said to be, anything before "WEB".
func (m *Merged) refer(ref Reference, by By) {
	i := slices.IndexFunc(m.References, func(r SharedReference) bool { return r.URL == ref.URL })
	if i < 0 {
		m.References = append(m.References, SharedReference{ref, []By{by}})
		return
	}
	held := &m.References[i]
	if !slices.Contains(held.By, by) {
		held.By = append(held.By, by)
	}
	if held.Type == "WEB" || ref.Type == "EVIDENCE" {
		held.Type = ref.Type
	}
}

func (m *Merged) fix(affected []AffectedWords, by By) {
	for _, a := range affected {
		for _, version := range a.Fixed {
			i := slices.IndexFunc(m.Fixes, func(f Fix) bool {
				return f.Version == version && f.Ecosystem == a.Ecosystem && strings.EqualFold(f.Package, a.Package)
			})
			switch {
			case i < 0 && len(m.Fixes) < maxFixesShown:
				m.Fixes = append(m.Fixes, Fix{a.Ecosystem, a.Package, version, []By{by}})
			case i >= 0 && !slices.Contains(m.Fixes[i].By, by):
				m.Fixes[i].By = append(m.Fixes[i].By, by)
			}
		}
	}
}

// vectors lists every vector by version, those of the best source first, of one source the worst; a withdrawn record's
// last.
func (p *VulnerabilityPage) vectors() []CVSSStatements {
	order := make([]int, len(p.Advisories))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := &p.Advisories[i], &p.Advisories[j]
		return cmp.Or(cmp.Compare(gone(a), gone(b)), cmp.Compare(a.statement().ratingRank(), b.statement().ratingRank()))
	})
	var out []CVSSStatements
	for _, i := range order {
		a := &p.Advisories[i]
		from := map[string]int{} // where each writer of this record stands in its version's list
		for _, v := range a.Vectors {
			version, score, severity, err := Score(v.Score)
			if err != nil {
				continue // a label, or decision points
			}
			r := Rated{v.Score, score, severity, By{cmp.Or(v.Source, a.Source), a.ID, a.Feed}}
			at := slices.IndexFunc(out, func(s CVSSStatements) bool { return s.Version == version })
			if at < 0 {
				at = len(out)
				out = append(out, CVSSStatements{Version: version})
			}
			list := &out[at].All
			key := version + " " + r.By.Source
			if first, twice := from[key]; twice && r.Score > (*list)[first].Score {
				*list = slices.Insert(*list, first, r)
				continue
			} else if !twice {
				from[key] = len(*list)
			}
			*list = append(*list, r)
		}
	}
	slices.SortFunc(out, func(a, b CVSSStatements) int { return cmp.Compare(b.Version, a.Version) })
	return out
}

func gone(a *AdvisoryStatement) int {
	if a.Withdrawn != nil {
		return 1
	}
	return 0
}

// facts are what a record says of the standing of the flaw or of itself.
func (a *AdvisoryStatement) facts(by By) []StatusFact {
	var out []StatusFact
	if a.Withdrawn != nil {
		status := "withdrawn"
		if a.Feed == "nvd" || a.Source == "CVE" {
			status = "rejected"
		}
		out = append(out, StatusFact{Status: status, Words: a.Status, By: by, Since: a.Withdrawn})
	}
	disputed := slices.Contains(a.Tags, "disputed")
	switch {
	case disputed:
		out = append(out, StatusFact{Status: "disputed", Words: "disputed", By: by})
	case strings.HasPrefix(strings.ToUpper(strings.TrimLeft(a.details, "* ")), "DISPUTED"):
		// How records said so before there was a tag.
		out = append(out, StatusFact{Status: "disputed", Words: "** DISPUTED **", By: by})
	}
	for tag, status := range map[string]string{"unsupported-when-assigned": "unsupported", "exclusively-hosted-service": "hosted_service"} {
		if slices.Contains(a.Tags, tag) {
			out = append(out, StatusFact{Status: status, Words: tag, By: by})
		}
	}
	switch strings.ToLower(a.Status) {
	case "deferred":
		out = append(out, StatusFact{Status: "deferred", Words: a.Status, By: by})
	case "not scheduled", "unscheduled":
		out = append(out, StatusFact{Status: "unscheduled", Words: a.Status, By: by})
	case "received", "awaiting analysis", "undergoing analysis":
		out = append(out, StatusFact{Status: "awaiting_analysis", Words: a.Status, By: by})
	}
	slices.SortStableFunc(out, func(a, b StatusFact) int { return cmp.Compare(a.Status, b.Status) })
	return out
}

// Who says how a flaw is used.
var (
	byKEV  = By{Source: "CISA KEV", Feed: "kev"}
	bySSVC = By{Source: "CISA", Feed: "cve"}
)

// assess gathers what is known of attacks: CISA's catalogue, and its decision points, as Vulnrichment gives them or, where it
// does not, as NVD passes them on.
func (p *VulnerabilityPage) assess() {
	m := &p.Merged
	if p.KEV != nil {
		since := p.KEV.DateAdded
		m.Exploitation = append(m.Exploitation, Dated{"active", byKEV, &since})
	}
	d, by := p.SSVC, bySSVC
	if d == nil {
		d, by = p.passedOn()
	}
	if d == nil {
		return
	}
	decided := nullTime(d.Decided)
	if d.Exploitation != "" {
		m.Exploitation = append(m.Exploitation, Dated{d.Exploitation, by, decided})
	}
	if d.Automatable != "" {
		m.Automatable = &Dated{d.Automatable, by, decided}
	}
	if d.TechnicalImpact != "" {
		m.TechnicalImpact = &Dated{d.TechnicalImpact, by, decided}
	}
}

// passedOn reads decision points in SSVC's short form out of a record.
func (p *VulnerabilityPage) passedOn() (*SSVC, By) {
	words := map[string]string{
		"E:N": "none", "E:P": "poc", "E:A": "active", "A:N": "no", "A:Y": "yes", "T:P": "partial", "T:T": "total",
	}
	for _, a := range p.Advisories {
		for _, v := range a.Vectors {
			if v.Type != TypeSSVC {
				continue
			}
			d := &SSVC{CVE: p.Name}
			for _, point := range strings.Split(v.Score, "/") {
				switch point[:min(2, len(point))] {
				case "E:":
					d.Exploitation = words[point]
				case "A:":
					d.Automatable = words[point]
				case "T:":
					d.TechnicalImpact = words[point]
				}
			}
			return d, By{cmp.Or(v.Source, a.Source), a.ID, a.Feed}
		}
	}
	return nil, By{}
}
