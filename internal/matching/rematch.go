package matching

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// maxDifferences bounds how many differences a report spells out; the counts are of all.
const maxDifferences = 1000

// Rematch is what judging anew comes to for components that an older matcher judged.
type Rematch struct {
	Components  int // judged anew
	Added       int // matches where there was none
	Removed     int // matches that are none
	Confirmed   int // possible before
	Doubted     int // confirmed before, possible now
	Findings    finding.Changed
	Releases    []ReleaseDifference // every release whose findings change, by product and release
	Differences []Difference        // the first thousand
}

// ReleaseDifference is what judging anew comes to for one release.
type ReleaseDifference struct {
	ReleaseID        int64
	Product, Version string
	Findings         finding.Changed
}

// Difference is one match that the rules of today judge differently.
type Difference struct {
	PURL, Name, Version string
	Advisory            string
	Before, After       string // confirmed, possible, none
	Reason              string // why it is possible now
	Words               string // the comparison made now; empty where there is no match any more
}

// errReported rolls back what was done only to be reported.
var errReported = errors.New("reported, not applied")

// Rematch evaluates again what an older matcher judged. Without apply everything is done and rolled back, so that the report
// is exactly what applying would change at this moment. progress, if not nil, gets the report so far after each step.
func (m *Matcher) Rematch(ctx context.Context, apply bool, progress func(Rematch)) (Rematch, error) {
	var report Rematch
	after := int64(0)
	for {
		ids, err := m.sboms.OutdatedComponents(ctx, m.db, Version, after, chunk)
		if err != nil || len(ids) == 0 {
			return report, err
		}
		after = ids[len(ids)-1]
		var next Rematch
		err = pg.InTx(ctx, m.db, func(tx pgx.Tx) error {
			next = report
			if err := m.rematch(ctx, tx, ids, &next); err != nil {
				return err
			}
			if !apply {
				return errReported
			}
			return nil
		})
		if err != nil && !errors.Is(err, errReported) {
			return report, fmt.Errorf("match again what an older matcher judged: %w", err)
		}
		report = next
		if progress != nil {
			progress(report)
		}
	}
}

func (m *Matcher) rematch(ctx context.Context, tx pgx.Tx, ids []int64, report *Rematch) error {
	out, err := m.evaluate(ctx, tx, ids)
	if err != nil {
		return err
	}
	if err := stage(ctx, tx, out); err != nil {
		return err
	}
	if err := report.compare(ctx, tx, out.components); err != nil {
		return err
	}
	if err := m.apply(ctx, tx, out); err != nil {
		return err
	}
	var last int64
	if err := tx.QueryRow(ctx, `select coalesce(max(id), 0) from finding_events`).Scan(&last); err != nil {
		return fmt.Errorf("find the last event of findings: %w", err)
	}
	changed, err := m.refreshComponents(ctx, tx, out.components)
	if err != nil {
		return err
	}
	report.Findings.Add(changed)
	report.Components += len(out.components)
	return report.countReleases(ctx, tx, last)
}

// countReleases adds up by release the events that this transaction wrote after one.
func (r *Rematch) countReleases(ctx context.Context, tx pgx.Tx, last int64) error {
	rows, err := tx.Query(ctx, `
		select f.release_id, p.name, l.version,
		       count(*) filter (where e.kind = 'opened'), count(*) filter (where e.kind = 'reopened'),
		       count(*) filter (where e.kind = 'changed'), count(*) filter (where e.kind = 'resolved')
		from finding_events e
		join findings f on f.id = e.finding_id
		join releases l on l.id = f.release_id
		join products p on p.id = f.product_id
		-- Others may write events meanwhile.
		where e.id > @last and e.xmin = pg_current_xact_id()::xid
		group by f.release_id, p.name, l.version`, pgx.NamedArgs{"last": last})
	if err != nil {
		return fmt.Errorf("count changes of releases: %w", err)
	}
	at := make(map[int64]int, len(r.Releases))
	releases := slices.Clone(r.Releases) // the report before this step stays what it was
	for i, d := range releases {
		at[d.ReleaseID] = i
	}
	var d ReleaseDifference
	c := &d.Findings
	_, err = pgx.ForEachRow(rows, []any{&d.ReleaseID, &d.Product, &d.Version, &c.Opened, &c.Reopened, &c.Updated, &c.Resolved}, func() error {
		if i, known := at[d.ReleaseID]; known {
			releases[i].Findings.Add(d.Findings)
			return nil
		}
		releases = append(releases, d)
		return nil
	})
	if err != nil {
		return fmt.Errorf("count changes of releases: %w", err)
	}
	slices.SortFunc(releases, func(a, b ReleaseDifference) int {
		return cmp.Or(strings.Compare(a.Product, b.Product), strings.Compare(a.Version, b.Version), cmp.Compare(a.ReleaseID, b.ReleaseID))
	})
	r.Releases = releases
	return nil
}

// compare adds up how the staged matches differ from the stored ones of the same components.
func (r *Rematch) compare(ctx context.Context, tx pgx.Tx, components []int64) error {
	rows, err := tx.Query(ctx, `
		select coalesce(c.purl, ''), c.name, c.version, a.advisory_id, coalesce(m.confidence, 'none'), coalesce(n.confidence, 'none'),
		       coalesce(n.reason, ''), coalesce(n.evidence ->> 'words', '')
		from (select component_id, advisory_id, confidence, reason from matches
		      where component_id = any(@components) and confidence <> 'contradicted') m
		full join (select * from new_matches where confidence <> 'contradicted') n using (component_id, advisory_id)
		join components c on c.id = coalesce(m.component_id, n.component_id)
		join advisories a on a.id = coalesce(m.advisory_id, n.advisory_id)
		where m.confidence is distinct from n.confidence
		order by c.name, c.id, a.advisory_id`, pgx.NamedArgs{"components": components})
	if err != nil {
		return fmt.Errorf("compare matches: %w", err)
	}
	var d Difference
	_, err = pgx.ForEachRow(rows, []any{&d.PURL, &d.Name, &d.Version, &d.Advisory, &d.Before, &d.After, &d.Reason, &d.Words}, func() error {
		switch {
		case d.Before == "none":
			r.Added++
		case d.After == "none":
			r.Removed++
		case d.After == string(Confirmed):
			r.Confirmed++
		default:
			r.Doubted++
		}
		if len(r.Differences) < maxDifferences {
			r.Differences = append(r.Differences, d)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("compare matches: %w", err)
	}
	return nil
}
