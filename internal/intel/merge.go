package intel

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
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
}

// rank orders the sources: GHSA, then NVD, the ecosystems' own databases, distributions. Within all of these a record
// about this one flaw comes before one that covers several, whose title and rating are about all of them.
func (s *statement) rank() int {
	base := 2
	switch {
	case s.Source == "GHSA":
		base = 0
	case s.Feed == "nvd" || s.Source == "CVE":
		base = 1
	case IsErrata(s.ID) || distribution[s.Source]:
		base = 3
	}
	if s.Several {
		base += 10
	}
	return base
}

// distribution holds the id prefixes of distributions' records, beside errata.
var distribution = map[string]bool{
	"DSA": true, "DLA": true, "DTSA": true, "DEBIAN": true, "UBUNTU": true, "USN": true, "LSN": true, "ALPINE": true,
	"BELL": true, "SUSE": true, "OPENSUSE": true, "MGASA": true, "AZL": true, "PHSA": true, "OESA": true, "CGA": true,
	"MINI": true, "ECHO": true, "BREW": true, "CLEANSTART": true, "ROOT": true, "TUXCARE": true,
}

// merge picks what is shown. Withdrawn statements count only when there are no others.
func merge(list []*statement) headline {
	inForce := slices.DeleteFunc(slices.Clone(list), func(s *statement) bool { return s.Withdrawn != nil })
	h := headline{kind: KindVulnerability, severity: SeverityUnknown}
	if len(inForce) == 0 {
		for _, s := range list {
			h.withdrawn = laterOf(h.withdrawn, s.Withdrawn)
		}
		inForce = slices.Clone(list)
	}
	slices.SortFunc(inForce, func(a, b *statement) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Feed, b.Feed))
	})
	lead := ""
	for _, s := range inForce {
		if s.Kind == KindMalware {
			h.kind = KindMalware
		}
		h.summary = cmp.Or(h.summary, s.Summary)
		lead = cmp.Or(lead, s.Lead)
		if s.Published != nil && (h.published == nil || s.Published.Before(*h.published)) {
			h.published = s.Published
		}
		h.modified = laterOf(h.modified, s.Modified)
		if best := s.rating; h.vector == "" && best.vector != "" {
			h.vector, h.score, h.severity, h.severitySource = best.vector, &best.score, best.severity, best.source
		}
	}
	h.summary = cmp.Or(h.summary, firstSentence(lead))
	if h.vector == "" {
		for _, s := range inForce {
			if severity := FoldLabel(s.Label); severity != SeverityUnknown {
				h.severity, h.severitySource = severity, s.Source
				break
			}
		}
	}
	// Software that is itself the attack is as bad as can be, and few of its records carry a rating.
	if h.kind == KindMalware && h.severity == SeverityUnknown {
		h.severity, h.severitySource = SeverityCritical, string(KindMalware)
	}
	return h
}

