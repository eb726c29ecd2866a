package intel

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// ThreatStanding is how much is held of threat reports and decision points, and how new.
type ThreatStanding struct {
	// Reports are by feed.
	Reports map[string]ReportStanding
	SSVC    Standing
}

// ReportStanding is Standing of a feed's reports; Headers of them are held without their indicators.
type ReportStanding struct {
	Standing
	Headers int64
}

// ThreatStanding says what is held of threat reports and decision points.
func (s *Store) ThreatStanding(ctx context.Context) (ThreatStanding, error) {
	held, err := threatStanding(ctx, s.db, s.now())
	return held, pg.Problem(err)
}

// ThreatStanding is Store.ThreatStanding as of the export's moment.
func (e *Export) ThreatStanding(ctx context.Context) (ThreatStanding, error) {
	return threatStanding(ctx, e.tx, e.now)
}

func threatStanding(ctx context.Context, db pg.DB, now time.Time) (ThreatStanding, error) {
	held := ThreatStanding{Reports: map[string]ReportStanding{}}
	rows, err := db.Query(ctx, `
		select feed, count(*), max(modified) filter (where modified <= @soon), count(*) filter (where kept = 'header')
		from threat_reports
		group by feed
		union all
		select '', count(*), max(decided) filter (where decided <= @soon), 0 from ssvc`, pgx.NamedArgs{"soon": Soon(now)})
	if err != nil {
		return held, fmt.Errorf("weigh the reports that are held: %w", err)
	}
	var feed string
	var one ReportStanding
	var newest *time.Time
	_, err = pgx.ForEachRow(rows, []any{&feed, &one.Records, &newest, &one.Headers}, func() error {
		one.Newest = orZero(newest)
		if feed == "" {
			held.SSVC = one.Standing
			return nil
		}
		held.Reports[feed] = one
		return nil
	})
	if err != nil {
		return held, fmt.Errorf("weigh the reports that are held: %w", err)
	}
	return held, nil
}

