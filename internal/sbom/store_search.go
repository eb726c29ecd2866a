package sbom

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// ComponentBrief is what lists show of a component.
type ComponentBrief struct {
	ID        int64
	Name      string
	Version   string
	PURL      string // empty: none
	Ecosystem string
}

// ComponentHit is a component of the portfolio with the active releases whose current SBOM names it.
type ComponentHit struct {
	Component ComponentBrief
	Releases  []ReleaseRef
	Findings  int // open findings in active releases
}

// ReleaseRef names a release.
type ReleaseRef struct {
	ReleaseID, ProductID int64
	Product, Version     string
}

// ComponentFilter narrows a portfolio search. Name is the whole name or its last part ("log4j-core"); Query any part of it.
// Below keeps versions that order before it in the component's own ecosystem.
type ComponentFilter struct {
	Name, Query, Ecosystem, Below string
	Cursor                        string
	Limit                         int
}

// scanBatch is how many candidates one look reads before versions are compared.
const scanBatch = 500

// batch is how many candidates one look reads: no more than are shown, where each is shown.
func (f ComponentFilter) batch() int {
	if f.Below == "" {
		return f.Limit + 1
	}
	return scanBatch
}

// SearchComponents answers "which active releases contain this". Versions are compared here and not in SQL, since no
// collation knows the ecosystems' orders; the name narrows first.
func (s *Store) SearchComponents(ctx context.Context, f ComponentFilter) (Page[ComponentHit], error) {
	if f.Name == "" && f.Query == "" {
		return Page[ComponentHit]{}, problem.New(problem.Invalid, "say what to look for").
			With(problem.Fault{Path: "query.name", Code: "required", Message: "give name (whole) or q (a part of it)"})
	}
	key, after, err := decodeCursor(f.Cursor)
	if err != nil {
		return Page[ComponentHit]{}, err
	}
	var found []candidate
	for len(found) <= f.Limit {
		batch, err := s.candidates(ctx, f, key, after)
		if err != nil {
			return Page[ComponentHit]{}, fmt.Errorf("search components: %w", err)
		}
		for _, c := range batch {
			if f.Below == "" || isBelow(c.ComponentBrief, f.Below) {
				found = append(found, c)
			}
		}
		if len(batch) < f.batch() {
			break
		}
		key, after = batch[len(batch)-1].key, batch[len(batch)-1].ID
	}
	var page Page[ComponentHit]
	if len(found) > f.Limit {
		found = found[:f.Limit]
		page.Next = encodeCursor(found[f.Limit-1].key, found[f.Limit-1].ID)
	}
	page.Items, err = s.hits(ctx, found)
	return page, err
}

// isBelow is false for a version that its ecosystem's order cannot read: it is not known to be below.
func isBelow(c ComponentBrief, bound string) bool {
	if c.Version == "" {
		return false
	}
	order, err := ident.Compare(c.Ecosystem, c.Version, bound)
	return err == nil && order < 0
}

// candidate is a component with the key that lists sort by, as the database folds it.
type candidate struct {
	ComponentBrief
	key string
}

func (s *Store) candidates(ctx context.Context, f ComponentFilter, key string, after int64) ([]candidate, error) {
	// Only what was asked is in the text, so that the indexes of names apply; a person's words are arguments.
	where := `(lower(c.name), c.id) > (@key, @after)`
	if f.Name != "" {
		where += ` and (lower(c.name) = lower(@name) or lower(c.name) like any (@ends))`
	}
	if f.Query != "" {
		where += ` and lower(c.name) like @part`
	}
	if f.Ecosystem != "" {
		where += ` and lower(c.ecosystem) = lower(@ecosystem)`
	}
	name := likeEscape(strings.ToLower(f.Name))
	args := pgx.NamedArgs{
		"key": key, "after": after, "name": f.Name, "ends": []string{"%:" + name, "%/" + name},
		"part": "%" + likeEscape(strings.ToLower(f.Query)) + "%", "ecosystem": f.Ecosystem, "limit": f.batch(),
	}
	rows, err := s.db.Query(ctx, `
		select c.id, c.name, c.version, coalesce(c.purl, ''), c.ecosystem, lower(c.name)
		from components c
		where `+where+`
		  and exists (select from occurrences o join releases r on r.current_sbom_id = o.sbom_id and r.active
		              where o.component_id = c.id and `+access.See(ctx).Where("r.product_id", args)+`)
		order by lower(c.name), c.id
		limit @limit`, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (candidate, error) {
		var c candidate
		err := row.Scan(&c.ID, &c.Name, &c.Version, &c.PURL, &c.Ecosystem, &c.key)
		return c, err
	})
}

