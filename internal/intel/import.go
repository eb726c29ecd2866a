package intel

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sync/errgroup"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

const (
	// batchRecords and batchBytes bound what is held in memory and written by one transaction.
	batchRecords = 1000
	batchBytes   = 16 << 20
)

// ImportOSV stores the records of OSV dumps. See ImportAdvisories.
func (s *Store) ImportOSV(ctx context.Context, records iter.Seq2[Incoming, error], progress func(Progress)) (RunResult, error) {
	return s.ImportAdvisories(ctx, "osv", TriggerImport, records, progress)
}

// ImportNVD stores records of the National Vulnerability Database. See ImportAdvisories.
func (s *Store) ImportNVD(ctx context.Context, records iter.Seq2[Incoming, error], progress func(Progress)) (RunResult, error) {
	return s.ImportAdvisories(ctx, "nvd", TriggerImport, records, progress)
}

// ImportAdvisories stores what records yields, batch by batch: each batch with its alias groups, its counts and the jobs
// that match what changed, in one transaction. A record whose content is as stored is not written, so a second import of
// the same data changes nothing. A refused record is counted and named and ends nothing; an error from records, or from
// the database, ends the run with everything before it kept. progress may be nil.
func (s *Store) ImportAdvisories(ctx context.Context, feed, trigger string, records iter.Seq2[Incoming, error],
	progress func(Progress)) (RunResult, error) {
	r, err := s.openRun(ctx, feed, trigger)
	if err != nil {
		return RunResult{Feed: feed}, err
	}
	// Reading, hashing and encoding run beside the database's work, one batch ahead.
	batches := make(chan batch, 1)
	work, workCtx := errgroup.WithContext(ctx)
	work.Go(func() error {
		defer close(batches)
		return readBatches(workCtx, feed, records, batches)
	})
	work.Go(func() error {
		for b := range batches {
			if err := s.store(workCtx, r, b, nil); err != nil {
				return err
			}
			if progress != nil {
				progress(Progress{Counts: r.counts, Elapsed: s.now().Sub(r.started)})
			}
		}
		return nil
	})
	err = work.Wait()
	if r.counts.Added+r.counts.Changed >= analyzeFrom {
		err = errors.Join(err, s.analyze(ctx))
	}
	return s.closeRun(ctx, r, pg.Problem(err))
}

// analyzeFrom is how many written records make the planner's idea of the tables too old to plan by. After a first load
// it has none at all, and a look-up that should take milliseconds takes minutes until autovacuum comes by.
const analyzeFrom = 1000

func (s *Store) analyze(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `
		analyze advisories, advisory_aliases, advisory_vulnerabilities, vulnerabilities, affected_packages, affected_cpes,
			affected_cpe_products`)
	if err != nil {
		return fmt.Errorf("weigh the advisory tables: %w", err)
	}
	return nil
}

// batch is records of different ids, ready to be written, and what was met on the way.
type batch struct {
	rows    []row
	seen    int64
	refused []Incoming
	warned  []Incoming // without their advisories
}

// row is an advisory as it is written.
type row struct {
	Advisory
	path       string
	hash       []byte
	severities []byte
	references []byte
	size       int
}

