package intel

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// VulnerabilityPage is all that is held of one vulnerability. Absent times and figures are nil.
type VulnerabilityPage struct {
	ID             int64
	Name           string
	Kind           Kind
	Summary        string
	Details        string // Markdown, from the best source that has any
	Severity       string
	Score          *float64
	Vector         string
	SeveritySource string
	Published      *time.Time
	Modified       *time.Time
	Withdrawn      *time.Time
	EPSS           *EPSSScore
	KEV            *KEVEntry
	Aliases        []string // other ids of the same flaw
	AliasEdges     []AliasEdge
	Advisories     []AdvisoryStatement
	References     []Reference
	CWEs           []string
	SSVC           *SSVC
	Merged         Merged // the same and more, each value with who says so
	Reports        []ReportBrief
}

// AdvisoryStatement is one advisory's own words, the best source first.
type AdvisoryStatement struct {
	Row           int64
	ID            string
	Source        string
	Feed          string
	URL           string
	Kind          Kind
	Summary       string
	Vectors       []Severity
	SeverityLabel string
	Published     *time.Time
	Modified      *time.Time
	Withdrawn     *time.Time
	Status        string   // of the record, in its source's words: "Deferred"
	Tags          []string // on the record: "disputed"
	Feeds         []string // those that carry the record; Feed is the one whose copy this is
	// Covers counts the vulnerabilities it speaks of; more than one for distributions' bulletins.
	Covers        int
	Affected      []AffectedWords
	AffectedCount int // Affected is cut at maxAffectedShown

	details  string
	refs     []Reference
	cwes     []string
	aliases  []string
	upstream []string
}

// AliasEdge says which record asserts that two ids are the same flaw.
type AliasEdge struct {
	Advisory string // the record
	Feed     string
	Alias    string // the other id
}

// AffectedWords is an affected entry as people read it.
type AffectedWords struct {
	Ecosystem string   // with its release: "Debian:12"
	Package   string   // as the advisory writes it
	Ranges    []string // ">= 2.0.0, < 2.17.1"
	Fixed     []string
}

// maxAffectedShown bounds the entries of one advisory on a page; kernel bulletins name hundreds of packages.
const maxAffectedShown = 100

// Vulnerability finds a vulnerability by its name or by any id that exactly one vulnerability goes by. Unknown: kind
// NotFound.
func (s *Store) Vulnerability(ctx context.Context, name string) (VulnerabilityPage, error) {
	return s.page(ctx, name, s.addAffected)
}

// Facts is Vulnerability without what the advisories affect.
func (s *Store) Facts(ctx context.Context, name string) (VulnerabilityPage, error) {
	return s.page(ctx, name, func(context.Context, []AdvisoryStatement) error { return nil })
}

func (s *Store) page(ctx context.Context, name string, add func(context.Context, []AdvisoryStatement) error) (VulnerabilityPage, error) {
	name = strings.TrimSpace(name)
	if upper := strings.ToUpper(name); IsCVE(upper) {
		name = upper
	}
	p, err := s.headlineOf(ctx, name)
	if err != nil {
		return VulnerabilityPage{}, err
	}
	if p.Advisories, err = s.statementsOf(ctx, p.ID); err != nil {
		return VulnerabilityPage{}, err
	}
	if err := add(ctx, p.Advisories); err != nil {
		return VulnerabilityPage{}, err
	}
	p.collect()
	if err := s.exploitationOf(ctx, &p); err != nil {
		return VulnerabilityPage{}, err
	}
	p.Reports, err = s.ReportsOf(ctx, p.Name)
	return p, err
}

func (s *Store) headlineOf(ctx context.Context, name string) (VulnerabilityPage, error) {
	var p VulnerabilityPage
	err := s.db.QueryRow(ctx, `
		with named as (
			select v.id, 0 as detour from vulnerabilities v where v.name = @name
			union all
			select min(l.vulnerability_id), 1
			from advisory_aliases x
			join advisory_vulnerabilities l on l.advisory_id = x.advisory_id
			where x.alias = @name
			having count(distinct l.vulnerability_id) = 1
			order by detour
			limit 1
		)
		select v.id, v.name, v.kind, v.summary, v.severity, v.cvss_score::float8, v.cvss_vector, v.severity_source,
			v.published, v.modified, v.withdrawn
		from named n
		join vulnerabilities v on v.id = n.id`,
		pgx.NamedArgs{"name": name}).Scan(&p.ID, &p.Name, &p.Kind, &p.Summary, &p.Severity, &p.Score, &p.Vector,
		&p.SeveritySource, &p.Published, &p.Modified, &p.Withdrawn)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, problem.New(problem.NotFound, "no vulnerability called %.100q is known here", name)
	}
	if err != nil {
		return p, fmt.Errorf("read vulnerability %s: %w", name, pg.Problem(err))
	}
	return p, nil
}