// rate reads the statement's vectors.
func (s *statement) rate() {
	var vectors []Severity
	if json.Unmarshal(s.Severities, &vectors) != nil {
		return
	}
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

// mergeVulnerabilities writes what these vulnerabilities show. It returns the advisories of those whose severity, kind
// or withdrawal changed and which have findings: findings carry copies of these.
func mergeVulnerabilities(ctx context.Context, tx pgx.Tx, ids []int64) ([]int64, error) {
	links, err := tx.Query(ctx, `
		select vulnerability_id, advisory_id
		from advisory_vulnerabilities
		where vulnerability_id = any($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("read the advisories of vulnerabilities: %w", err)
	}
	says := make(map[int64][]int64, len(ids))
	var advisories []int64
	var vulnerability, advisory int64
	_, err = pgx.ForEachRow(links, []any{&vulnerability, &advisory}, func() error {
		says[vulnerability] = append(says[vulnerability], advisory)
		advisories = append(advisories, advisory)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the advisories of vulnerabilities: %w", err)
	}
	statements, err := readStatements(ctx, tx, unique(advisories))
	if err != nil {
		return nil, err
	}
	var u headlineUpdate
	var list []*statement
	for _, id := range ids {
		list = list[:0]
		for _, advisory := range says[id] {
			list = append(list, statements[advisory])
		}
		if len(list) > 0 {
			u.add(id, merge(list))
		}
	}
	return u.write(ctx, tx)
}

// readStatements reads each advisory once, however many vulnerabilities it speaks of.
func readStatements(ctx context.Context, tx pgx.Tx, advisories []int64) (map[int64]*statement, error) {
	rows, err := tx.Query(ctx, `
		select a.id, a.feed, a.source, a.advisory_id, a.kind, a.summary,
			case when a.summary = '' then left(a.details, 600) else '' end,
			a.severities, a.severity_label, a.published, a.modified, a.withdrawn,
			(select count(*) from (
				select from advisory_vulnerabilities l where l.advisory_id = a.id limit 2
			) first_two) > 1
		from advisories a
		where a.id = any($1)`, advisories)
	if err != nil {
		return nil, fmt.Errorf("read what advisories say: %w", err)
	}
	out := make(map[int64]*statement, len(advisories))
	var s statement
	_, err = pgx.ForEachRow(rows, []any{&s.Row, &s.Feed, &s.Source, &s.ID, &s.Kind, &s.Summary, &s.Lead, &s.Severities,
		&s.Label, &s.Published, &s.Modified, &s.Withdrawn, &s.Several}, func() error {
		one := s
		one.rate()
		out[one.Row] = &one
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what advisories say: %w", err)
	}
	return out, nil
}

// headlineUpdate is headlines column by column.
type headlineUpdate struct {
	ids                                                 []int64
	kinds, summaries, vectors, severities, severitySrcs []string
	scores                                              []*float64
	published, modified, withdrawn                      []*time.Time
}

func (u *headlineUpdate) add(id int64, h headline) {
	u.ids = append(u.ids, id)
	u.kinds = append(u.kinds, string(h.kind))
	u.summaries = append(u.summaries, h.summary)
	u.vectors = append(u.vectors, h.vector)
	u.scores = append(u.scores, h.score)
	u.severities = append(u.severities, h.severity)
	u.severitySrcs = append(u.severitySrcs, h.severitySource)
	u.published = append(u.published, h.published)
	u.modified = append(u.modified, h.modified)
	u.withdrawn = append(u.withdrawn, h.withdrawn)
}

func (u *headlineUpdate) write(ctx context.Context, tx pgx.Tx) ([]int64, error) {
	rows, err := tx.Query(ctx, `
		with next as materialized (
			select *
			from unnest(@ids::bigint[], @kinds::text[], @summaries::text[], @vectors::text[], @scores::float8[],
				@severities::text[], @sources::text[], @published::timestamptz[], @modified::timestamptz[],
				@withdrawn::timestamptz[])
				as n (id, kind, summary, vector, score, severity, source, published, modified, withdrawn)
		), written as (
			update vulnerabilities v
			set kind = n.kind, summary = n.summary, cvss_vector = n.vector, cvss_score = n.score::numeric(3, 1),
				severity = n.severity, severity_source = n.source, published = n.published, modified = n.modified,
				withdrawn = n.withdrawn
			from next n
			join vulnerabilities old on old.id = n.id
			where v.id = n.id
				and (v.kind, v.summary, v.cvss_vector, v.cvss_score, v.severity, v.severity_source, v.published, v.modified,
					v.withdrawn) is distinct from (n.kind, n.summary, n.vector, n.score::numeric(3, 1), n.severity,
					n.source, n.published, n.modified, n.withdrawn)
			returning v.id, (old.kind, old.cvss_score, old.severity, old.withdrawn) is distinct from
				(v.kind, v.cvss_score, v.severity, v.withdrawn) as shows
		)
		select distinct l.advisory_id
		from written w
		join advisory_vulnerabilities l on l.vulnerability_id = w.id
		where w.shows and exists (select from findings f where f.vulnerability_id = w.id)`,
		pgx.NamedArgs{"ids": u.ids, "kinds": u.kinds, "summaries": u.summaries, "vectors": u.vectors, "scores": u.scores,
			"severities": u.severities, "sources": u.severitySrcs, "published": u.published, "modified": u.modified,
			"withdrawn": u.withdrawn})
	if err != nil {
		return nil, fmt.Errorf("write what vulnerabilities show: %w", err)
	}
	advisories, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("write what vulnerabilities show: %w", err)
	}
	return advisories, nil
}
