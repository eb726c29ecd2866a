package intel

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// reportLock is the advisory lock of those who write reports, so that they take turns ("reports" in ASCII).
const reportLock int64 = 0x7265706f727473

// WrittenReports counts what became of a step's reports.
type WrittenReports struct {
	Added   int
	Changed int
	// Skipped are older than what is held, or touch nothing and are older than headers are kept.
	Skipped int
	// Unchanged are as held. Nothing is written for them, but for a newer modification time.
	Unchanged int
	// Headers counts those of Added and Changed that are kept without their indicators.
	Headers int
	// Refused could not be read, with why.
	Refused []IncomingReport
}

// storedReport is what is known of a report before it is written again.
type storedReport struct {
	ReportID string
	ID       int64
	Hash     []byte
	Modified *time.Time
	Partial  bool
	Kept     string
	Touches  bool
}

// WriteReports stores the reports of one step within tx. A report whose content is as held is not written; one that touches
// what is held here, or a technique of interest, is kept with all its indicators, any other as a header. It waits for other
// writers of reports until they commit.
func (s *Store) WriteReports(ctx context.Context, tx pgx.Tx, feed string, reports []IncomingReport, rules ReportRules,
	now time.Time) (WrittenReports, error) {
	var done WrittenReports
	rows := done.read(reports, rules, now)
	if len(rows) == 0 {
		return done, nil
	}
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", reportLock); err != nil {
		return done, fmt.Errorf("wait for other writers of reports: %w", err)
	}
	known, err := readStoredReports(ctx, tx, feed, rows)
	if err != nil {
		return done, err
	}
	var write []*reportRow
	var bumped []*reportRow
	for _, r := range rows {
		old, held := known[r.ID]
		switch {
		case !held || r.replaces(old):
			write = append(write, r)
		case !bytes.Equal(r.hash, old.Hash):
			done.Skipped++
		case old.Kept == "header" && len(r.Indicators) > 0:
			write = append(write, r) // perhaps it touches something by now
		case old.Modified != nil && r.Modified.After(*old.Modified):
			done.Unchanged++
			bumped = append(bumped, r)
		default:
			done.Unchanged++
		}
	}
	if err := markTouching(ctx, tx, write); err != nil {
		return done, err
	}
	var ready []*reportRow
	for _, r := range write {
		old, held := known[r.ID]
		// It may touch us by a reference, which the next refresh finds anew; until then what was found stands.
		r.touches = r.touches || old.Touches
		switch {
		case held && bytes.Equal(r.hash, old.Hash) && !r.touches:
			done.Unchanged++
			if old.Modified != nil && r.Modified.After(*old.Modified) {
				bumped = append(bumped, r)
			}
			continue
		case held:
			done.Changed++
		case !r.touches && r.stoodAt.Before(rules.keepFrom(now)):
			done.Skipped++
			continue
		default:
			done.Added++
		}
		if r.asHeader() {
			done.Headers++
		}
		ready = append(ready, r)
	}
	if err := bumpReports(ctx, tx, feed, bumped); err != nil {
		return done, err
	}
	if len(ready) == 0 {
		return done, nil
	}
	ids, err := upsertReports(ctx, tx, feed, ready, now)
	if err != nil {
		return done, err
	}
	return done, replaceReportParts(ctx, tx, ready, ids)
}

// read cleans the reports; of those with one id the newest, and of two of one state the fuller.
func (w *WrittenReports) read(reports []IncomingReport, rules ReportRules, now time.Time) []*reportRow {
	var rows []*reportRow
	at := map[string]int{}
	for _, in := range reports {
		if in.Refused != nil {
			w.Refused = append(w.Refused, in)
			continue
		}
		r, err := newReportRow(in, rules, now)
		if err != nil {
			w.Refused = append(w.Refused, IncomingReport{Path: in.Path, Refused: err})
			continue
		}
		i, twice := at[r.ID]
		if !twice {
			at[r.ID] = len(rows)
			rows = append(rows, &r)
			continue
		}
		held := rows[i]
		if r.replaces(storedReport{Hash: held.hash, Modified: nullTime(held.Modified), Partial: held.Partial}) {
			rows[i] = &r
		}
	}
	return rows
}