func newRow(in Incoming) (row, error) {
	r := row{Advisory: canonical(in.Advisory), path: in.Path}
	var err error
	if r.severities, err = json.Marshal(orEmpty(r.Severities)); err != nil {
		return r, fmt.Errorf("encode severities: %w", err)
	}
	if r.references, err = json.Marshal(orEmpty(r.References)); err != nil {
		return r, fmt.Errorf("encode references: %w", err)
	}
	// Feeds bump modified without a change (OSV does when it recomputes aliases), so it is not part of the content.
	content := r.Advisory
	content.Modified = time.Time{}
	encoded, err := json.Marshal(content)
	if err != nil {
		return r, fmt.Errorf("encode the record: %w", err)
	}
	sum := sha256.Sum256(encoded)
	r.hash, r.size = sum[:], len(encoded)
	return r, nil
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func readBatches(ctx context.Context, feed string, records iter.Seq2[Incoming, error], out chan<- batch) error {
	var b batch
	size := 0
	at := map[string]int{}
	flush := func() error {
		select {
		case out <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
		b, size = batch{}, 0
		clear(at)
		return nil
	}
	for in, err := range records {
		if err != nil {
			return fmt.Errorf("read feed %s: %w", feed, err)
		}
		b.seen++
		if in.Refused != nil {
			b.refused = append(b.refused, in)
			continue
		}
		if len(in.Warnings) > 0 {
			b.warned = append(b.warned, Incoming{Path: in.Path, Warnings: in.Warnings})
		}
		in.Advisory.Feed = feed
		next, err := newRow(in)
		if err != nil {
			return err
		}
		if i, twice := at[next.ID]; !twice {
			at[next.ID] = len(b.rows)
			b.rows = append(b.rows, next)
			size += next.size
		} else if next.Modified.After(b.rows[i].Modified) {
			b.rows[i] = next
		}
		if len(b.rows) == batchRecords || size >= batchBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if b.seen > 0 {
		return flush()
	}
	return nil
}

// store commits one batch. Where PostgreSQL refuses the data itself the batch is halved until the record at fault stands
// alone and is refused, so that no single record can stop an import.
// with, where given, runs in the transaction of the batch's last part.
func (s *Store) store(ctx context.Context, r *run, b batch, with func(pgx.Tx, *Counts) error) error {
	r.counts.Seen += b.seen
	for _, in := range b.refused {
		r.refuse(in.Path, in.Refused)
	}
	for _, in := range b.warned {
		r.warn(in.Path, in.Warnings)
	}
	return s.storeRows(ctx, r, b.rows, with)
}

func (s *Store) storeRows(ctx context.Context, r *run, rows []row, with func(pgx.Tx, *Counts) error) error {
	var after Counts
	var withdrew int64
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var changed change
		var err error
		if len(rows) > 0 {
			if changed, err = s.writeAdvisories(ctx, tx, r.feed, rows); err != nil {
				return err
			}
		}
		after = r.counts
		after.Added += changed.added
		after.Changed += changed.changed
		after.Withdrawn += changed.withdrawn
		if withdrew, err = r.guard.check(changed.withdrew); err != nil {
			return err
		}
		if err := s.enqueue(ctx, tx, changed.toMatch); err != nil {
			return err
		}
		if with != nil {
			if err := with(tx, &after); err != nil {
				return err
			}
		}
		return r.save(ctx, tx, after)
	})
	switch {
	case err == nil:
		r.counts = after
		r.guard.note(withdrew)
		return nil
	case !dataError(err):
		return fmt.Errorf("store a batch of feed %s: %w", r.feed, err)
	case len(rows) == 0:
		return fmt.Errorf("store a batch of feed %s: %w", r.feed, err)
	case len(rows) == 1:
		r.refuse(rows[0].path, fmt.Errorf("the database refuses it: %w", err))
		return s.storeRows(ctx, r, nil, with)
	}
	half := len(rows) / 2
	if err := s.storeRows(ctx, r, rows[:half], nil); err != nil {
		return err
	}
	return s.storeRows(ctx, r, rows[half:], with)
}

// dataError reports whether the data and not the database is at fault: SQLSTATE classes 22 (data exception) and 54
// (program limit exceeded).
func dataError(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "54"))
}

func (s *Store) enqueue(ctx context.Context, tx pgx.Tx, advisoryRows []int64) error {
	if s.jobs == nil || len(advisoryRows) == 0 {
		return nil
	}
	if err := s.jobs.EnqueueMatchAdvisories(ctx, tx, advisoryRows); err != nil {
		return fmt.Errorf("enqueue the matching of %d advisories: %w", len(advisoryRows), err)
	}
	return nil
}
