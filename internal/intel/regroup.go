package intel

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// regroup brings the vulnerabilities up to date after the records of changed were written and those identifiers were
// taken back. It returns every advisories.id that must be matched again: the changed ones, those whose group changed
// with them, and those whose findings show a severity or name that changed.
func (s *Store) regroup(ctx context.Context, tx pgx.Tx, changed []int64, dropped []string) ([]int64, error) {
	members, err := readMembers(ctx, tx, changed, dropped)
	if err != nil {
		return nil, err
	}
	names := group(members)
	// Links of an anchored record follow from itself alone: where it did not change, neither did they.
	written := make(map[int64]bool, len(changed))
	for _, id := range changed {
		written[id] = true
	}
	members = slices.DeleteFunc(members, func(m member) bool { return !written[m.Row] && len(m.covers()) > 0 })
	moved, vulnerabilities, err := relink(ctx, tx, members, names)
	if err != nil {
		return nil, err
	}
	of, err := linkedTo(ctx, tx, changed)
	if err != nil {
		return nil, err
	}
	vulnerabilities = unique(append(vulnerabilities, of...))
	shown, err := mergeVulnerabilities(ctx, tx, vulnerabilities)
	if err != nil {
		return nil, err
	}
	if err := dropOrphans(ctx, tx, vulnerabilities); err != nil {
		return nil, err
	}
	return unique(slices.Concat(changed, moved, shown)), nil
}

func unique(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// readMembers reads the changed records and every record whose group may depend on them: from identifier to record to
// identifier, one query a hop, but only through records without a CVE, since a group never grows through others.
func readMembers(ctx context.Context, tx pgx.Tx, changed []int64, dropped []string) ([]member, error) {
	rows, err := tx.Query(ctx, `
		select id, advisory_id, aliases, upstream, related
		from advisories
		where id = any($1)`, changed)
	if err != nil {
		return nil, fmt.Errorf("read the groups of changed advisories: %w", err)
	}
	members, err := pgx.CollectRows(rows, pgx.RowToStructByPos[member])
	if err != nil {
		return nil, fmt.Errorf("read the groups of changed advisories: %w", err)
	}
	asked := map[string]bool{}
	var frontier []string
	reach := func(ids []string) {
		for _, id := range ids {
			if !IsCVE(id) && !asked[id] {
				asked[id] = true
				frontier = append(frontier, id)
			}
		}
	}
	reach(dropped)
	seen := make(map[int64]bool, len(members))
	for _, m := range members {
		seen[m.Row] = true
		// Also through those with a CVE: what shares their identifiers may be anchored at them now, or no more.
		reach(m.identifiers())
	}
	for len(frontier) > 0 {
		rows, err := tx.Query(ctx, `
			select a.id, a.advisory_id, a.aliases, a.upstream, a.related
			from advisories a
			where a.id in (select advisory_id from advisory_aliases where alias = any($1))`, frontier)
		if err != nil {
			return nil, fmt.Errorf("read neighbours of changed advisories: %w", err)
		}
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[member])
		if err != nil {
			return nil, fmt.Errorf("read neighbours of changed advisories: %w", err)
		}
		frontier = frontier[:0:0]
		for _, m := range found {
			if seen[m.Row] {
				continue
			}
			seen[m.Row] = true
			members = append(members, m)
			if len(m.covers()) == 0 {
				reach(m.identifiers())
			}
		}
	}
	return members, nil
}

func linkedTo(ctx context.Context, tx pgx.Tx, advisories []int64) ([]int64, error) {
	rows, err := tx.Query(ctx, `
		select distinct vulnerability_id
		from advisory_vulnerabilities
		where advisory_id = any($1)`, advisories)
	if err != nil {
		return nil, fmt.Errorf("read the vulnerabilities of changed advisories: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read the vulnerabilities of changed advisories: %w", err)
	}
	return ids, nil
}

// dropOrphans deletes vulnerabilities that no advisory speaks of any more, unless a finding or a fix refers to them.
func dropOrphans(ctx context.Context, tx pgx.Tx, ids []int64) error {
	_, err := tx.Exec(ctx, `
		delete from vulnerabilities v
		where v.id = any($1)
			and not exists (select from advisory_vulnerabilities l where l.vulnerability_id = v.id)
			and not exists (select from findings f where f.vulnerability_id = v.id)
			and not exists (select from fixes x where x.vulnerability_id = v.id)`, ids)
	if err != nil {
		return fmt.Errorf("drop vulnerabilities that nothing speaks of: %w", err)
	}
	return nil
}
