package matching

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/sbom"
)

// touched are the components, in order, that bear a name or a CPE product of the advisories now, and those that they matched when
// they bore others, and those that waited for the first advisory of their ecosystem.
func (m *Matcher) touched(ctx context.Context, advisoryRows []int64) ([]int64, error) {
	args := pgx.NamedArgs{"ids": advisoryRows}
	rows, err := m.db.Query(ctx, `
		select distinct ecosystem, match_name from affected_packages where advisory_id = any(@ids)`, args)
	if err != nil {
		return nil, fmt.Errorf("read names of advisories: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowToStructByPos[sbom.NameKey])
	if err != nil {
		return nil, fmt.Errorf("read names of advisories: %w", err)
	}
	rows, err = m.db.Query(ctx, `
		select distinct p.vendor || ':' || p.product
		from affected_cpes c join affected_cpe_products p on p.affected_cpe_id = c.id
		where c.advisory_id = any(@ids)`, args)
	if err != nil {
		return nil, fmt.Errorf("read CPE products of advisories: %w", err)
	}
	products, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read CPE products of advisories: %w", err)
	}
	rows, err = m.db.Query(ctx, `select distinct component_id from matches where advisory_id = any(@ids)`, args)
	if err != nil {
		return nil, fmt.Errorf("read matches of advisories: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read matches of advisories: %w", err)
	}
	named, err := m.sboms.ComponentsNamed(ctx, m.db, names)
	if err != nil {
		return nil, err
	}
	rows, err = m.db.Query(ctx, `
		select distinct ecosystem, ecosystem_release from affected_packages where advisory_id = any(@ids)`, args)
	if err != nil {
		return nil, fmt.Errorf("read releases of advisories: %w", err)
	}
	releases, err := pgx.CollectRows(rows, pgx.RowToStructByPos[sbom.ReleaseKey])
	if err != nil {
		return nil, fmt.Errorf("read releases of advisories: %w", err)
	}
	waiting, err := m.sboms.ComponentsWithoutAdvisories(ctx, m.db, releases)
	if err != nil {
		return nil, err
	}
	bearing, err := m.sboms.ComponentsByCPE(ctx, m.db, products)
	if err != nil {
		return nil, err
	}
	ids = slices.Concat(ids, named, waiting, bearing)
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