// SSVC are the decision points, by CVE.
func (e *Export) SSVC(ctx context.Context) iter.Seq2[SSVC, error] {
	return func(yield func(SSVC, error) bool) {
		rows, err := e.tx.Query(ctx, `
			select cve, exploitation, automatable, technical_impact, decided from ssvc order by cve collate "C"`)
		if err != nil {
			yield(SSVC{}, fmt.Errorf("read SSVC decision points: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var d SSVC
			var decided *time.Time
			if err := rows.Scan(&d.CVE, &d.Exploitation, &d.Automatable, &d.TechnicalImpact, &decided); err != nil {
				yield(SSVC{}, fmt.Errorf("read an SSVC decision point: %w", err))
				return
			}
			d.Decided = orZero(decided)
			if !yield(d, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(SSVC{}, fmt.Errorf("read SSVC decision points: %w", err))
		}
	}
}

// exportReport bounds the indicators of one report in bytes: a report with more is given out as a partial one.
const exportReport = 8 << 20

// Reports yields every report of a feed as it is held, in byte order of their ids: in full, or with what a header keeps. The
// first error ends it.
func (e *Export) Reports(ctx context.Context, feed string) iter.Seq2[Report, error] {
	return func(yield func(Report, error) bool) {
		ids, weights, err := e.weighReports(ctx, feed)
		if err != nil {
			yield(Report{}, fmt.Errorf("list the reports of feed %s: %w", feed, err))
			return
		}
		for len(ids) > 0 {
			size, sum := 0, int64(0)
			for size < len(ids) && size < exportPage && (size == 0 || sum+weights[size] <= exportBytes) {
				sum += weights[size]
				size++
			}
			page, err := e.reportPage(ctx, ids[:size])
			if err != nil {
				yield(Report{}, fmt.Errorf("read reports of feed %s: %w", feed, err))
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
			}
			ids, weights = ids[size:], weights[size:]
		}
	}
}

// weighReports settles the order, and says about how many bytes each report is: their lengths differ by a factor of a
// million.
func (e *Export) weighReports(ctx context.Context, feed string) (ids, weights []int64, err error) {
	rows, err := e.tx.Query(ctx, `
		select r.id, least(coalesce(i.bytes, 0), @most) + octet_length(r.description) + 8 * cardinality(r.trace_keys)
			+ octet_length(array_to_string(r.tags || r.malware_families || r.attack_ids || r.industries || r.countries
				|| r.reference_urls, ' ')) + 1024
		from threat_reports r
		left join (select report_id, sum(octet_length(value) + 64)::bigint as bytes from indicators group by report_id) i
			on i.report_id = r.id
		where r.feed = @feed
		order by r.report_id collate "C"`, pgx.NamedArgs{"feed": feed, "most": int64(exportReport)})
	if err != nil {
		return nil, nil, err
	}
	var id, weight int64
	_, err = pgx.ForEachRow(rows, []any{&id, &weight}, func() error {
		ids, weights = append(ids, id), append(weights, weight)
		return nil
	})
	return ids, weights, err
}

// reportPage reads these reports in this order.
func (e *Export) reportPage(ctx context.Context, ids []int64) ([]Report, error) {
	p := exportedReports{at: make(map[int64]int, len(ids)), reports: make([]Report, len(ids))}
	for i, id := range ids {
		p.at[id] = i
	}
	args := pgx.NamedArgs{"ids": ids, "most": int64(exportReport)}
	var b pgx.Batch
	b.Queue(`
		select id, report_id, name, description, author, adversary, tlp, tags, malware_families, attack_ids, industries, countries,
			reference_urls, created, modified, partial, kept, indicator_counts, trace_keys
		from threat_reports
		where id = any(@ids)`, args).Query(p.readReports)
	// What is tied to a report by a reference is found anew wherever it is held.
	b.Queue(`
		select report_id, cve
		from report_vulnerabilities
		where report_id = any(@ids) and link = 'named'
		order by report_id, cve collate "C"`, args).Query(p.readCVEs)
	b.Queue(`
		select report_id, type, value, role, expires, active, bytes > @most
		from (
			select report_id, type, value, role, expires, active, sum(octet_length(value) + 64)
				over (partition by report_id order by type collate "C", value collate "C" rows unbounded preceding) as bytes,
				row_number() over (partition by report_id order by type collate "C", value collate "C") as n,
				octet_length(value) + 64 as own
			from indicators
			where report_id = any(@ids)
		) i
		-- and the first that is too much, which says that there is more
		where bytes - own <= @most
		order by report_id, n`, args).Query(p.readIndicators)
	if err := e.tx.SendBatch(ctx, &b).Close(); err != nil {
		return nil, err
	}
	return p.reports, nil
}

// exportedReports is filled by three queries.
type exportedReports struct {
	at      map[int64]int // place in reports, by threat_reports.id
	reports []Report
}

func (p *exportedReports) readReports(rows pgx.Rows) error {
	for rows.Next() {
		var (
			id                int64
			r                 Report
			created, modified *time.Time
			kept              string
			counts            []byte
			h                 ReportHeader
		)
		if err := rows.Scan(&id, &r.ID, &r.Name, &r.Description, &r.Author, &r.Adversary, &r.TLP, &r.Tags, &r.MalwareFamilies,
			&r.AttackIDs, &r.Industries, &r.Countries, &r.References, &created, &modified, &r.Partial, &kept, &counts,
			&h.Traces); err != nil {
			return err
		}
		r.Created, r.Modified = orZero(created), orZero(modified)
		if kept == "header" {
			if err := json.Unmarshal(counts, &h.Counts); err != nil {
				return fmt.Errorf("counts of report %s: %w", r.ID, err)
			}
			// Sorted, whatever wrote them.
			r.Header, r.Partial = h.clean(), true
		}
		p.reports[p.at[id]] = r
	}
	return rows.Err()
}

func (p *exportedReports) readCVEs(rows pgx.Rows) error {
	var id int64
	var cve string
	_, err := pgx.ForEachRow(rows, []any{&id, &cve}, func() error {
		r := &p.reports[p.at[id]]
		r.CVEs = append(r.CVEs, cve)
		return nil
	})
	return err
}

func (p *exportedReports) readIndicators(rows pgx.Rows) error {
	var id int64
	var i Indicator
	var expires *time.Time
	var tooMuch bool
	_, err := pgx.ForEachRow(rows, []any{&id, &i.Type, &i.Value, &i.Role, &expires, &i.Active, &tooMuch}, func() error {
		r := &p.reports[p.at[id]]
		if tooMuch {
			r.Partial = true
			return nil
		}
		i.Expires = orZero(expires)
		r.Indicators = append(r.Indicators, i)
		return nil
	})
	return err
}
