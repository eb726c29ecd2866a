package finding

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// ofRelease is the set of components that a release's current SBOM names.
const ofRelease = `select distinct o.component_id from releases r join occurrences o on o.sbom_id = r.current_sbom_id where r.id = @release`

// position is a keyset cursor over (component name, id, advisory and its source).
type position struct {
	Name string `json:"n"`
	ID   int64  `json:"i"`
	Sub  string `json:"s,omitempty"`
}

func (p position) String() string {
	raw, _ := json.Marshal(p)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parsePosition(s string) (position, error) {
	var p position
	if s == "" {
		return p, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	if err != nil {
		return p, problem.Wrap(problem.Invalid, err, "the cursor is not one that this list gave out").
			With(problem.Fault{Path: "query.cursor", Code: "cursor", Message: "start again without a cursor"})
	}
	return p, nil
}

func (s *Store) requireRelease(ctx context.Context, id int64) error {
	var there bool
	args := pgx.NamedArgs{"id": id}
	err := s.db.QueryRow(ctx, `select exists (select from releases where id = @id and `+access.See(ctx).Where("product_id", args)+`)`, args).Scan(&there)
	if err != nil {
		return fmt.Errorf("read release %d: %w", id, err)
	}
	if !there {
		return problem.New(problem.NotFound, "there is no release %d; it may have been deleted", id)
	}
	return nil
}

// Possible lists what is to be checked by hand in a release: matches that evidence does not confirm, without those whose
// vulnerability is a finding of the same component anyway.
func (s *Store) Possible(ctx context.Context, releaseID int64, after string, limit int) (Page[PossibleMatch], error) {
	at, err := parsePosition(after)
	if err != nil {
		return Page[PossibleMatch]{}, err
	}
	if err := s.requireRelease(ctx, releaseID); err != nil {
		return Page[PossibleMatch]{}, err
	}
	rows, err := s.db.Query(ctx, `
		select c.id, c.name, c.version, coalesce(c.purl, ''), c.ecosystem, a.advisory_id, a.source,
		       array_agg(v.name order by v.name), (array_agg(v.severity order by v.cvss_score desc nulls last))[1],
		       max(v.cvss_score)::float8, m.reason, m.evidence
		from (`+ofRelease+`) o
		join matches m on m.component_id = o.component_id and m.confidence = 'possible'
		join components c on c.id = m.component_id
		join advisories a on a.id = m.advisory_id
		join advisory_vulnerabilities av on av.advisory_id = a.id
		join vulnerabilities v on v.id = av.vulnerability_id and v.withdrawn is null
		where (c.name, c.id, a.advisory_id || ' ' || a.source) > (@name, @id, @sub)
		  -- of a record that several feeds carry, the copy that speaks
		  and not exists (
		      select from advisories y join matches x on x.advisory_id = y.id and x.component_id = m.component_id
		      where y.advisory_id = a.advisory_id and y.source = a.source and y.id <> a.id
		        and (x.confidence = 'confirmed' or (coalesce(y.modified, '-infinity'), y.feed = lower(y.source), y.id)
		             > (coalesce(a.modified, '-infinity'), a.feed = lower(a.source), a.id)))
		  and not exists (select from findings f where f.release_id = @release and f.component_id = c.id
		                  and f.vulnerability_id = v.id and f.state = 'open')
		group by c.id, a.id, m.component_id, m.advisory_id
		order by c.name, c.id, a.advisory_id || ' ' || a.source
		limit @limit`,
		pgx.NamedArgs{"release": releaseID, "name": at.Name, "id": at.ID, "sub": at.Sub, "limit": limit + 1})
	if err != nil {
		return Page[PossibleMatch]{}, fmt.Errorf("list possible matches: %w", err)
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[PossibleMatch])
	if err != nil {
		return Page[PossibleMatch]{}, fmt.Errorf("list possible matches: %w", err)
	}
	page := Page[PossibleMatch]{Items: items}
	if len(items) > limit {
		page.Items = items[:limit]
		last := page.Items[limit-1]
		page.Next = position{last.ComponentName, last.ComponentID, last.Advisory + " " + last.Source}.String()
	}
	return page, nil
}

// PossibleCounts counts possible matches (component and advisory) and components not covered, by release.
func (s *Store) PossibleCounts(ctx context.Context, releaseIDs []int64) (possible, notCovered map[int64]int, err error) {
	args := pgx.NamedArgs{"ids": releaseIDs}
	rows, err := s.db.Query(ctx, `
		with parts as (
			select distinct r.id as release_id, o.component_id
			from releases r join occurrences o on o.sbom_id = r.current_sbom_id
			where r.id = any(@ids) and `+access.See(ctx).Where("r.product_id", args)+`
		)
		select p.release_id, count(*) filter (where c.not_covered <> ''),
		       sum((select count(distinct (a.source, a.advisory_id)) from matches m join advisories a on a.id = m.advisory_id
		            where m.component_id = p.component_id and m.confidence = 'possible'
		            and exists (select from advisory_vulnerabilities av
		                        join vulnerabilities v on v.id = av.vulnerability_id and v.withdrawn is null
		                        where av.advisory_id = m.advisory_id
		                          and not exists (select from findings f where f.release_id = p.release_id
		                              and f.component_id = p.component_id and f.vulnerability_id = v.id and f.state = 'open'))))
		from parts p join components c on c.id = p.component_id
		group by p.release_id`, args)
	if err != nil {
		return nil, nil, fmt.Errorf("count possible matches: %w", err)
	}
	possible, notCovered = map[int64]int{}, map[int64]int{}
	var id int64
	var n, p int
	_, err = pgx.ForEachRow(rows, []any{&id, &n, &p}, func() error {
		possible[id], notCovered[id] = p, n
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("count possible matches: %w", err)
	}
	return possible, notCovered, nil
}

// Coverage says how much of a release could be judged, and lists a page of what could not.
func (s *Store) Coverage(ctx context.Context, releaseID int64, after string, limit int) (Coverage, Page[Uncovered], error) {
	at, err := parsePosition(after)
	if err != nil {
		return Coverage{}, Page[Uncovered]{}, err
	}
	if err := s.requireRelease(ctx, releaseID); err != nil {
		return Coverage{}, Page[Uncovered]{}, err
	}
	rows, err := s.db.Query(ctx, `
		select c.not_covered, count(*) from (`+ofRelease+`) o join components c on c.id = o.component_id
		group by 1 order by 2 desc, 1`, pgx.NamedArgs{"release": releaseID})
	if err != nil {
		return Coverage{}, Page[Uncovered]{}, fmt.Errorf("read coverage: %w", err)
	}
	var cover Coverage
	var reason string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&reason, &n}, func() error {
		cover.Components += n
		if reason == "" {
			cover.Covered += n
			return nil
		}
		cover.NotCovered += n
		cover.Reasons = append(cover.Reasons, ReasonCount{reason, n})
		return nil
	})
	if err != nil {
		return Coverage{}, Page[Uncovered]{}, fmt.Errorf("read coverage: %w", err)
	}
	page, err := s.uncovered(ctx, releaseID, at, limit)
	return cover, page, err
}

func (s *Store) uncovered(ctx context.Context, releaseID int64, at position, limit int) (Page[Uncovered], error) {
	rows, err := s.db.Query(ctx, `
		select c.id, c.name, c.version, coalesce(c.purl, ''), c.not_covered, c.ecosystem
		from (`+ofRelease+`) o join components c on c.id = o.component_id
		where c.not_covered <> '' and (c.name, c.id) > (@name, @id)
		order by c.name, c.id limit @limit`,
		pgx.NamedArgs{"release": releaseID, "name": at.Name, "id": at.ID, "limit": limit + 1})
	if err != nil {
		return Page[Uncovered]{}, fmt.Errorf("list components not covered: %w", err)
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Uncovered])
	if err != nil {
		return Page[Uncovered]{}, fmt.Errorf("list components not covered: %w", err)
	}
	page := Page[Uncovered]{Items: items}
	if len(items) > limit {
		page.Items = items[:limit]
		last := page.Items[limit-1]
		page.Next = position{Name: last.Name, ID: last.ComponentID}.String()
	}
	return page, nil
}

