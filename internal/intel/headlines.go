package intel

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Headline is what a list shows of a vulnerability.
type Headline struct {
	ID       int64
	Name     string
	Summary  string
	Severity string
	Score    *float64 // CVSS base score; nil: no vector
	KEV      bool
	EPSS     *float64 // 0 to 1; nil: none
	Aliases  []string // other ids of the flaw
}

// Headlines reads vulnerabilities by id in one query. Other CVEs of a record that names several are no aliases.
func (s *Store) Headlines(ctx context.Context, ids []int64) (map[int64]Headline, error) {
	rows, err := s.db.Query(ctx, `
		select v.id, v.name, v.summary, v.severity, v.cvss_score::float8, k.cve is not null, e.score::float8,
		       array(select distinct x.alias
		             from advisory_vulnerabilities av
		             join advisory_aliases x on x.advisory_id = av.advisory_id
		             where av.vulnerability_id = v.id and x.alias <> v.name
		               and (select count(*) from advisory_vulnerabilities o where o.advisory_id = av.advisory_id) = 1
		             order by 1)
		from vulnerabilities v
		left join kev k on k.cve = v.name
		left join epss e on e.cve = v.name
		where v.id = any(@ids)`, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("read vulnerabilities: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Headline])
	if err != nil {
		return nil, fmt.Errorf("read vulnerabilities: %w", err)
	}
	out := make(map[int64]Headline, len(list))
	for _, h := range list {
		out[h.ID] = h
	}
	return out, nil
}

// AdvisoriesNamed are the advisories.id of every record that bears this id or alias, or speaks of the vulnerability of this
// name; empty: nobody knows it.
func (s *Store) AdvisoriesNamed(ctx context.Context, id string) ([]int64, error) {
	rows, err := s.db.Query(ctx, `
		with named as (
			select advisory_id as id from advisory_aliases where alias = @id
			union
			select id from advisories where advisory_id = @id
		)
		select id from named
		union
		select av.advisory_id from vulnerabilities v join advisory_vulnerabilities av on av.vulnerability_id = v.id
		where v.name = @id`, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("look up %q: %w", id, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("look up %q: %w", id, err)
	}
	return found, nil
}
