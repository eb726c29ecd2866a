package intel

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/ident"
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
	Title            string // the summary, for RPM ecosystems only: it names the module stream
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
// must not use the same transaction in between. Candidates of one advisory share their lists of vulnerabilities; they
// are not to be written to. After an error nothing more is yielded.
func (s *Store) Candidates(ctx context.Context, db Querier, names []NameKey) iter.Seq2[Candidate, error] {
	ecosystems := make([]string, len(names))
	folded := make([]string, len(names))
	for i, n := range names {
		ecosystems[i], folded[i] = n.Ecosystem, n.Name
	}
	rpm := make([]string, 0, 1)
	for _, e := range ecosystems {
		if ident.UsesRPM(e) && !slices.Contains(rpm, e) {
			rpm = append(rpm, e)
		}
	}
	args := pgx.NamedArgs{"ecosystems": ecosystems, "names": folded, "rpm": rpm}
	return func(yield func(Candidate, error) bool) {
		covered, err := coveredBy(ctx, db, args)
		if err != nil {
			yield(Candidate{}, err)
			return
		}
		// Without the fence (offset 0) the planner may read the whole table for a few hundred names.
		rows, err := db.Query(ctx, `
			with wanted as materialized (
				select distinct w.ecosystem, w.name
				from unnest(@ecosystems::text[], @names::text[]) as w (ecosystem, name)
			)
			select a.id, a.advisory_id, a.feed, a.source, a.kind, a.withdrawn is not null,
				case when p.ecosystem = any(@rpm::text[]) then a.summary else '' end,
				p.ordinal, p.ecosystem, p.ecosystem_release, p.match_name, p.name, p.ranges, p.versions, p.extra
			from wanted w
			cross join lateral (
				select * from affected_packages p where p.ecosystem = w.ecosystem and p.match_name = w.name offset 0
			) p
			join advisories a on a.id = p.advisory_id
			order by w.ecosystem, w.name, a.id, p.ordinal`, args)
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
			c.Vulnerabilities, c.VulnerabilityIDs = covered[c.AdvisoryRow].ids, covered[c.AdvisoryRow].names
			if !yield(c, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Candidate{}, fmt.Errorf("read affected packages: %w", err))
		}
	}
}

// covers are the vulnerabilities that one advisory speaks of, by name.
type covers struct {
	ids   []int64
	names []string
}

// coveredBy reads them once for each advisory that bears one of the names: bulletins name hundreds of packages and as
// many vulnerabilities, so that reading them with each entry would multiply the two.
func coveredBy(ctx context.Context, db Querier, args pgx.NamedArgs) (map[int64]covers, error) {
	rows, err := db.Query(ctx, `
		with wanted as materialized (
			select distinct w.ecosystem, w.name
			from unnest(@ecosystems::text[], @names::text[]) as w (ecosystem, name)
		), bearing as materialized (
			select distinct p.advisory_id
			from wanted w
			cross join lateral (
				select advisory_id from affected_packages p where p.ecosystem = w.ecosystem and p.match_name = w.name offset 0
			) p
		)
		select b.advisory_id, array_agg(v.id order by v.name), array_agg(v.name order by v.name)
		from bearing b
		join advisory_vulnerabilities l on l.advisory_id = b.advisory_id
		join vulnerabilities v on v.id = l.vulnerability_id
		group by b.advisory_id`, args)
	if err != nil {
		return nil, fmt.Errorf("look up what advisories cover: %w", err)
	}
	out := map[int64]covers{}
	var advisory int64
	var c covers
	_, err = pgx.ForEachRow(rows, []any{&advisory, &c.ids, &c.names}, func() error {
		out[advisory] = c
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what advisories cover: %w", err)
	}
	return out, nil
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
	err := rows.Scan(&c.AdvisoryRow, &c.AdvisoryID, &c.Feed, &c.Source, &c.Kind, &c.Withdrawn, &c.Title,
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
