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

// link is one row of advisory_vulnerabilities with the vulnerability's name.
type link struct {
	Advisory, Vulnerability int64
	Name                    string
}

// relink makes advisory_vulnerabilities say names for these members, keeping vulnerability rows where it can: decisions
// and findings hang on them. It returns the advisories whose links or whose vulnerability's name changed, and the
// vulnerabilities that gained, lost or renamed.
func relink(ctx context.Context, tx pgx.Tx, members []member, names map[int64][]string) (moved, touched []int64, err error) {
	ids := make([]int64, len(members))
	for i, m := range members {
		ids[i] = m.Row
	}
	slices.Sort(ids)
	moved, touched, err = rename(ctx, tx, ids, names)
	if err != nil {
		return nil, nil, err
	}
	var pairIDs []int64
	var pairNames []string
	for _, id := range ids {
		for _, name := range names[id] {
			pairIDs, pairNames = append(pairIDs, id), append(pairNames, name)
		}
	}
	if _, err := tx.Exec(ctx, `
		insert into vulnerabilities (name)
		select distinct w.name
		from unnest(@names::text[]) as w (name)
		where not exists (select from vulnerabilities v where v.name = w.name)`,
		pgx.NamedArgs{"names": pairNames}); err != nil {
		return nil, nil, fmt.Errorf("name new vulnerabilities: %w", err)
	}
	rows, err := tx.Query(ctx, `
		with wanted as materialized (
			select w.advisory_id, v.id as vulnerability_id
			from unnest(@pair_ids::bigint[], @pair_names::text[]) as w (advisory_id, name)
			join vulnerabilities v on v.name = w.name
		), gone as (
			delete from advisory_vulnerabilities l
			where l.advisory_id = any(@ids::bigint[])
				and not exists (
					select from wanted w
					where w.advisory_id = l.advisory_id and w.vulnerability_id = l.vulnerability_id
				)
			returning l.advisory_id, l.vulnerability_id
		), come as (
			insert into advisory_vulnerabilities (advisory_id, vulnerability_id)
			select w.advisory_id, w.vulnerability_id
			from wanted w
			where not exists (
				select from advisory_vulnerabilities l
				where l.advisory_id = w.advisory_id and l.vulnerability_id = w.vulnerability_id
			)
			returning advisory_id, vulnerability_id
		)
		select advisory_id, vulnerability_id from gone
		union all
		select advisory_id, vulnerability_id from come`,
		pgx.NamedArgs{"pair_ids": pairIDs, "pair_names": pairNames, "ids": ids})
	if err != nil {
		return nil, nil, fmt.Errorf("link advisories to vulnerabilities: %w", err)
	}
	var advisory, vulnerability int64
	_, err = pgx.ForEachRow(rows, []any{&advisory, &vulnerability}, func() error {
		moved = append(moved, advisory)
		touched = append(touched, vulnerability)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("link advisories to vulnerabilities: %w", err)
	}
	return moved, touched, nil
}

// rename gives a vulnerability row without a CVE the name that all it stands for now goes by: a CVE that came later, or
// a better-known id. Only where no row has that name yet and no other record hangs on the row.
func rename(ctx context.Context, tx pgx.Tx, ids []int64, names map[int64][]string) (moved, touched []int64, err error) {
	links, err := outgrown(ctx, tx, ids, names)
	if err != nil || len(links) == 0 {
		return nil, nil, err
	}
	var next []string
	for _, l := range links {
		next = append(next, names[l.Advisory]...)
	}
	taken, err := namesTaken(ctx, tx, next)
	if err != nil {
		return nil, nil, err
	}
	renamed := map[int64]string{}
	for _, l := range links {
		list := names[l.Advisory]
		if len(list) != 1 || taken[list[0]] || renamed[l.Vulnerability] != "" {
			continue
		}
		renamed[l.Vulnerability] = list[0]
		taken[list[0]] = true
	}
	next = next[:0]
	for id, name := range renamed {
		touched, next = append(touched, id), append(next, name)
	}
	if _, err := tx.Exec(ctx, `
		update vulnerabilities v set name = n.name
		from unnest(@ids::bigint[], @names::text[]) as n (id, name)
		where v.id = n.id`, pgx.NamedArgs{"ids": touched, "names": next}); err != nil {
		return nil, nil, fmt.Errorf("rename vulnerabilities: %w", err)
	}
	for _, l := range links {
		if renamed[l.Vulnerability] != "" {
			moved = append(moved, l.Advisory)
		}
	}
	return moved, touched, nil
}

// outgrown reads the links of vulnerabilities whose name is no CVE and is no longer wanted, and on which none but these
// advisories hang; the oldest vulnerability first.
func outgrown(ctx context.Context, tx pgx.Tx, ids []int64, names map[int64][]string) ([]link, error) {
	wanted := map[string]bool{}
	for _, list := range names {
		for _, name := range list {
			wanted[name] = true
		}
	}
	rows, err := tx.Query(ctx, `
		with candidates as (
			select distinct l.vulnerability_id
			from advisory_vulnerabilities l
			where l.advisory_id = any($1)
		)
		select l.advisory_id, v.id, v.name
		from candidates c
		join vulnerabilities v on v.id = c.vulnerability_id and v.name !~ '^CVE-'
		join advisory_vulnerabilities l on l.vulnerability_id = v.id
		order by v.id, l.advisory_id`, ids)
	if err != nil {
		return nil, fmt.Errorf("read the names of groups: %w", err)
	}
	links, err := pgx.CollectRows(rows, pgx.RowToStructByPos[link])
	if err != nil {
		return nil, fmt.Errorf("read the names of groups: %w", err)
	}
	foreign := map[int64]bool{}
	for _, l := range links {
		if _, ours := slices.BinarySearch(ids, l.Advisory); !ours {
			foreign[l.Vulnerability] = true
		}
	}
	return slices.DeleteFunc(links, func(l link) bool { return wanted[l.Name] || foreign[l.Vulnerability] }), nil
}

func namesTaken(ctx context.Context, tx pgx.Tx, names []string) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `select name from vulnerabilities where name = any($1)`, names)
	if err != nil {
		return nil, fmt.Errorf("look up vulnerability names: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look up vulnerability names: %w", err)
	}
	taken := make(map[string]bool, len(list))
	for _, name := range list {
		taken[name] = true
	}
	return taken, nil
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
