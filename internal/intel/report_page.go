package intel

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// ReportPage is all that is held of a threat report but its indicators, which have a list of their own.
type ReportPage struct {
	ReportBrief
	Description   string
	Industries    []string
	Countries     []string
	References    []string
	Created       *time.Time
	Modified      *time.Time
	FirstSeen     time.Time
	IndicatorsBy  map[string]int // by type
	CVEList       []ReportCVE    // held ones first, cut at maxReportParts
	Components    []TouchedComponent
	OfInterest    bool // a technique of it is among those of interest
	WantedInFull  bool // a header that touches what is held: to be fetched in full
	AskedInFullAt *time.Time
}

// ReportCVE is a vulnerability that a report leads to, and how far it reaches us.
type ReportCVE struct {
	Name     string
	Link     string // named, reference
	Known    bool   // an advisory speaks of it
	Severity string // unknown when nothing is known
	Score    *float64
	KEV      bool
	Held     bool // a component of ours matches it, for certain or possibly
	Findings int  // open, in active releases
	Releases int
}

// TouchedComponent is a component of which a document says something that a report names.
type TouchedComponent struct {
	ID        int64
	Name      string
	Version   string
	PURL      string
	Ecosystem string
	// Kind is what they have in common: a hash, a url, a host, or a domain above a host.
	Kind ident.TraceKind
	// Type, Value and Role are the indicator's; empty where only its fingerprint is held.
	Type, Value, Role string
	Releases          int // active ones whose current document has the component
}

// maxReportParts bounds each list on a report's page.
const maxReportParts = 200

// Report reads a threat report by its row. Unknown: kind NotFound.
func (s *Store) Report(ctx context.Context, row int64, rules ReportRules) (ReportPage, error) {
	var p ReportPage
	args := pgx.NamedArgs{"id": row}
	rows, err := s.db.Query(ctx, `
		select `+s.newSeen(ctx, args).brief()+`, r.description, r.industries, r.countries, r.reference_urls, r.created, r.modified,
			r.first_seen, r.indicator_counts, r.asked_at
		from threat_reports r
		where r.id = @id`, args)
	if err != nil {
		return p, fmt.Errorf("read threat report %d: %w", row, pg.Problem(err))
	}
	p, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (ReportPage, error) {
		var p ReportPage
		err := p.scan(row, &p.Description, &p.Industries, &p.Countries, &p.References, &p.Created, &p.Modified, &p.FirstSeen,
			&p.IndicatorsBy, &p.AskedInFullAt)
		return p, err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return p, problem.New(problem.NotFound, "there is no threat report %d; its feed may have taken it back", row)
	}
	if err != nil {
		return p, fmt.Errorf("read threat report %d: %w", row, pg.Problem(err))
	}
	p.OfInterest, p.WantedInFull = rules.interesting(p.AttackIDs), p.Touches && !p.Full
	if p.CVEList, err = s.cvesOf(ctx, row); err != nil {
		return p, err
	}
	p.Components, err = s.componentsOf(ctx, row)
	return p, err
}

func (s *Store) cvesOf(ctx context.Context, report int64) ([]ReportCVE, error) {
	args := pgx.NamedArgs{"report": report, "limit": maxReportParts}
	visible := s.newSeen(ctx, args)
	rows, err := s.db.Query(ctx, `
		select n.cve, n.link, v.id is not null, coalesce(v.severity, 'unknown'), v.cvss_score::float8, k.cve is not null,
			h.held, f.findings, f.releases
		from report_vulnerabilities n
		left join vulnerabilities v on v.name = n.cve
		left join kev k on k.cve = n.cve
		cross join lateral (
			select exists (
				select from advisory_vulnerabilities l
				join matches m on m.advisory_id = l.advisory_id
				where l.vulnerability_id = v.id and `+visible.component("m.component_id")+`
			) as held
		) h
		cross join lateral (
			select count(*) as findings, count(distinct f.release_id) as releases
			from findings f
			where f.vulnerability_id = v.id and f.state = 'open' and f.active and `+visible.product("f.product_id")+`
		) f
		where n.report_id = @report and `+visible.leads("n")+`
		order by h.held desc, f.findings desc, n.cve
		limit @limit`, args)
	if err != nil {
		return nil, fmt.Errorf("read what threat report %d leads to: %w", report, pg.Problem(err))
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ReportCVE])
	if err != nil {
		return nil, fmt.Errorf("read what threat report %d leads to: %w", report, pg.Problem(err))
	}
	return list, nil
}