func readStoredReports(ctx context.Context, tx pgx.Tx, feed string, rows []*reportRow) (map[string]storedReport, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	found, err := tx.Query(ctx, `
		select report_id, id, content_hash, modified, partial, kept, touches
		from threat_reports
		where feed = @feed and report_id = any(@ids)`, pgx.NamedArgs{"feed": feed, "ids": ids})
	if err != nil {
		return nil, fmt.Errorf("look up stored reports: %w", err)
	}
	list, err := pgx.CollectRows(found, pgx.RowToStructByPos[storedReport])
	if err != nil {
		return nil, fmt.Errorf("read stored reports: %w", err)
	}
	known := make(map[string]storedReport, len(list))
	for _, k := range list {
		known[k.ReportID] = k
	}
	return known, nil
}

// markTouching finds which of the reports touch something that is held.
func markTouching(ctx context.Context, tx pgx.Tx, rows []*reportRow) error {
	if len(rows) == 0 {
		return nil
	}
	var cveOf, keyOf []int32
	var cves []string
	var keys []int64
	for i, r := range rows {
		r.touches = r.technique
		for _, cve := range r.CVEs {
			cveOf, cves = append(cveOf, int32(i)), append(cves, cve)
		}
		for _, key := range r.keys {
			keyOf, keys = append(keyOf, int32(i)), append(keys, key)
		}
	}
	found, err := tx.Query(ctx, `
		select n
		from unnest(@cve_of::int[], @cves::text[]) as c (n, cve)
		where exists (
			select from vulnerabilities v
			join advisory_vulnerabilities l on l.vulnerability_id = v.id
			join matches m on m.advisory_id = l.advisory_id
			where v.name = c.cve
		)
		union
		select n
		from unnest(@key_of::int[], @keys::bigint[]) as k (n, key)
		where exists (select from component_traces t where t.key = k.key)`,
		pgx.NamedArgs{"cve_of": cveOf, "cves": cves, "key_of": keyOf, "keys": keys})
	if err != nil {
		return fmt.Errorf("find what reports touch: %w", err)
	}
	var n int32
	_, err = pgx.ForEachRow(found, []any{&n}, func() error {
		rows[n].touches = true
		return nil
	})
	if err != nil {
		return fmt.Errorf("find what reports touch: %w", err)
	}
	return nil
}

func bumpReports(ctx context.Context, tx pgx.Tx, feed string, rows []*reportRow) error {
	if len(rows) == 0 {
		return nil
	}
	ids, times := make([]string, len(rows)), make([]time.Time, len(rows))
	for i, r := range rows {
		ids[i], times[i] = r.ID, r.Modified
	}
	_, err := tx.Exec(ctx, `
		update threat_reports r set modified = b.modified, stood_at = b.modified
		from unnest(@ids::text[], @times::timestamptz[]) as b (report_id, modified)
		where r.feed = @feed and r.report_id = b.report_id`,
		pgx.NamedArgs{"feed": feed, "ids": ids, "times": times})
	if err != nil {
		return fmt.Errorf("note new modification times of reports: %w", err)
	}
	return nil
}