func (s *Store) hits(ctx context.Context, found []candidate) ([]ComponentHit, error) {
	hits := make([]ComponentHit, len(found))
	position := make(map[int64]int, len(found))
	ids := make([]int64, len(found))
	for i, c := range found {
		hits[i].Component, position[c.ID], ids[i] = c.ComponentBrief, i, c.ID
	}
	args := pgx.NamedArgs{"ids": ids}
	rows, err := s.db.Query(ctx, `
		select distinct o.component_id, r.id, r.product_id, p.name, r.version
		from occurrences o
		join releases r on r.current_sbom_id = o.sbom_id and r.active
		join products p on p.id = r.product_id
		where o.component_id = any(@ids) and `+access.See(ctx).Where("r.product_id", args)+`
		order by o.component_id, p.name, r.id desc`, args)
	if err != nil {
		return nil, fmt.Errorf("read releases of components: %w", err)
	}
	var id int64
	var ref ReleaseRef
	_, err = pgx.ForEachRow(rows, []any{&id, &ref.ReleaseID, &ref.ProductID, &ref.Product, &ref.Version}, func() error {
		hits[position[id]].Releases = append(hits[position[id]].Releases, ref)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read releases of components: %w", err)
	}
	rows, err = s.db.Query(ctx, `
		select component_id, count(*) from findings
		where component_id = any(@ids) and state = 'open' and active and `+access.See(ctx).Where("product_id", args)+`
		group by component_id`, args)
	if err != nil {
		return nil, fmt.Errorf("count findings of components: %w", err)
	}
	var n int
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error {
		hits[position[id]].Findings = n
		return nil
	})
	return hits, err
}

// ReleaseComponent is a component of one release's current SBOM.
type ReleaseComponent struct {
	ComponentBrief
	Scope      string
	Depth      *int // shortest distance from the root; nil: not in the graph
	Licenses   []string
	NotCovered string
	Findings   int

	key string // what the list sorts by, as the database folds it
}

// ReleaseComponents lists the distinct components of a release's current SBOM by name.
func (s *Store) ReleaseComponents(ctx context.Context, releaseID int64, query, cursor string, limit int) (Page[ReleaseComponent], error) {
	key, after, err := decodeCursor(cursor)
	if err != nil {
		return Page[ReleaseComponent]{}, err
	}
	release, err := s.Release(ctx, releaseID)
	if err != nil || release.Current == nil {
		return Page[ReleaseComponent]{}, err
	}
	rows, err := s.db.Query(ctx, `
		with page as (
			select c.id, c.name, c.version, coalesce(c.purl, '') as purl, c.ecosystem, c.not_covered,
			       min(o.scope) as scope, min(o.depth) as depth, min(o.ordinal) as first_ordinal
			from occurrences o join components c on c.id = o.component_id
			where o.sbom_id = @sbom and (lower(c.name), c.id) > (@key, @after)
			  and (@q = '' or lower(c.name) like '%' || @q || '%')
			group by c.id
			order by lower(c.name), c.id
			limit @limit
		)
		select p.id, p.name, lower(p.name), p.version, p.purl, p.ecosystem, p.scope, p.depth, o.licenses, p.not_covered,
		       (select count(*) from findings f where f.release_id = @release and f.component_id = p.id and f.state = 'open')
		from page p join occurrences o on o.sbom_id = @sbom and o.ordinal = p.first_ordinal
		order by lower(p.name), p.id`, pgx.NamedArgs{
		"sbom": release.Current.ID, "release": releaseID, "key": key, "after": after,
		"q": likeEscape(strings.ToLower(query)), "limit": limit + 1,
	})
	if err != nil {
		return Page[ReleaseComponent]{}, fmt.Errorf("list components of release %d: %w", releaseID, err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (ReleaseComponent, error) {
		var c ReleaseComponent
		err := row.Scan(&c.ID, &c.Name, &c.key, &c.Version, &c.PURL, &c.Ecosystem, &c.Scope, &c.Depth, &c.Licenses, &c.NotCovered, &c.Findings)
		return c, err
	})
	if err != nil {
		return Page[ReleaseComponent]{}, fmt.Errorf("list components of release %d: %w", releaseID, err)
	}
	page := Page[ReleaseComponent]{Items: items}
	if len(items) > limit {
		page.Items = items[:limit]
		last := page.Items[limit-1]
		page.Next = encodeCursor(last.key, last.ID)
	}
	return page, nil
}

// Difference counts what a document would change against a release's current one.
type Difference struct{ Added, Removed, Unchanged int }

// Compare says what storing the document would change; it stores nothing.
func (s *Store) Compare(ctx context.Context, releaseID int64, d *Document) (Difference, error) {
	release, err := s.Release(ctx, releaseID)
	if err != nil {
		return Difference{}, err
	}
	seen := map[[16]byte]bool{}
	keys := make([][16]byte, 0, len(d.Components))
	for i := range d.Components {
		if k := d.Components[i].Identity.Key; !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	if release.Current == nil {
		return Difference{Added: len(keys)}, nil
	}
	var held, kept int
	err = s.db.QueryRow(ctx, `
		with held as (select distinct component_id from occurrences where sbom_id = @sbom)
		select count(*), count(*) filter (where c.identity = any(@keys::uuid[]))
		from held h join components c on c.id = h.component_id`,
		pgx.NamedArgs{"sbom": release.Current.ID, "keys": keys}).Scan(&held, &kept)
	if err != nil {
		return Difference{}, fmt.Errorf("compare with release %d: %w", releaseID, err)
	}
	return Difference{Added: len(keys) - kept, Removed: held - kept, Unchanged: kept}, nil
}
