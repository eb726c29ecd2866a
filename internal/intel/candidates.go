package intel

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"
)

// NameKey is what affected entries are looked up by: the OSV ecosystem without its release and the name folded by
// ident.FoldName.
type NameKey struct {
	Ecosystem string
	Name      string
}

// Candidate is an affected entry that bears a component's package name, with what is needed of its advisory.
type Candidate struct {
	AdvisoryRow      int64    // advisories.id
	AdvisoryID       string   // "GHSA-..."
	Feed             string   // "osv"
	Source           string   // "GHSA"
	Vulnerabilities  []int64  // vulnerabilities.id that the advisory speaks of
	VulnerabilityIDs []string // their names, in the same order
	Kind             Kind
	Withdrawn        bool
	Affected         Affected
}

// Key is what the candidate was found by.
func (c Candidate) Key() NameKey {
	return NameKey{Ecosystem: c.Affected.Package.Ecosystem, Name: c.Affected.Package.Name}
}

// Querier runs one query: a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Candidates yields every affected entry that bears one of these names, withdrawn advisories included, those of one
// name together and ordered by advisory and position. The rows stream: the query runs while the caller ranges, so it
// must not use the same transaction in between. After an error nothing more is yielded.
func (s *Store) Candidates(ctx context.Context, db Querier, names []NameKey) iter.Seq2[Candidate, error] {
	ecosystems := make([]string, len(names))
	folded := make([]string, len(names))
	for i, n := range names {
		ecosystems[i], folded[i] = n.Ecosystem, n.Name
	}
	return func(yield func(Candidate, error) bool) {
		rows, err := db.Query(ctx, `
			with wanted as materialized (
				select distinct w.ecosystem, w.name
				from unnest(@ecosystems::text[], @names::text[]) as w (ecosystem, name)
			)
			select a.id, a.advisory_id, a.feed, a.source, a.kind, a.withdrawn is not null,
				v.ids, v.names,
				p.ordinal, p.ecosystem, p.ecosystem_release, p.match_name, p.name, p.ranges, p.versions, p.extra
			from wanted w
			join affected_packages p on p.ecosystem = w.ecosystem and p.match_name = w.name
			join advisories a on a.id = p.advisory_id
			left join lateral (
				select array_agg(v.id order by v.name) as ids, array_agg(v.name order by v.name) as names
				from advisory_vulnerabilities av
				join vulnerabilities v on v.id = av.vulnerability_id
				where av.advisory_id = a.id
			) v on true
			order by w.ecosystem, w.name, a.id, p.ordinal`,
			pgx.NamedArgs{"ecosystems": ecosystems, "names": folded})
		if err != nil {
			yield(Candidate{}, fmt.Errorf("look up affected packages: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			c, err := scanCandidate(rows)
			if err != nil {
				yield(Candidate{}, err)
				return
			}
			if !yield(c, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Candidate{}, fmt.Errorf("read affected packages: %w", err))
		}
	}
}

// affectedExtra is what affected_packages.extra holds.
type affectedExtra struct {
	LastKnownAffected string `json:"last_known_affected,omitempty"`
	GitOnly           bool   `json:"git_only,omitempty"`
}

func scanCandidate(rows pgx.Rows) (Candidate, error) {
	var (
		c             Candidate
		ranges, extra []byte
	)
	p := &c.Affected
	err := rows.Scan(&c.AdvisoryRow, &c.AdvisoryID, &c.Feed, &c.Source, &c.Kind, &c.Withdrawn,
		&c.Vulnerabilities, &c.VulnerabilityIDs,
		&p.Ordinal, &p.Package.Ecosystem, &p.Package.Release, &p.Package.Name, &p.Name, &ranges, &p.Versions, &extra)
	if err != nil {
		return Candidate{}, fmt.Errorf("scan an affected package: %w", err)
	}
	if err := json.Unmarshal(ranges, &p.Ranges); err != nil {
		return Candidate{}, fmt.Errorf("read the ranges of %s: %w", c.AdvisoryID, err)
	}
	var x affectedExtra
	if err := json.Unmarshal(extra, &x); err != nil {
		return Candidate{}, fmt.Errorf("read the extras of %s: %w", c.AdvisoryID, err)
	}
	p.LastKnownAffected, p.GitOnly = x.LastKnownAffected, x.GitOnly
	return c, nil
}