func upsertReports(ctx context.Context, tx pgx.Tx, feed string, rows []*reportRow, now time.Time) (map[string]int64, error) {
	_, err := tx.Exec(ctx, `
		create temporary table incoming_reports (
			report_id text, name text, description text, author text, adversary text, tlp text, tags text[],
			malware_families text[], attack_ids text[], industries text[], countries text[], reference_urls text[],
			created timestamptz, modified timestamptz, content_hash bytea, kept text, partial boolean, touches boolean,
			stood_at timestamptz, indicator_counts jsonb, trace_keys bigint[], words text
		) on commit drop`)
	if err != nil {
		return nil, fmt.Errorf("make room for incoming reports: %w", err)
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"incoming_reports"}, []string{"report_id", "name", "description", "author",
		"adversary", "tlp", "tags", "malware_families", "attack_ids", "industries", "countries", "reference_urls", "created",
		"modified", "content_hash", "kept", "partial", "touches", "stood_at", "indicator_counts", "trace_keys", "words"},
		pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
			r := rows[i]
			counts, err := json.Marshal(r.counts())
			if err != nil {
				return nil, fmt.Errorf("encode the counts of report %s: %w", r.ID, err)
			}
			kept, keys := "full", []int64{}
			if r.asHeader() {
				kept, keys = "header", r.traceKeys()
			}
			return []any{r.ID, r.Name, r.Description, r.Author, r.Adversary, r.TLP, r.Tags, r.MalwareFamilies, r.AttackIDs,
				r.Industries, r.Countries, r.References, nullTime(r.Created), nullTime(r.Modified), r.hash, kept, r.Partial,
				r.touches, r.stoodAt, counts, orEmpty(keys), r.words()}, nil
		}))
	if err != nil {
		return nil, fmt.Errorf("copy incoming reports: %w", err)
	}
	written, err := tx.Query(ctx, `
		insert into threat_reports (feed, report_id, name, description, author, adversary, tlp, tags, malware_families,
			attack_ids, industries, countries, reference_urls, created, modified, content_hash, kept, partial, touches,
			stood_at, indicator_counts, trace_keys, words, first_seen, touched_at)
		select @feed, report_id, name, description, author, adversary, tlp, tags, malware_families,
			attack_ids, industries, countries, reference_urls, created, modified, content_hash, kept, partial, touches,
			stood_at, indicator_counts, trace_keys, words, @now, @now
		from incoming_reports
		on conflict (feed, report_id) do update set
			name = excluded.name, description = excluded.description, author = excluded.author, adversary = excluded.adversary,
			tlp = excluded.tlp, tags = excluded.tags, malware_families = excluded.malware_families,
			attack_ids = excluded.attack_ids, industries = excluded.industries, countries = excluded.countries,
			reference_urls = excluded.reference_urls, created = excluded.created, modified = excluded.modified,
			content_hash = excluded.content_hash, kept = excluded.kept, partial = excluded.partial, touches = excluded.touches,
			stood_at = excluded.stood_at, indicator_counts = excluded.indicator_counts, trace_keys = excluded.trace_keys, words = excluded.words,
			touched_at = excluded.touched_at, asked_at = null
		returning report_id, id`, pgx.NamedArgs{"feed": feed, "now": now})
	if err != nil {
		return nil, fmt.Errorf("write reports: %w", err)
	}
	ids := make(map[string]int64, len(rows))
	var name string
	var id int64
	_, err = pgx.ForEachRow(written, []any{&name, &id}, func() error {
		ids[name] = id
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("write reports: %w", err)
	}
	// A step may be written in more than one go within a transaction.
	if _, err := tx.Exec(ctx, `drop table incoming_reports`); err != nil {
		return nil, fmt.Errorf("write reports: %w", err)
	}
	return ids, nil
}

// replaceReportParts writes the CVEs and indicators of reports anew.
func replaceReportParts(ctx context.Context, tx pgx.Tx, rows []*reportRow, ids map[string]int64) error {
	all := make([]int64, 0, len(rows))
	var cves, traces [][]any
	for _, r := range rows {
		id := ids[r.ID]
		all = append(all, id)
		for _, cve := range r.CVEs {
			cves = append(cves, []any{id, cve})
		}
		if r.asHeader() {
			continue
		}
		for i, t := range r.Indicators {
			traces = append(traces, []any{id, t.Type, t.Value, t.Role, nullTime(t.Expires), t.Active, r.keys[i]})
		}
	}
	if _, err := tx.Exec(ctx, `delete from indicators where report_id = any($1)`, all); err != nil {
		return fmt.Errorf("take back indicators: %w", err)
	}
	if _, err := tx.Exec(ctx, `delete from report_vulnerabilities where report_id = any($1)`, all); err != nil {
		return fmt.Errorf("take back what reports name: %w", err)
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"report_vulnerabilities"}, []string{"report_id", "cve"}, pgx.CopyFromRows(cves))
	if err != nil {
		return fmt.Errorf("copy what reports name: %w", err)
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"indicators"},
		[]string{"report_id", "type", "value", "role", "expires", "active", "key"}, pgx.CopyFromRows(traces))
	if err != nil {
		return fmt.Errorf("copy indicators: %w", err)
	}
	return nil
}

// DropReports deletes reports that the feed took back, with all that hangs on them. It returns how many there were.
func (s *Store) DropReports(ctx context.Context, tx pgx.Tx, feed string, ids []string) (int64, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", reportLock); err != nil {
		return 0, fmt.Errorf("wait for other writers of reports: %w", err)
	}
	tag, err := tx.Exec(ctx, `delete from threat_reports where feed = @feed and report_id = any(@ids)`,
		pgx.NamedArgs{"feed": feed, "ids": ids})
	if err != nil {
		return 0, fmt.Errorf("drop reports that were taken back: %w", err)
	}
	return tag.RowsAffected(), nil
}
