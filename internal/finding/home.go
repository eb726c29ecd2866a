package finding

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
)

const (
	// firstLook is how far back "since you last looked" goes for who has never said so.
	firstLook = 7 * 24 * time.Hour
	// homeRows bounds each list of the home page.
	homeRows = 6
)

// Home is what changed since a person last looked, and what is worst now. Active releases count, and what the caller may see.
type Home struct {
	Since     time.Time
	Products  int
	Open      Counts
	Opened    int // since Since, and still open
	Resolved  int // since Since
	New       []NewVulnerability
	Exploited []Exploited
	AtRisk    []AtRisk
}

// NewVulnerability is one that findings were opened for.
type NewVulnerability struct {
	Name, Severity, Component string
	Score                     *float64
	KEV                       bool
	Findings, Releases        int
	FirstSeen                 time.Time // of the newest
}

// Exploited is a vulnerability on CISA's list that reaches us, the newest on the list first.
type Exploited struct {
	Name, Title        string
	Added              time.Time
	Due                *time.Time
	Findings, Releases int
}

// AtRisk is a release with exploited or critical findings, the worst first.
type AtRisk struct {
	ReleaseID              int64
	ProductName, Version   string
	KEV, Critical, Fixable int
}

// Home reads the home page of a person.
func (s *Store) Home(ctx context.Context, person int64, now time.Time) (Home, error) {
	h := Home{Since: now.UTC().Truncate(24 * time.Hour).Add(-firstLook)}
	args := pgx.NamedArgs{"person": person, "rows": homeRows}
	see := access.See(ctx).Where("f.product_id", args)
	err := s.db.QueryRow(ctx, `
		select coalesce((select looked_at from home_looks where user_id = @person), @since),
		       (select count(*) from products p where `+access.See(ctx).Where("p.id", args)+`)`, with(args, "since", h.Since)).Scan(&h.Since, &h.Products)
	if err != nil {
		return Home{}, fmt.Errorf("read when a person looked: %w", err)
	}
	args["since"] = h.Since
	if h.Open, err = s.Summary(ctx, Filter{Active: "true"}); err != nil {
		return Home{}, err
	}
	err = s.db.QueryRow(ctx, `
		select (select count(*) from findings f where f.active and f.state = 'open' and f.first_seen > @since and `+see+`),
		       (select count(*) from findings f where f.active and f.state = 'resolved' and f.resolved_at > @since and `+see+`)`,
		args).Scan(&h.Opened, &h.Resolved)
	if err != nil {
		return Home{}, fmt.Errorf("count what changed: %w", err)
	}
	if err := s.homeLists(ctx, &h, see, args); err != nil {
		return Home{}, err
	}
	return h, nil
}

// homeLists fills the lists of the home page. see narrows findings f to what the caller may see.
func (s *Store) homeLists(ctx context.Context, h *Home, see string, args pgx.NamedArgs) error {
	rows, err := s.db.Query(ctx, `
		with news as (
			select f.vulnerability_name, max(f.score_key) as score_key, min(f.component_name) as component, count(*) as findings,
			       count(distinct f.release_id) as releases, max(f.first_seen) as first_seen, max(f.severity) as severity, max(f.vulnerability_id) as id
			from findings f
			where f.active and f.state = 'open' and f.first_seen > @since and `+see+`
			group by f.vulnerability_name
		)
		select n.vulnerability_name, n.severity, n.component, v.cvss_score::float8, k.cve is not null, n.findings, n.releases, n.first_seen
		from news n join vulnerabilities v on v.id = n.id left join kev k on k.cve = n.vulnerability_name
		order by k.cve is not null desc, n.score_key desc, n.first_seen desc, n.vulnerability_name
		limit @rows`, args)
	if err != nil {
		return fmt.Errorf("list what is new: %w", err)
	}
	if h.New, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (n NewVulnerability, err error) {
		return n, row.Scan(&n.Name, &n.Severity, &n.Component, &n.Score, &n.KEV, &n.Findings, &n.Releases, &n.FirstSeen)
	}); err != nil {
		return fmt.Errorf("list what is new: %w", err)
	}
	rows, err = s.db.Query(ctx, `
		select k.cve, k.name, k.date_added, k.due_date, count(*), count(distinct f.release_id)
		from kev k join findings f on f.vulnerability_name = k.cve and f.active and f.state = 'open'
		where `+see+`
		group by k.cve
		order by k.date_added desc, k.cve
		limit @rows`, args)
	if err != nil {
		return fmt.Errorf("list what is exploited: %w", err)
	}
	if h.Exploited, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Exploited, err error) {
		return e, row.Scan(&e.Name, &e.Title, &e.Added, &e.Due, &e.Findings, &e.Releases)
	}); err != nil {
		return fmt.Errorf("list what is exploited: %w", err)
	}
	rows, err = s.db.Query(ctx, `
		with hot as (
			select f.release_id, count(k.cve) as kev, count(*) filter (where f.severity = 'critical') as critical,
			       count(f.fixed_version) as fixable
			from findings f left join kev k on k.cve = f.vulnerability_name
			where f.active and f.state = 'open' and (f.severity = 'critical' or k.cve is not null) and `+see+`
			group by f.release_id
			order by count(k.cve) desc, count(*) filter (where f.severity = 'critical') desc, f.release_id desc
			limit @rows
		)
		select r.id, p.name, r.version, hot.kev, hot.critical, hot.fixable
		from hot join releases r on r.id = hot.release_id join products p on p.id = r.product_id
		order by hot.kev desc, hot.critical desc, r.id desc`, args)
	if err != nil {
		return fmt.Errorf("list releases at risk: %w", err)
	}
	if h.AtRisk, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r AtRisk, err error) {
		return r, row.Scan(&r.ReleaseID, &r.ProductName, &r.Version, &r.KEV, &r.Critical, &r.Fixable)
	}); err != nil {
		return fmt.Errorf("list releases at risk: %w", err)
	}
	return nil
}

func with(args pgx.NamedArgs, name string, value any) pgx.NamedArgs {
	args[name] = value
	return args
}

// Looked notes that a person has looked at what changed until a moment.
func (s *Store) Looked(ctx context.Context, person int64, until time.Time) error {
	_, err := s.db.Exec(ctx, `
		insert into home_looks (user_id, looked_at) values (@person, @until)
		on conflict (user_id) do update set looked_at = excluded.looked_at`, pgx.NamedArgs{"person": person, "until": until})
	if err != nil {
		return fmt.Errorf("note that a person looked: %w", err)
	}
	return nil
}
