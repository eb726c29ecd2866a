package intel

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

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
