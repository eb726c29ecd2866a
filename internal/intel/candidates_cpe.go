package intel

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"
)

// CPECandidate is an applicability statement that names a product as vulnerable, with what is needed of its advisory.
type CPECandidate struct {
	Key              CPEKey // by which it was found; a statement with several of the asked products comes once for each
	AdvisoryRow      int64
	AdvisoryID       string
	Feed             string
	Source           string
	Vulnerabilities  []int64
	VulnerabilityIDs []string
	Withdrawn        bool
	Ordinal          int // position among the record's configurations
	Configuration    Configuration
}

// HoldsCPEs says whether any applicability statement is held, so that a CPE can be judged at all.
func (s *Store) HoldsCPEs(ctx context.Context, db Querier) (bool, error) {
	rows, err := db.Query(ctx, `select exists (select from affected_cpe_products)`)
	if err != nil {
		return false, fmt.Errorf("look for intel by CPE: %w", err)
	}
	held, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[bool])
	if err != nil {
		return false, fmt.Errorf("look for intel by CPE: %w", err)
	}
	return held, nil
}

// CPECandidates yields every applicability statement that names one of these products as vulnerable, those of one
// product together. See Candidates for how the rows stream.
func (s *Store) CPECandidates(ctx context.Context, db Querier, keys []CPEKey) iter.Seq2[CPECandidate, error] {
	vendors := make([]string, len(keys))
	products := make([]string, len(keys))
	for i, k := range keys {
		vendors[i], products[i] = k.Vendor, k.Product
	}
	return func(yield func(CPECandidate, error) bool) {
		rows, err := db.Query(ctx, `
			with wanted as materialized (
				select distinct w.vendor, w.product
				from unnest(@vendors::text[], @products::text[]) as w (vendor, product)
			)
			select w.vendor, w.product, a.id, a.advisory_id, a.feed, a.source, a.withdrawn is not null,
				v.ids, v.names, c.ordinal, c.configuration
			from wanted w
			join affected_cpe_products p on p.vendor = w.vendor and p.product = w.product
			join affected_cpes c on c.id = p.affected_cpe_id
			join advisories a on a.id = c.advisory_id
			left join lateral (
				select array_agg(v.id order by v.name) as ids, array_agg(v.name order by v.name) as names
				from advisory_vulnerabilities av
				join vulnerabilities v on v.id = av.vulnerability_id
				where av.advisory_id = a.id
			) v on true
			order by w.vendor, w.product, a.id, c.ordinal`,
			pgx.NamedArgs{"vendors": vendors, "products": products})
		if err != nil {
			yield(CPECandidate{}, fmt.Errorf("look up affected CPEs: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var c CPECandidate
			var configuration []byte
			err := rows.Scan(&c.Key.Vendor, &c.Key.Product, &c.AdvisoryRow, &c.AdvisoryID, &c.Feed, &c.Source, &c.Withdrawn,
				&c.Vulnerabilities, &c.VulnerabilityIDs, &c.Ordinal, &configuration)
			if err == nil {
				err = json.Unmarshal(configuration, &c.Configuration)
			}
			if err != nil {
				yield(CPECandidate{}, fmt.Errorf("read an affected CPE: %w", err))
				return
			}
			if !yield(c, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(CPECandidate{}, fmt.Errorf("read affected CPEs: %w", err))
		}
	}
}
