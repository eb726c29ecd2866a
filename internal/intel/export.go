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

// TriggerBundle marks the runs of what came in a bundle; see internal/intel/bundle.
const TriggerBundle = "bundle"

// Export is everything that the feeds hold, as of one moment. One goroutine uses it: it has one connection, on which a
// sequence must be read to its end (or left) before the next is asked for.
type Export struct {
	tx  pgx.Tx
	now time.Time
}

// Standing is how much of a feed is held, and how new.
type Standing struct {
	Records int64
	// Newest is the latest change of a record (advisories), the latest addition (kev) or the day of the scores (epss).
	// Records dated in the future say nothing of it. Zero: not known.
	Newest time.Time
}

// Export runs do with a view of what is held that nothing changes while it lasts, whoever writes meanwhile.
func (s *Store) Export(ctx context.Context, do func(*Export) error) error {
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `set transaction isolation level repeatable read, read only`); err != nil {
			return fmt.Errorf("begin to read what the feeds hold: %w", err)
		}
		return do(&Export{tx: tx, now: s.now()})
	})
	return pg.Problem(err)
}

// Standings says what is held of each feed that holds anything, by feed.
func (s *Store) Standings(ctx context.Context) (map[string]Standing, error) {
	held, err := standings(ctx, s.db, s.now())
	return held, pg.Problem(err)
}

// Standings is Store.Standings as of the export's moment.
func (e *Export) Standings(ctx context.Context) (map[string]Standing, error) {
	return standings(ctx, e.tx, e.now)
}

func standings(ctx context.Context, db pg.DB, now time.Time) (map[string]Standing, error) {
	rows, err := db.Query(ctx, `
		select feed, count(*), max(modified) filter (where modified <= @soon) from advisories group by feed
		union all
		select 'kev', count(*), max(date_added) from kev having count(*) > 0
		union all
		select 'epss', count(*), null from epss having count(*) > 0`, pgx.NamedArgs{"soon": Soon(now)})
	if err != nil {
		return nil, fmt.Errorf("weigh what is held: %w", err)
	}
	held := map[string]Standing{}
	var feed string
	var records int64
	var newest *time.Time
	_, err = pgx.ForEachRow(rows, []any{&feed, &records, &newest}, func() error {
		held[feed] = Standing{Records: records, Newest: orZero(newest)}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("weigh what is held: %w", err)
	}
	if scores, ok := held["epss"]; ok {
		header, err := epssHeader(ctx, db)
		if err != nil {
			return nil, err
		}
		scores.Newest = header.Day()
		held["epss"] = scores
	}
	return held, nil
}

// Soon is the latest that a clock elsewhere may show: dates beyond it are slips, and what is judged by the newest date
// leaves them out.
func Soon(now time.Time) time.Time { return now.Add(24 * time.Hour) }

// Cursor is where a feed stands.
type Cursor struct {
	Feed   string
	Cursor json.RawMessage
}

// Cursors are where the feeds stand, by feed.
func (e *Export) Cursors(ctx context.Context) ([]Cursor, error) {
	rows, err := e.tx.Query(ctx, `select feed, cursor from feed_cursors order by feed collate "C"`)
	if err != nil {
		return nil, fmt.Errorf("read where the feeds stand: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Cursor])
	if err != nil {
		return nil, fmt.Errorf("read where the feeds stand: %w", err)
	}
	return list, nil
}

// TakeCursors notes where the exporting side's feeds stood, for feeds that are never polled here: one that is knows better
// itself. It is called once everything that the cursors stand for is stored.
func (s *Store) TakeCursors(ctx context.Context, cursors []Cursor) error {
	feeds, values := make([]string, len(cursors)), make([]string, len(cursors))
	for i, c := range cursors {
		feeds[i], values[i] = c.Feed, string(c.Cursor)
	}
	_, err := s.db.Exec(ctx, `
		insert into feed_cursors (feed, cursor, updated_at)
		select c.feed, c.cursor, @now
		from unnest(@feeds::text[], @cursors::jsonb[]) as c (feed, cursor)
		where not exists (select from feed_runs r where r.feed = c.feed and r.trigger not in ('import', 'bundle'))
		on conflict (feed) do update set cursor = excluded.cursor, updated_at = excluded.updated_at
		where feed_cursors.cursor <> excluded.cursor`,
		pgx.NamedArgs{"feeds": feeds, "cursors": values, "now": s.now()})
	if err != nil {
		return fmt.Errorf("note where the feeds stand: %w", pg.Problem(err))
	}
	return nil
}

// KEV are the entries of the catalogue, by CVE.
func (e *Export) KEV(ctx context.Context) ([]KEVEntry, error) {
	rows, err := e.tx.Query(ctx, `
		select cve, date_added, due_date, ransomware, name, required_action, notes
		from kev
		order by cve collate "C"`)
	if err != nil {
		return nil, fmt.Errorf("read the KEV catalogue: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (KEVEntry, error) {
		var k KEVEntry
		var due *time.Time
		err := row.Scan(&k.CVE, &k.DateAdded, &due, &k.Ransomware, &k.Name, &k.RequiredAction, &k.Notes)
		k.DueDate = orZero(due)
		return k, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the KEV catalogue: %w", err)
	}
	return list, nil
}

// EPSSHeader says of which model and day the scores are; empty where that is not known.
func (e *Export) EPSSHeader(ctx context.Context) (EPSSHeader, error) { return epssHeader(ctx, e.tx) }

// epssHeader reads what writeEPSS noted.
func epssHeader(ctx context.Context, db pg.DB) (EPSSHeader, error) {
	var h EPSSHeader
	err := db.QueryRow(ctx, `
		select coalesce(max(facts ->> 'model_version'), ''), coalesce(max(facts ->> 'score_date'), '')
		from feeds
		where feed = 'epss'`).Scan(&h.ModelVersion, &h.ScoreDate)
	if err != nil {
		return h, fmt.Errorf("read the day of the EPSS scores: %w", err)
	}
	return h, nil
}

// Day is the day of the scores in UTC; zero where the file did not say or not in a way that is known.
func (h EPSSHeader) Day() time.Time {
	day, err := time.Parse(time.DateOnly, h.ScoreDate[:min(len(h.ScoreDate), len(time.DateOnly))])
	if err != nil {
		return time.Time{}
	}
	return day
}

// EPSS are the scores, by CVE.
func (e *Export) EPSS(ctx context.Context) iter.Seq2[EPSSScore, error] {
	return func(yield func(EPSSScore, error) bool) {
		rows, err := e.tx.Query(ctx, `select cve, score::float8, percentile::float8 from epss order by cve collate "C"`)
		if err != nil {
			yield(EPSSScore{}, fmt.Errorf("read EPSS scores: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var score EPSSScore
			if err := rows.Scan(&score.CVE, &score.Score, &score.Percentile); err != nil {
				yield(EPSSScore{}, fmt.Errorf("read an EPSS score: %w", err))
				return
			}
			if !yield(score, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(EPSSScore{}, fmt.Errorf("read EPSS scores: %w", err))
		}
	}
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
