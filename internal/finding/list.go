package finding

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// List reads one page. The order comes from an index in every sort; KEV and EPSS are joined when read.
func (s *Store) List(ctx context.Context, f Filter, sort, after string, limit int) (Page[Finding], error) {
	stretches, err := phases(sort)
	if err != nil {
		return Page[Finding]{}, err
	}
	at, err := parseCursor(after, sort, len(stretches))
	if err != nil {
		return Page[Finding]{}, err
	}
	if f.words, err = s.look(ctx, f); err != nil {
		return Page[Finding]{}, err
	}
	var page Page[Finding]
	for at.Phase < len(stretches) {
		rows, keys, err := s.stretch(ctx, f, stretches[at.Phase], at, limit+1-len(page.Items))
		if err != nil {
			return Page[Finding]{}, err
		}
		for i, row := range rows {
			if len(page.Items) == limit { // one more exists: the page ends before it
				page.Next = at.String()
				return page, nil
			}
			page.Items = append(page.Items, row)
			at.Key, at.ID = keys[i], row.ID
		}
		if at.Phase+1 == len(stretches) {
			return page, nil
		}
		at = cursor{Sort: sort, Phase: at.Phase + 1}
	}
	return page, nil
}

// columns are what scan reads, in its order.
const columns = `f.id, f.product_id, p.name, f.release_id, r.version, f.component_id, f.component_name, f.component_version,
	coalesce(c.purl, ''), f.ecosystem, f.vulnerability_name, v.kind, v.summary, f.severity, v.cvss_score::float8,
	e.score::float8, e.percentile::float8, k.cve is not null, k.due_date, f.state, f.resolution, f.vex, f.review,
	coalesce(f.fixed_version, ''), f.first_seen, f.resolved_at,
	(select min(o.depth) from occurrences o where o.component_id = f.component_id and o.sbom_id = r.current_sbom_id)`

// joins bring the names; the planner looks them up for the rows of the page alone.
const joins = `
	join products p on p.id = f.product_id
	join releases r on r.id = f.release_id
	join components c on c.id = f.component_id
	join vulnerabilities v on v.id = f.vulnerability_id
	left join epss e on e.cve = f.vulnerability_name
	left join kev k on k.cve = f.vulnerability_name`

func scan(row pgx.CollectableRow, f *Finding, more ...any) error {
	return row.Scan(append([]any{
		&f.ID, &f.ProductID, &f.ProductName, &f.ReleaseID, &f.ReleaseVersion, &f.ComponentID, &f.ComponentName,
		&f.ComponentVersion, &f.ComponentPURL, &f.Ecosystem, &f.Vulnerability, &f.Kind, &f.Summary, &f.Severity, &f.Score,
		&f.EPSS, &f.EPSSPercentile, &f.KEV, &f.KEVDue, &f.State, &f.Resolution, &f.Status, &f.Review, &f.FixedVersion, &f.FirstSeen,
		&f.ResolvedAt, &f.Depth,
	}, more...)...)
}

func (s *Store) stretch(ctx context.Context, f Filter, p phase, at cursor, limit int) ([]Finding, []string, error) {
	args := pgx.NamedArgs{"limit": limit}
	where, err := f.where(access.See(ctx), args)
	if err != nil {
		return nil, nil, err
	}
	base := where
	if p.where != "" {
		where += " and " + p.where
	}
	direction, relation := "", ">"
	if p.desc {
		direction, relation = " desc", "<"
	}
	if at.ID != 0 {
		where += fmt.Sprintf(" and (%s, f.id) %s (@key::text::%s, @after)", p.key, relation, p.cast)
		args["key"], args["after"] = at.Key, at.ID
	}
	from, rest := "findings f", where
	if p.join != "" && f.narrow() {
		from, rest = "(select f.id, f.product_id, f.vulnerability_name from findings f where "+base+" offset 0) f", "true"+where[len(base):]
	}
	rows, err := s.db.Query(ctx, `
		with page as materialized (
			select f.id, `+p.key+` as key from `+from+` `+p.join+`
			where `+rest+`
			order by `+p.key+direction+`, f.id`+direction+`
			limit @limit
		)
		select `+columns+`, page.key::text
		from page join findings f on f.id = page.id `+joins+`
		order by page.key`+direction+`, f.id`+direction, args)
	if err != nil {
		return nil, nil, fmt.Errorf("list findings: %w", err)
	}
	var keys []string
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Finding, error) {
		var finding Finding
		var key string
		err := scan(row, &finding, &key)
		keys = append(keys, key)
		return finding, err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list findings: %w", err)
	}
	return items, keys, nil
}

// Summary counts what the filter lets through, by severity.
func (s *Store) Summary(ctx context.Context, f Filter) (Counts, error) {
	var err error
	if f.words, err = s.look(ctx, f); err != nil {
		return Counts{}, err
	}
	args := pgx.NamedArgs{}
	where, err := f.where(access.See(ctx), args)
	if err != nil {
		return Counts{}, err
	}
	var c Counts
	err = s.db.QueryRow(ctx, `
		with counted as (
			select f.severity, count(*) as n from findings f where `+where+` group by f.severity
		)
		select coalesce(sum(n) filter (where severity = 'critical'), 0)::int, coalesce(sum(n) filter (where severity = 'high'), 0)::int,
		       coalesce(sum(n) filter (where severity = 'medium'), 0)::int, coalesce(sum(n) filter (where severity = 'low'), 0)::int,
		       coalesce(sum(n) filter (where severity = 'none'), 0)::int, coalesce(sum(n) filter (where severity = 'unknown'), 0)::int,
		       (select count(*) from kev k join findings f on f.vulnerability_name = k.cve where `+where+`),
		       coalesce(sum(n), 0)::int
		from counted`, args).Scan(&c.Critical, &c.High, &c.Medium, &c.Low, &c.None, &c.Unknown, &c.KEV, &c.Total)
	if err != nil {
		return Counts{}, fmt.Errorf("count findings: %w", err)
	}
	return c, nil
}

// Counts counts the open findings of each of these releases; a release without any is not in the map.
func (s *Store) Counts(ctx context.Context, releaseIDs []int64) (map[int64]Counts, error) {
	args := pgx.NamedArgs{"ids": releaseIDs}
	rows, err := s.db.Query(ctx, `
		select f.release_id, count(*) filter (where f.severity = 'critical'), count(*) filter (where f.severity = 'high'),
		       count(*) filter (where f.severity = 'medium'), count(*) filter (where f.severity = 'low'),
		       count(*) filter (where f.severity = 'none'), count(*) filter (where f.severity = 'unknown'),
		       count(k.cve), count(*)
		from findings f left join kev k on k.cve = f.vulnerability_name
		where f.release_id = any(@ids) and f.state = 'open' and `+access.See(ctx).Where("f.product_id", args)+`
		group by f.release_id`, args)
	if err != nil {
		return nil, fmt.Errorf("count findings of releases: %w", err)
	}
	out := make(map[int64]Counts, len(releaseIDs))
	var id int64
	var c Counts
	_, err = pgx.ForEachRow(rows, []any{&id, &c.Critical, &c.High, &c.Medium, &c.Low, &c.None, &c.Unknown, &c.KEV, &c.Total}, func() error {
		out[id] = c
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count findings of releases: %w", err)
	}
	return out, nil
}