// Upgrades says what to do about each component of a release that has findings, the worst first: the version that ends them
// all, and those that end some.
func (s *Store) Upgrades(ctx context.Context, releaseID int64) ([]Upgrade, error) {
	if err := s.requireRelease(ctx, releaseID); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, `
		with open as (
			select component_id, severity, score_key, fixed_version from findings
			where release_id = @release and state = 'open'
		), partial as (
			select component_id, jsonb_agg(jsonb_build_object('Version', fixed_version, 'Ends', n) order by n desc, fixed_version) as list
			from (select component_id, fixed_version, count(*) as n from open where fixed_version is not null group by 1, 2) g
			group by 1
		)
		select c.id, c.name, c.version, coalesce(c.purl, ''), c.ecosystem, count(*),
		       (array_agg(o.severity order by o.score_key desc))[1], coalesce(c.upgrade_version, ''), coalesce(p.list, '[]')
		from open o join components c on c.id = o.component_id left join partial p on p.component_id = c.id
		group by c.id, p.list
		order by max(o.score_key) desc, count(*) desc, c.id`, pgx.NamedArgs{"release": releaseID})
	if err != nil {
		return nil, fmt.Errorf("list upgrades: %w", err)
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Upgrade])
	if err != nil {
		return nil, fmt.Errorf("list upgrades: %w", err)
	}
	for i := range items {
		accumulate(items[i].Ecosystem, items[i].Partial)
	}
	return items, nil
}

// accumulate puts partial upgrades in version order and adds up: a version also ends what a smaller one ends.
func accumulate(ecosystem string, partial []PartialUpgrade) {
	slices.SortStableFunc(partial, func(a, b PartialUpgrade) int {
		order, err := ident.Compare(ecosystem, a.Version, b.Version)
		if err != nil {
			return 0 // the matcher offers readable versions only
		}
		return order
	})
	for i := 1; i < len(partial); i++ {
		partial[i].Ends += partial[i-1].Ends
	}
}
