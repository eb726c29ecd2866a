package intel

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// statement is what one advisory says, of one vulnerability or of several.
type statement struct {
	Row          int64
	Feed, Source string
	ID           string
	Kind         Kind
	Summary      string
	Lead         string // how the details begin, where there is no summary
	Severities   []byte
	Label        string
	Published    *time.Time
	Modified     *time.Time
	Withdrawn    *time.Time
	Several      bool // speaks of more than one vulnerability
	Status       string
	Tags         []string

	rating rating
}

// rating is the vector of the newest CVSS version that a statement has: of the first source it lists for that version,
// the worst. An empty vector when it has none.
type rating struct {
	vector, version, severity, source string
	score                             float64
}

// headline is what a vulnerability's row shows, merged from its statements.
type headline struct {
	kind           Kind
	summary        string
	vector         string
	score          *float64
	severity       string
	severitySource string
	published      *time.Time
	modified       *time.Time
	withdrawn      *time.Time
	// Who says so; nil where nobody does.
	summaryBy, severityBy, publishedBy, modifiedBy *statement
}

// rank orders the sources of words: GHSA, the CVE record in its author's words, NVD, the ecosystems' own databases,
// distributions. Within all of these a record about this one flaw comes before one that covers several, whose title and
// rating are about all of them.
func (s *statement) rank() int {
	base := 3
	switch {
	case s.Source == "GHSA":
		base = 0
	case s.Source == "CVE":
		base = 1
	case s.Feed == "nvd":
		base = 2
	case IsErrata(s.ID) || distribution[s.Source]:
		base = 4
	}
	if s.Several {
		base += severalRank
	}
	return base
}

// severalRank is what a record that covers several flaws comes behind the others.
const severalRank = 10

// ratingRank orders the sources of ratings as rank does, but that NVD, who rates what others report, comes before the
// author of the CVE record.
func (s *statement) ratingRank() int {
	rank := s.rank()
	switch rank % severalRank {
	case 1:
		return rank + 1
	case 2:
		return rank - 1
	}
	return rank
}

// byRank is the order in which statements speak, the first first.
func byRank(list []*statement, rank func(*statement) int) []*statement {
	return slices.SortedFunc(slices.Values(list), func(a, b *statement) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Feed, b.Feed))
	})
}

// distribution holds the id prefixes of distributions' records, beside errata.
var distribution = map[string]bool{
	"DSA": true, "DLA": true, "DTSA": true, "DEBIAN": true, "UBUNTU": true, "USN": true, "LSN": true, "ALPINE": true,
	"BELL": true, "SUSE": true, "OPENSUSE": true, "MGASA": true, "AZL": true, "PHSA": true, "OESA": true, "CGA": true,
	"MINI": true, "ECHO": true, "BREW": true, "CLEANSTART": true, "ROOT": true, "TUXCARE": true,
}

// merge picks what is shown. Of a record that several feeds carry one copy speaks. Withdrawn statements count only when
// there are no others.
func merge(list []*statement) headline {
	list = speaking(list)
	inForce := slices.DeleteFunc(slices.Clone(list), func(s *statement) bool { return s.Withdrawn != nil })
	h := headline{kind: KindVulnerability, severity: SeverityUnknown}
	if len(inForce) == 0 {
		for _, s := range list {
			h.withdrawn = laterOf(h.withdrawn, s.Withdrawn)
		}
		inForce = list
	}
	var lead *statement
	for _, s := range byRank(inForce, (*statement).rank) {
		if s.Kind == KindMalware {
			h.kind = KindMalware
		}
		if h.summaryBy == nil && s.Summary != "" {
			h.summary, h.summaryBy = s.Summary, s
		}
		if lead == nil && s.Lead != "" {
			lead = s
		}
		if s.Published != nil && (h.published == nil || s.Published.Before(*h.published)) {
			h.published, h.publishedBy = s.Published, s
		}
		if h.modified == nil || s.Modified != nil && s.Modified.After(*h.modified) {
			h.modified, h.modifiedBy = s.Modified, s
		}
	}
	if h.summaryBy == nil && lead != nil {
		h.summary, h.summaryBy = firstSentence(lead.Lead), lead
	}
	h.rate(byRank(inForce, (*statement).ratingRank))
	return h
}

// rate takes the severity of the best source that has a vector, else of the best that has a word for it.
func (h *headline) rate(inForce []*statement) {
	for _, s := range inForce {
		if best := s.rating; best.vector != "" {
			h.vector, h.score, h.severity, h.severitySource = best.vector, &best.score, best.severity, best.source
			h.severityBy = s
			return
		}
	}
	for _, s := range inForce {
		if severity := FoldLabel(s.Label); severity != SeverityUnknown {
			h.severity, h.severitySource, h.severityBy = severity, s.Source, s
			return
		}
	}
	// Software that is itself the attack is as bad as can be, and few of its records carry a rating.
	if h.kind == KindMalware {
		h.severity, h.severitySource = SeverityCritical, string(KindMalware)
	}
}

// rate reads the statement's vectors.
func (s *statement) rate() {
	var vectors []Severity
	if json.Unmarshal(s.Severities, &vectors) == nil {
		s.rateBy(vectors)
	}
}

func (s *statement) rateBy(vectors []Severity) {
	for _, v := range vectors {
		version, score, severity, err := Score(v.Score)
		source := cmp.Or(v.Source, s.Source)
		if err != nil || version < s.rating.version ||
			(version == s.rating.version && (source != s.rating.source || score <= s.rating.score)) {
			continue
		}
		s.rating = rating{vector: v.Score, version: version, score: score, severity: severity, source: source}
	}
}

func laterOf(a, b *time.Time) *time.Time {
	if a == nil || (b != nil && b.After(*a)) {
		return b
	}
	return a
}

// maxSummary bounds a summary made from details.
const maxSummary = 200

func firstSentence(s string) string {
	s, _, _ = strings.Cut(strings.TrimLeft(s, "# \t\r\n"), "\n")
	if end := strings.Index(s, ". "); end > 0 {
		s = s[:end+1]
	}
	s = strings.TrimSpace(s)
	if len(s) <= maxSummary {
		return s
	}
	cut := maxSummary
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