func (s *Store) statementsOf(ctx context.Context, vulnerability int64) ([]AdvisoryStatement, error) {
	rows, err := s.db.Query(ctx, `
		select a.id, a.advisory_id, a.source, a.feed, a.url, a.kind, a.summary, a.severities, a.severity_label,
			a.published, a.modified, a.withdrawn,
			(select count(*) from advisory_vulnerabilities o where o.advisory_id = a.id),
			a.details, a.reference_urls, a.cwes, a.aliases, a.upstream, a.status, a.tags
		from advisory_vulnerabilities l
		join advisories a on a.id = l.advisory_id
		where l.vulnerability_id = $1`, vulnerability)
	if err != nil {
		return nil, fmt.Errorf("read advisories of a vulnerability: %w", pg.Problem(err))
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (AdvisoryStatement, error) {
		var a AdvisoryStatement
		err := row.Scan(&a.Row, &a.ID, &a.Source, &a.Feed, &a.URL, &a.Kind, &a.Summary, &a.Vectors, &a.SeverityLabel,
			&a.Published, &a.Modified, &a.Withdrawn, &a.Covers, &a.details, &a.refs, &a.cwes, &a.aliases, &a.upstream,
			&a.Status, &a.Tags)
		a.Feeds = []string{a.Feed}
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("read advisories of a vulnerability: %w", pg.Problem(err))
	}
	return arrange(list), nil
}

func (s *Store) addAffected(ctx context.Context, list []AdvisoryStatement) error {
	at := make(map[int64]*AdvisoryStatement, len(list))
	ids := make([]int64, len(list))
	for i := range list {
		at[list[i].Row], ids[i] = &list[i], list[i].Row
	}
	rows, err := s.db.Query(ctx, `
		select p.advisory_id, p.ecosystem, p.ecosystem_release, p.name, p.ranges, p.total
		from (
			select advisory_id, ordinal, ecosystem, ecosystem_release, name, ranges,
				count(*) over (partition by advisory_id) as total,
				row_number() over (partition by advisory_id order by ordinal) as nth
			from affected_packages
			where advisory_id = any(@ids)
		) p
		where p.nth <= @shown
		order by p.advisory_id, p.ordinal`, pgx.NamedArgs{"ids": ids, "shown": maxAffectedShown})
	if err != nil {
		return fmt.Errorf("read what advisories affect: %w", pg.Problem(err))
	}
	var (
		id, total                int64
		ecosystem, release, name string
		ranges                   []Range
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &ecosystem, &release, &name, &ranges, &total}, func() error {
		words := AffectedWords{Ecosystem: ecosystem, Package: name}
		if release != "" {
			words.Ecosystem += ":" + release
		}
		for _, r := range ranges {
			windows, fixed := r.Words()
			words.Ranges = append(words.Ranges, windows...)
			words.Fixed = append(words.Fixed, fixed...)
		}
		a := at[id]
		a.Affected, a.AffectedCount = append(a.Affected, words), int(total)
		ranges = nil
		return nil
	})
	if err != nil {
		return fmt.Errorf("read what advisories affect: %w", pg.Problem(err))
	}
	return nil
}

// exploitationOf reads what is known of attacks.
func (s *Store) exploitationOf(ctx context.Context, p *VulnerabilityPage) error {
	var (
		score, percentile *float64
		added, due        *time.Time
		decided           *time.Time
		assessed          bool
		k                 KEVEntry
		d                 SSVC
	)
	err := s.db.QueryRow(ctx, `
		select e.score::float8, e.percentile::float8, k.date_added, k.due_date, coalesce(k.ransomware, false),
			coalesce(k.name, ''), coalesce(k.required_action, ''), coalesce(k.notes, ''),
			d.cve is not null, coalesce(d.exploitation, ''), coalesce(d.automatable, ''), coalesce(d.technical_impact, ''), d.decided
		from (select @cve::text as cve) v
		left join epss e on e.cve = v.cve
		left join kev k on k.cve = v.cve
		left join ssvc d on d.cve = v.cve`, pgx.NamedArgs{"cve": p.Name}).Scan(&score, &percentile, &added, &due, &k.Ransomware,
		&k.Name, &k.RequiredAction, &k.Notes, &assessed, &d.Exploitation, &d.Automatable, &d.TechnicalImpact, &decided)
	if err != nil {
		return fmt.Errorf("read the exploitation of %s: %w", p.Name, pg.Problem(err))
	}
	if score != nil {
		p.EPSS = &EPSSScore{CVE: p.Name, Score: *score, Percentile: *percentile}
	}
	if added != nil {
		k.CVE, k.DateAdded = p.Name, *added
		if due != nil {
			k.DueDate = *due
		}
		p.KEV = &k
	}
	if assessed {
		d.CVE = p.Name
		if decided != nil {
			d.Decided = *decided
		}
		p.SSVC = &d
	}
	p.assess()
	return nil
}
