package sbom

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// MatchComponent is a component as the matcher asks for it.
type MatchComponent struct {
	ID       int64
	Identity ident.Identity // Key is not filled
	CPEs     []string
	// MatcherVersion is that of the matcher which judged it last; 0: none yet.
	MatcherVersion int
}

// NameKey is what components are looked up by.
type NameKey struct{ Ecosystem, Name string }

// ComponentResult is what the matcher found out about a component itself.
type ComponentResult struct {
	ID             int64
	UpgradeVersion string // empty: none
	NotCovered     string // why nothing can be said of it, by the intel held now; empty: covered
}

// UnmatchedComponents are the ids, in order, of a document's components that this version of the matcher has not seen.
func (s *Store) UnmatchedComponents(ctx context.Context, db pg.DB, sbomID int64, version int) ([]int64, error) {
	rows, err := db.Query(ctx, `
		select distinct c.id from occurrences o join components c on c.id = o.component_id
		where o.sbom_id = @sbom and c.matcher_version < @version
		order by c.id`, pgx.NamedArgs{"sbom": sbomID, "version": version})
	if err != nil {
		return nil, fmt.Errorf("find unmatched components of SBOM %d: %w", sbomID, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// OutdatedComponents are the first ids after one, in order, of components that an older version of the matcher judged.
func (s *Store) OutdatedComponents(ctx context.Context, db pg.DB, version int, after int64, limit int) ([]int64, error) {
	rows, err := db.Query(ctx, `
		select id from components
		where id > @after and matcher_version > 0 and matcher_version < @version
		order by id limit @limit`, pgx.NamedArgs{"after": after, "version": version, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("find components that an older matcher judged: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// ComponentsNamed are the ids, in order, of all components that bear one of these names.
func (s *Store) ComponentsNamed(ctx context.Context, db pg.DB, names []NameKey) ([]int64, error) {
	ecosystems, folded := make([]string, len(names)), make([]string, len(names))
	for i, n := range names {
		ecosystems[i], folded[i] = n.Ecosystem, n.Name
	}
	rows, err := db.Query(ctx, `
		select c.id
		from (select distinct * from unnest(@ecosystems::text[], @names::text[]) as n (ecosystem, name)) n
		join components c on c.ecosystem = n.ecosystem and c.match_name = n.name and c.ecosystem <> ''
		order by c.id`, pgx.NamedArgs{"ecosystems": ecosystems, "names": folded})
	if err != nil {
		return nil, fmt.Errorf("find components by name: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// ComponentsByCPE are the ids, in order, of the components with a CPE of one of these products ("vendor:product"), and of those
// that no intel by CPE had covered yet.
func (s *Store) ComponentsByCPE(ctx context.Context, db pg.DB, products []string) ([]int64, error) {
	if len(products) == 0 {
		return nil, nil
	}
	// One look-up a product (offset 0 fences it): for thousands at once the planner would compare every component with all.
	rows, err := db.Query(ctx, `
		select c.id
		from unnest(@products::text[]) as w (product)
		cross join lateral (
			select id from components where cpe_keys @> array[w.product] and cpe_keys <> '{}' offset 0
		) c
		union
		select id from components
		where cpe_keys <> '{}' and not_covered in ('cpe_only', 'unknown_ecosystem', 'unreadable_purl')
		order by id`, pgx.NamedArgs{"products": products})
	if err != nil {
		return nil, fmt.Errorf("find components by CPE: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// ReleaseKey is an ecosystem with a release of it; an empty release speaks of every one.
type ReleaseKey struct{ Ecosystem, Release string }

// ComponentsWithoutAdvisories are the ids, in order, of the components of these releases that were judged while no advisory of
// their ecosystem, or of their release of it, was held.
func (s *Store) ComponentsWithoutAdvisories(ctx context.Context, db pg.DB, of []ReleaseKey) ([]int64, error) {
	if len(of) == 0 {
		return nil, nil
	}
	ecosystems, releases := make([]string, len(of)), make([]string, len(of))
	for i, k := range of {
		ecosystems[i], releases[i] = k.Ecosystem, k.Release
	}
	rows, err := db.Query(ctx, `
		select c.id
		from components c
		where c.not_covered = 'no_advisories' and c.ecosystem = any(@ecosystems)
		  and exists (select from unnest(@ecosystems::text[], @releases::text[]) as n (ecosystem, release)
		              where n.ecosystem = c.ecosystem
		                and (n.release in ('', c.ecosystem_release, 'Pro:' || c.ecosystem_release) or c.ecosystem_release = ''))
		order by c.id`, pgx.NamedArgs{"ecosystems": ecosystems, "releases": releases})
	if err != nil {
		return nil, fmt.Errorf("find components without advisories: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// LockComponents locks components in id order and reads them. The matcher holds the locks while it reads advisories and writes
// matches, so that of two jobs over one component the later also reads later.
func (s *Store) LockComponents(ctx context.Context, tx pgx.Tx, ids []int64) ([]MatchComponent, error) {
	rows, err := tx.Query(ctx, `
		select id, coalesce(purl, ''), name, version, ecosystem, ecosystem_release, match_name, match_version, not_covered,
		       uncertain, epoch_missing, module, cpes, matcher_version
		from components where id = any(@ids) order by id for no key update`, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("lock components: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (MatchComponent, error) {
		var c MatchComponent
		id := &c.Identity
		err := row.Scan(&c.ID, &id.PURL, &id.DisplayName, &id.DisplayVersion, &id.Package.Ecosystem, &id.Package.Release,
			&id.Package.Name, &id.Version, &id.NotCovered, &id.Uncertain, &id.EpochMissing, &id.Module, &c.CPEs, &c.MatcherVersion)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("lock components: %w", err)
	}
	return out, nil
}

// SetMatched notes the matcher's version, upgrades and what is not covered; rows that would not change are not written.
func (s *Store) SetMatched(ctx context.Context, tx pgx.Tx, version int, results []ComponentResult) error {
	ids, upgrades, uncovered := make([]int64, len(results)), make([]string, len(results)), make([]string, len(results))
	for i, r := range results {
		ids[i], upgrades[i], uncovered[i] = r.ID, r.UpgradeVersion, r.NotCovered
	}
	_, err := tx.Exec(ctx, `
		update components c
		set matcher_version = @version, matched_at = now(), upgrade_version = nullif(n.upgrade, ''), not_covered = n.not_covered
		from unnest(@ids::bigint[], @upgrades::text[], @uncovered::text[]) as n (id, upgrade, not_covered)
		where c.id = n.id and (c.matcher_version <> @version or c.not_covered <> n.not_covered
		      or c.upgrade_version is distinct from nullif(n.upgrade, ''))`,
		pgx.NamedArgs{"ids": ids, "upgrades": upgrades, "uncovered": uncovered, "version": version})
	if err != nil {
		return fmt.Errorf("note matched components: %w", err)
	}
	return nil
}

// CurrentRelease is the release that the document is current for; 0: it is not current any more, or gone.
func (s *Store) CurrentRelease(ctx context.Context, db pg.DB, sbomID int64) (int64, error) {
	var id int64
	err := db.QueryRow(ctx, `select coalesce(max(id), 0) from releases where current_sbom_id = @sbom`, pgx.NamedArgs{"sbom": sbomID}).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("find the release of SBOM %d: %w", sbomID, err)
	}
	return id, nil
}

// MarkMatching shows how far matching is: components done and all to do.
func (s *Store) MarkMatching(ctx context.Context, db pg.DB, sbomID int64, done, total int) error {
	_, err := db.Exec(ctx, `
		update sboms set progress_done = @done, progress_total = @total
		where id = @id and (progress_done, progress_total) <> (@done, @total)`,
		pgx.NamedArgs{"id": sbomID, "done": done, "total": total})
	if err != nil {
		return fmt.Errorf("note progress of SBOM %d: %w", sbomID, err)
	}
	return nil
}

// MarkMatched ends matching.
func (s *Store) MarkMatched(ctx context.Context, tx pgx.Tx, sbomID int64) error {
	_, err := tx.Exec(ctx, `
		update sboms set status = 'matched', status_message = '', matched_at = now(), progress_done = progress_total
		where id = @id and status <> 'matched'`, pgx.NamedArgs{"id": sbomID})
	if err != nil {
		return fmt.Errorf("note that SBOM %d is matched: %w", sbomID, err)
	}
	return nil
}

// MarkFailed says why matching gave up.
func (s *Store) MarkFailed(ctx context.Context, db pg.DB, sbomID int64, message string) error {
	_, err := db.Exec(ctx, `update sboms set status = 'failed', status_message = @message where id = @id`,
		pgx.NamedArgs{"id": sbomID, "message": message})
	if err != nil {
		return fmt.Errorf("note that SBOM %d failed: %w", sbomID, err)
	}
	return nil
}
