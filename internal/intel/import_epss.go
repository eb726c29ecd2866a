package intel

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// ImportEPSS makes the stored scores equal to this day's, in one transaction, writing only those that differ. Where the
// model and day come from the header they are kept with the feed. A file with fewer than 95 % of the held scores
// is refused (kind Invalid).
func (s *Store) ImportEPSS(ctx context.Context, header EPSSHeader, rows iter.Seq2[EPSSRow, error]) (RunResult, error) {
	r, err := s.openRun(ctx, "epss", TriggerImport)
	if err != nil {
		return RunResult{Feed: "epss"}, err
	}
	// The rows can be read but once, so there is no second attempt: nothing else writes this table in earnest.
	counts := r.counts
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if err := writeEPSS(ctx, tx, header, rows, r, &counts); err != nil {
			return err
		}
		return r.save(ctx, tx, counts)
	})
	if err != nil {
		counts.Added, counts.Changed, counts.Withdrawn = 0, 0, 0
	}
	r.counts = counts
	if r.counts.Added >= analyzeFrom {
		if _, err := s.db.Exec(ctx, `analyze epss`); err != nil {
			return s.closeRun(ctx, r, fmt.Errorf("weigh the EPSS scores: %w", pg.Problem(err)))
		}
	}
	return s.closeRun(ctx, r, pg.Problem(err))
}

func writeEPSS(ctx context.Context, tx pgx.Tx, header EPSSHeader, rows iter.Seq2[EPSSRow, error], r *run,
	counts *Counts) error {
	_, err := tx.Exec(ctx, `
		create temporary table incoming_epss (cve text, score real, percentile real) on commit drop`)
	if err != nil {
		return fmt.Errorf("make room for EPSS scores: %w", err)
	}
	next, stop := iter.Pull2(rows)
	defer stop()
	source := &epssSource{next: next, run: r, counts: counts}
	came, err := tx.CopyFrom(ctx, pgx.Identifier{"incoming_epss"}, []string{"cve", "score", "percentile"}, source)
	if source.err != nil {
		// PostgreSQL only knows that the copy was broken off, not why.
		return source.err
	}
	if err != nil {
		return fmt.Errorf("copy EPSS scores: %w", err)
	}
	if err := refuseShrunk(ctx, tx, "the EPSS file", int(came), `select count(*) from epss`); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `analyze incoming_epss`); err != nil {
		return fmt.Errorf("weigh EPSS scores: %w", err)
	}
	err = tx.QueryRow(ctx, `
		with latest as materialized (
			select distinct on (cve) cve, score, percentile from incoming_epss order by cve
		), written as (
			insert into epss (cve, score, percentile)
			select l.cve, l.score, l.percentile
			from latest l
			left join epss e on e.cve = l.cve
			where e.cve is null or (e.score, e.percentile) is distinct from (l.score, l.percentile)
			on conflict (cve) do update set score = excluded.score, percentile = excluded.percentile
			returning xmax = 0 as added
		), gone as (
			delete from epss e where not exists (select from latest l where l.cve = e.cve) returning 1
		)
		select count(*) filter (where added), count(*) filter (where not added), (select count(*) from gone)
		from written`).Scan(&counts.Added, &counts.Changed, &counts.Withdrawn)
	if err != nil {
		return fmt.Errorf("write EPSS scores: %w", err)
	}
	_, err = tx.Exec(ctx, `
		insert into feeds (feed, facts)
		values ('epss', jsonb_build_object('model_version', @model::text, 'score_date', @date::text))
		on conflict (feed) do update set facts = excluded.facts
		where feeds.facts <> excluded.facts`,
		pgx.NamedArgs{"model": header.ModelVersion, "date": header.ScoreDate})
	if err != nil {
		return fmt.Errorf("note the day of the EPSS scores: %w", err)
	}
	return nil
}

// epssSource feeds COPY row by row and counts refused lines on the way.
type epssSource struct {
	next   func() (EPSSRow, error, bool)
	run    *run
	counts *Counts
	row    EPSSScore
	err    error
}

func (e *epssSource) Next() bool {
	for {
		row, err, ok := e.next()
		if err != nil {
			e.err = err
		}
		if !ok || err != nil {
			return false
		}
		e.counts.Seen++
		if row.Refused != nil {
			e.counts.Refused++
			e.run.fault(fmt.Sprintf("line %d", row.Line), row.Refused)
			continue
		}
		e.row = row.Score
		return true
	}
}

func (e *epssSource) Values() ([]any, error) {
	return []any{e.row.CVE, float32(e.row.Score), float32(e.row.Percentile)}, nil
}

func (e *epssSource) Err() error { return e.err }
