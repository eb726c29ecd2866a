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

// Poll is an open run of a feed, into which steps are stored. One goroutine uses it.
type Poll struct {
	run *run
	// Cursor is where the last stored step left off; nil when there was none.
	Cursor  json.RawMessage
	trigger string
	newest  time.Time
	told    bool // a step told of a record
}

// Progress is what the run has met so far.
func (p *Poll) Progress() Progress {
	return Progress{Counts: p.run.counts, Elapsed: p.run.now().Sub(p.run.started)}
}

// BeginPoll opens a run. The caller has made sure that no other poll of the feed is at work, so a run that is still open
// belongs to a process that died, and is marked so. accept says that a person allowed it to withdraw any number.
func (s *Store) BeginPoll(ctx context.Context, feed, trigger string, accept bool) (*Poll, error) {
	p := &Poll{trigger: trigger}
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			update feed_runs
			set outcome = 'cut', finished_at = updated_at, error = 'its process ended before the poll did; the next one goes on from there'
			where feed = @feed and outcome = 'running' and trigger <> 'import'`, pgx.NamedArgs{"feed": feed})
		if err != nil {
			return fmt.Errorf("close runs of feed %s that were cut off: %w", feed, err)
		}
		g := &guard{feed: feed, accepted: accept}
		err = tx.QueryRow(ctx, `
			select (select cursor from feed_cursors where feed = @feed),
				(select count(*) from advisories where feed = @feed and withdrawn is null)`,
			pgx.NamedArgs{"feed": feed}).Scan(&p.Cursor, &g.held)
		if err != nil {
			return fmt.Errorf("read where feed %s stands: %w", feed, err)
		}
		_, err = tx.Exec(ctx, `
			insert into feeds (feed, claimed_at) values (@feed, @now) on conflict (feed) do nothing`,
			pgx.NamedArgs{"feed": feed, "now": s.now()})
		if err != nil {
			return fmt.Errorf("note feed %s: %w", feed, err)
		}
		p.run = &run{feed: feed, started: s.now(), now: s.now, guard: g}
		err = tx.QueryRow(ctx, `
			insert into feed_runs (feed, trigger, started_at, updated_at) values (@feed, @trigger, @started, @started)
			returning id`,
			pgx.NamedArgs{"feed": feed, "trigger": trigger, "started": p.run.started}).Scan(&p.run.id)
		if err != nil {
			return fmt.Errorf("open a run of feed %s: %w", feed, err)
		}
		return nil
	})
	if err != nil {
		return nil, pg.Problem(err)
	}
	return p, nil
}

// StoreStep stores what a step brought, and its cursor with the last of it. Whatever moment it is cut off at, storing the
// step again leaves the same.
func (s *Store) StoreStep(ctx context.Context, p *Poll, step Step) error {
	if step.Done > 0 {
		p.run.done, p.run.total = step.Done, step.Total
	}
	if step.Newest.After(p.newest) {
		p.newest = step.Newest
	}
	if len(step.Advisories)+len(step.Reports)+len(step.Assessments) > 0 || step.KEV != nil || step.EPSS != nil {
		p.told = true
	}
	batches := make(chan batch, len(step.Advisories)/batchRecords+len(step.Advisories)+1)
	if err := readBatches(ctx, p.run.feed, listed(step.Advisories), batches); err != nil {
		return err
	}
	close(batches)
	last := batch{}
	for b := range batches {
		if err := s.store(ctx, p.run, last, nil); err != nil {
			return err
		}
		last = b
	}
	rest := func(tx pgx.Tx, counts *Counts) error { return s.finishStep(ctx, tx, p, step, counts) }
	if step.Held == nil {
		return s.store(ctx, p.run, last, rest)
	}
	if err := s.store(ctx, p.run, last, nil); err != nil {
		return err
	}
	if err := s.withdrawGone(ctx, p.run, *step.Held); err != nil {
		return err
	}
	return s.store(ctx, p.run, batch{}, rest)
}

func listed(records []Incoming) iter.Seq2[Incoming, error] {
	return func(yield func(Incoming, error) bool) {
		for _, in := range records {
			if !yield(in, nil) {
				return
			}
		}
	}
}

// finishStep writes everything of a step that is small, and where to go on.
func (s *Store) finishStep(ctx context.Context, tx pgx.Tx, p *Poll, step Step, counts *Counts) error {
	if step.KEV != nil {
		counts.Seen += int64(len(step.KEV.Entries) + len(step.KEV.Refused))
		counts.Refused += int64(len(step.KEV.Refused))
		for _, in := range step.KEV.Refused {
			p.run.fault(in.Path, in.Refused)
		}
		if err := writeKEV(ctx, tx, step.KEV.Entries, counts); err != nil {
			return err
		}
		if err := s.noteFacts(ctx, tx, p.run.feed, map[string]string{"catalog_version": step.KEV.Version}); err != nil {
			return err
		}
	}
	if step.EPSS != nil {
		if err := writeEPSS(ctx, tx, step.EPSS.Header, step.EPSS.Rows, p.run, counts); err != nil {
			return err
		}
	}
	if err := s.stepReports(ctx, tx, p, step, counts); err != nil {
		return err
	}
	if step.Cursor == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `
		insert into feed_cursors (feed, cursor, updated_at) values (@feed, @cursor, @now)
		on conflict (feed) do update set cursor = excluded.cursor, updated_at = excluded.updated_at
		where feed_cursors.cursor <> excluded.cursor`,
		pgx.NamedArgs{"feed": p.run.feed, "cursor": step.Cursor, "now": s.now()})
	if err != nil {
		return fmt.Errorf("note where feed %s stands: %w", p.run.feed, err)
	}
	return nil
}

// stepReports writes threat reports and SSVC decisions.
func (s *Store) stepReports(ctx context.Context, tx pgx.Tx, p *Poll, step Step, counts *Counts) error {
	if len(step.Reports) > 0 {
		done, err := s.WriteReports(ctx, tx, p.run.feed, step.Reports, s.rules, s.now())
		if err != nil {
			return err
		}
		counts.Seen += int64(len(step.Reports))
		counts.Added += int64(done.Added)
		counts.Changed += int64(done.Changed)
		counts.Refused += int64(len(done.Refused))
		for _, in := range done.Refused {
			p.run.fault(in.Path, in.Refused)
		}
	}
	if len(step.GoneReports) > 0 {
		dropped, err := s.DropReports(ctx, tx, p.run.feed, step.GoneReports)
		if err != nil {
			return err
		}
		counts.Withdrawn += dropped
	}
	if len(step.Assessments) > 0 {
		written, err := s.WriteSSVC(ctx, tx, step.Assessments)
		if err != nil {
			return err
		}
		counts.Changed += written
		// Where a step brings records, their decisions are parts of them.
		if len(step.Advisories) == 0 {
			counts.Seen += int64(len(step.Assessments))
		}
	}
	return nil
}

func (s *Store) noteFacts(ctx context.Context, tx pgx.Tx, feed string, facts map[string]string) error {
	_, err := tx.Exec(ctx, `
		insert into feeds (feed, facts) values (@feed, @facts)
		on conflict (feed) do update set facts = excluded.facts
		where feeds.facts <> excluded.facts`, pgx.NamedArgs{"feed": feed, "facts": facts})
	if err != nil {
		return fmt.Errorf("note what feed %s says of itself: %w", feed, err)
	}
	return nil
}

// EndPoll closes the run and says how the feed is: a cause is kept in its words; a run that was told to stop counts
// neither as a failure nor as a success.
func (s *Store) EndPoll(ctx context.Context, p *Poll, cause error) (RunResult, error) {
	cause = pg.Problem(cause)
	if p.run.counts.Added+p.run.counts.Changed >= analyzeFrom {
		if err := s.analyze(ctx); err != nil && cause == nil {
			cause = err
		}
	}
	result, err := s.closeRun(ctx, p.run, cause)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if stateErr := s.noteOutcome(ending, p, cause); stateErr != nil && err == nil {
		err = stateErr
	}
	return result, err
}

// cappedFrom is how much a poll must have seen for "not all of it" to mean that it stopped at its bound.
const cappedFrom = 1000

// capped says that the feed ended the poll at its own bound and has more to tell: the next is due at once.
func (p *Poll) capped() bool {
	return p.trigger != TriggerBundle && p.run.counts.Seen >= cappedFrom && p.run.total > p.run.done
}

func (s *Store) noteOutcome(ctx context.Context, p *Poll, cause error) error {
	words := ""
	if cause != nil {
		words = cause.Error()
	}
	_, err := s.db.Exec(ctx, `
		update feeds
		set newest = greatest(newest, @newest),
			claimed_at = case when @more then null else claimed_at end,
			last_success_at = case when @outcome = 'done' then @now else last_success_at end,
			-- A first load looked at everything, too.
			last_reconcile_at = case when @outcome = 'done' and (@trigger = 'reconcile' or last_reconcile_at is null) then @now
				else last_reconcile_at end,
			empty_polls = case when @outcome <> 'done' then empty_polls when @told then 0 else empty_polls + 1 end,
			failures = case @outcome when 'done' then 0 when 'failed' then failures + 1 else failures end,
			failing_since = case @outcome when 'done' then null when 'failed' then coalesce(failing_since, @now) else failing_since end,
			last_error = case @outcome when 'done' then '' when 'failed' then @words else last_error end,
			question = case @outcome when 'done' then '' when 'asks' then @words else question end
		where feed = @feed`,
		pgx.NamedArgs{"feed": p.run.feed, "newest": nullTime(p.newest), "now": s.now(), "outcome": outcomeOf(cause),
			"trigger": p.trigger, "told": p.told, "words": words,
			"more": cause == nil && p.capped()})
	if err != nil {
		return fmt.Errorf("note how the poll of feed %s ended: %w", p.run.feed, pg.Problem(err))
	}
	return nil
}
