package intel

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

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