// componentsOf joins a report's indicators, or a header's fingerprints, to what documents say of components.
func (s *Store) componentsOf(ctx context.Context, report int64) ([]TouchedComponent, error) {
	args := pgx.NamedArgs{"report": report, "most": maxReportParts}
	visible := s.newSeen(ctx, args)
	rows, err := s.db.Query(ctx, `
		with named as materialized (
			select i.key, i.type, i.value, i.role from indicators i where i.report_id = @report
			union all
			select k.key, '', '', ''
			from threat_reports r cross join unnest(r.trace_keys) as k (key)
			where r.id = @report and r.kept = 'header'
		), touched as materialized (
			select distinct on (t.component_id, t.key) t.component_id, t.kind, n.type, n.value, n.role
			from named n join component_traces t on t.key = n.key
			where `+visible.component("t.component_id")+`
			order by t.component_id, t.key, n.type, n.value
			limit @most
		)
		select c.id, c.name, c.version, coalesce(c.purl, ''), c.ecosystem, t.kind, t.type, t.value, t.role,
			(select count(distinct rel.id) from occurrences o join releases rel on rel.current_sbom_id = o.sbom_id
			 where o.component_id = c.id and rel.active and `+visible.product("rel.product_id")+`) as releases
		from touched t join components c on c.id = t.component_id
		order by releases desc, c.name, c.id, t.type, t.value`, args)
	if err != nil {
		return nil, fmt.Errorf("read what threat report %d touches: %w", report, pg.Problem(err))
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[TouchedComponent])
	if err != nil {
		return nil, fmt.Errorf("read what threat report %d touches: %w", report, pg.Problem(err))
	}
	return list, nil
}

// HeldIndicator is an indicator of a report.
type HeldIndicator struct {
	Row     int64
	Type    string
	Value   string
	Role    string
	Expires *time.Time
	Active  bool
	Ours    bool // a document of ours names it
}

// IndicatorList is one page. Next is empty on the last one.
type IndicatorList struct {
	Items []HeldIndicator
	Next  string
}

// Indicators lists a report's indicators by type and value; kind narrows them to one type. A header has none. An unknown
// report: kind NotFound.
func (s *Store) Indicators(ctx context.Context, report int64, kind, after string, limit int) (IndicatorList, error) {
	var row int64
	if after != "" {
		raw, err := base64.RawURLEncoding.DecodeString(after)
		if err == nil {
			row, err = strconv.ParseInt(string(raw), 10, 64)
		}
		if err != nil {
			return IndicatorList{}, badCursor(err)
		}
	}
	of := ""
	if kind != "" {
		of = "and i.type = @type"
	}
	args := pgx.NamedArgs{"report": report, "after": row, "type": kind, "limit": limit + 1}
	rows, err := s.db.Query(ctx, `
		select i.id, i.type, i.value, i.role, i.expires, i.active,
			exists (select from component_traces t where t.key = i.key and `+s.newSeen(ctx, args).component("t.component_id")+`)
		from indicators i
		where i.report_id = @report and i.id > @after `+of+`
		order by i.id
		limit @limit`, args)
	if err != nil {
		return IndicatorList{}, fmt.Errorf("list indicators of threat report %d: %w", report, pg.Problem(err))
	}
	var list IndicatorList
	if list.Items, err = pgx.CollectRows(rows, pgx.RowToStructByPos[HeldIndicator]); err != nil {
		return IndicatorList{}, fmt.Errorf("list indicators of threat report %d: %w", report, pg.Problem(err))
	}
	if len(list.Items) > limit {
		list.Items = list.Items[:limit]
		list.Next = base64.RawURLEncoding.EncodeToString(strconv.AppendInt(nil, list.Items[limit-1].Row, 10))
	}
	if len(list.Items) > 0 || after != "" {
		return list, nil
	}
	var exists bool
	err = s.db.QueryRow(ctx, `select exists (select from threat_reports where id = $1)`, report).Scan(&exists)
	if err != nil {
		return list, fmt.Errorf("look for threat report %d: %w", report, pg.Problem(err))
	}
	if !exists {
		return list, problem.New(problem.NotFound, "there is no threat report %d; its feed may have taken it back", report)
	}
	return list, nil
}

