package intel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// What started a run.
const (
	TriggerPoll      = "poll"
	TriggerReconcile = "reconcile"
	TriggerImport    = "import"
)

// How a run ended.
const (
	OutcomeRunning = "running"
	OutcomeDone    = "done"
	OutcomeFailed  = "failed"
	OutcomeAsks    = "asks" // it would have withdrawn more than it may; nothing of that step was stored
	OutcomeCut     = "cut"  // its process ended, or was told to end
)

// Counts are what a run has met so far.
type Counts struct {
	Seen      int64 // records read, refused ones included
	Added     int64
	Changed   int64
	Withdrawn int64 // of those added or changed
	Refused   int64
	Warned    int64 // records kept with something put right or left out
}

// Progress is handed to the caller as an import proceeds, after each batch that was committed.
type Progress struct {
	Counts
	Elapsed time.Duration
}

// Rate is records a second.
func (p Progress) Rate() float64 {
	if p.Elapsed <= 0 {
		return 0
	}
	return float64(p.Seen) / p.Elapsed.Seconds()
}

// RunResult is what a finished run did. Faults name refused records and warnings, bounded in number.
type RunResult struct {
	RunID int64
	Feed  string
	Progress
	Faults []problem.Fault
}

// maxFaults bounds what a run keeps; refused records come before warnings.
const maxFaults = 200

// run is an open feed_runs row. Its counts are written with each batch, so that they never say more than was kept.
type run struct {
	id       int64
	feed     string
	started  time.Time
	now      func() time.Time
	counts   Counts
	refused  []problem.Fault
	warnings []problem.Fault
	// done and total are records of a poll so far and in all; total 0: unknown.
	done, total int64
	// guard bounds what a poll may withdraw; nil where a person imports files.
	guard *guard
}

func (s *Store) openRun(ctx context.Context, feed, trigger string) (*run, error) {
	r := &run{feed: feed, started: s.now(), now: s.now}
	err := s.db.QueryRow(ctx, `
		insert into feed_runs (feed, trigger, started_at, updated_at) values (@feed, @trigger, @started, @started)
		returning id`,
		pgx.NamedArgs{"feed": feed, "trigger": trigger, "started": r.started}).Scan(&r.id)
	if err != nil {
		return nil, fmt.Errorf("open a run of feed %s: %w", feed, pg.Problem(err))
	}
	return r, nil
}

func (r *run) refuse(path string, reason error) {
	r.counts.Refused++
	r.fault(path, reason)
}

// fault names a refused record without counting it.
func (r *run) fault(path string, reason error) {
	if len(r.refused) < maxFaults {
		r.refused = append(r.refused, problem.Fault{Path: path, Code: "refused", Message: reason.Error()})
	}
}

func (r *run) warn(path string, faults []problem.Fault) {
	if len(faults) == 0 {
		return
	}
	r.counts.Warned++
	for _, f := range faults {
		if len(r.warnings) == maxFaults {
			return
		}
		f.Path = path + "#" + f.Path
		r.warnings = append(r.warnings, f)
	}
}

func (r *run) faults() []problem.Fault {
	all := append(make([]problem.Fault, 0, maxFaults), r.refused...)
	return append(all, r.warnings[:min(len(r.warnings), maxFaults-len(all))]...)
}

// save writes the counts with the data they count, in its transaction.
func (r *run) save(ctx context.Context, tx pgx.Tx, counts Counts) error {
	_, err := tx.Exec(ctx, `
		update feed_runs
		set seen = @seen, added = @added, changed = @changed, withdrawn = @withdrawn, refused = @refused, done = @done,
			total = @total, updated_at = @now
		where id = @id`,
		pgx.NamedArgs{"id": r.id, "seen": counts.Seen, "added": counts.Added, "changed": counts.Changed,
			"withdrawn": counts.Withdrawn, "refused": counts.Refused, "done": r.done, "total": r.total, "now": r.now()})
	if err != nil {
		return fmt.Errorf("count what a run of feed %s did: %w", r.feed, err)
	}
	return nil
}

// closeRun ends the row, with the cause when the run failed. It works also after the caller's context has ended.
func (s *Store) closeRun(ctx context.Context, r *run, cause error) (RunResult, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	result := RunResult{
		RunID: r.id, Feed: r.feed, Faults: r.faults(),
		Progress: Progress{Counts: r.counts, Elapsed: s.now().Sub(r.started)},
	}
	faults, err := json.Marshal(result.Faults)
	if err != nil {
		return result, fmt.Errorf("write the faults of a run: %w", err)
	}
	words := ""
	if cause != nil {
		words = cause.Error()
	}
	_, err = s.db.Exec(ctx, `
		update feed_runs
		set finished_at = @finished, seen = @seen, added = @added, changed = @changed, withdrawn = @withdrawn,
			refused = @refused, faults = @faults, error = @error, outcome = @outcome, done = @done, total = @total,
			updated_at = @finished
		where id = @id`,
		pgx.NamedArgs{"id": r.id, "finished": s.now(), "seen": r.counts.Seen, "added": r.counts.Added,
			"changed": r.counts.Changed, "withdrawn": r.counts.Withdrawn, "refused": r.counts.Refused,
			"faults": faults, "error": words, "outcome": outcomeOf(cause), "done": r.done, "total": r.total})
	if cause != nil {
		return result, cause
	}
	if err != nil {
		return result, fmt.Errorf("close the run of feed %s: %w", r.feed, pg.Problem(err))
	}
	return result, nil
}

func outcomeOf(cause error) string {
	switch {
	case cause == nil:
		return OutcomeDone
	case errors.Is(cause, context.Canceled):
		return OutcomeCut
	case errors.Is(cause, ErrAsks):
		return OutcomeAsks
	}
	return OutcomeFailed
}