// IndicatorHits say who names a value.
type IndicatorHits struct {
	Read       []ident.Trace // what the value was taken for
	Reports    []IndicatorReport
	Components []TouchedComponent // without Type, Value and Role
}

// IndicatorReport is a report that names the value; Type, Value and Role are empty where only a fingerprint is held.
type IndicatorReport struct {
	ReportBrief
	Type, Value, Role string
}

// FindIndicator looks a value up in all reports and in all that documents say of components, in whatever spelling: a hash,
// a host, an address, or any other text.
func (s *Store) FindIndicator(ctx context.Context, value string) (IndicatorHits, error) {
	hits := IndicatorHits{Read: ident.TracesOf(value)}
	var keys []int64
	for _, t := range hits.Read {
		keys = append(keys, t.Key())
	}
	args := pgx.NamedArgs{"keys": orEmpty(keys), "limit": maxReportsShown, "most": maxReportParts}
	visible := s.newSeen(ctx, args)
	rows, err := s.db.Query(ctx, `
		with hit as materialized (
			select distinct on (h.report_id) h.report_id, h.type, h.value, h.role
			from (
				select report_id, type, value, role from indicators where key = any(@keys)
				union all
				select id, '', '', '' from threat_reports where kept = 'header' and trace_keys && @keys
			) h
			order by h.report_id, h.type
		)
		select `+visible.brief()+`, h.type, h.value, h.role
		from hit h join threat_reports r on r.id = h.report_id
		order by r.stood_at desc, r.id desc
		limit @limit`, args)
	if err != nil {
		return hits, fmt.Errorf("look an indicator up: %w", pg.Problem(err))
	}
	hits.Reports, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (IndicatorReport, error) {
		var i IndicatorReport
		err := i.scan(row, &i.Type, &i.Value, &i.Role)
		return i, err
	})
	if err != nil {
		return hits, fmt.Errorf("look an indicator up: %w", pg.Problem(err))
	}
	rows, err = s.db.Query(ctx, `
		with touched as materialized (
			select component_id, min(kind) as kind from component_traces t
			where t.key = any(@keys) and `+visible.component("t.component_id")+` group by component_id limit @most
		)
		select c.id, c.name, c.version, coalesce(c.purl, ''), c.ecosystem, t.kind, '', '', '',
			(select count(distinct rel.id) from occurrences o join releases rel on rel.current_sbom_id = o.sbom_id
			 where o.component_id = c.id and rel.active and `+visible.product("rel.product_id")+`) as releases
		from touched t join components c on c.id = t.component_id
		order by releases desc, c.name, c.id`, args)
	if err != nil {
		return hits, fmt.Errorf("look an indicator up: %w", pg.Problem(err))
	}
	if hits.Components, err = pgx.CollectRows(rows, pgx.RowToStructByPos[TouchedComponent]); err != nil {
		return hits, fmt.Errorf("look an indicator up: %w", pg.Problem(err))
	}
	return hits, nil
}
