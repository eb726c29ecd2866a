package poll

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/live"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Poller drives feeds into the store.
type Poller struct {
	pool    *pgxpool.Pool
	store   *intel.Store
	sources Sources
	keys    *Keys
	log     *zap.Logger
}

// New makes a poller.
func New(pool *pgxpool.Pool, store *intel.Store, sources Sources, keys *Keys, log *zap.Logger) *Poller {
	return &Poller{pool: pool, store: store, sources: sources, keys: keys, log: log}
}

// Options are what a poll may be asked for beside the ordinary.
type Options struct {
	Reconcile         bool
	AcceptWithdrawals bool
	// Progress is called after each step that was stored; it may be nil.
	Progress func(Progress)
}

// Progress is how far a poll is. Total is 0 where the service does not say.
type Progress struct {
	Done, Total int64
	Elapsed     time.Duration
}

// ErrBusy says that the feed is being polled at this moment, here or by another process.
var ErrBusy error = problem.New(problem.Conflict, "the feed is being polled at this moment")

// lockClass is the first half of the advisory locks that keep two polls of a feed apart ("poll" in ASCII).
const lockClass int32 = 0x706f6c6c

// Poll polls one feed to the end. ErrBusy when that is going on already. What the poll did is on record as a run,
// whatever it returns; the error is in words for people.
func (p *Poller) Poll(ctx context.Context, feed string, o Options) (result intel.RunResult, err error) {
	result.Feed = feed
	source, err := p.sources.Find(feed)
	if err != nil {
		return result, err
	}
	release, err := p.lock(ctx, feed)
	if err != nil {
		return result, err
	}
	defer release()
	key, err := p.keys.Key(ctx, feed)
	if err != nil {
		return result, err
	}
	trigger := intel.TriggerPoll
	if o.Reconcile {
		trigger = intel.TriggerReconcile
	}
	wanted, err := p.wanted(ctx, source)
	if err != nil {
		return result, err
	}
	run, err := p.store.BeginPoll(ctx, feed, trigger, o.AcceptWithdrawals)
	if err != nil {
		return result, err
	}
	p.hint(ctx, feed)
	began := time.Now()
	cause := p.drive(ctx, source, run, intel.Ask{Cursor: run.Cursor, Key: key, Reconcile: o.Reconcile, Wanted: wanted}, func(s intel.Step) {
		if o.Progress != nil && s.Done > 0 {
			o.Progress(Progress{Done: s.Done, Total: s.Total, Elapsed: time.Since(began)})
		}
	})
	result, err = p.store.EndPoll(ctx, run, cause)
	p.hint(ctx, feed)
	return result, err
}

// wantedAtOnce bounds the reports that one poll asks for in full beside what is new.
const wantedAtOnce = 100

// wanted looks, for a feed of threat reports, which of its headers touch us by now.
func (p *Poller) wanted(ctx context.Context, source Source) ([]string, error) {
	if !source.Reports {
		return nil, nil
	}
	if _, err := p.store.RefreshTouches(ctx, p.store.Rules()); err != nil {
		return nil, err
	}
	return p.store.WantedReports(ctx, source.Feed.Name(), wantedAtOnce, p.store.Now())
}

func (p *Poller) drive(ctx context.Context, source Source, run *intel.Poll, ask intel.Ask, stored func(intel.Step)) error {
	if source.NeedsKey && ask.Key == "" {
		return needsKey(source)
	}
	for step, err := range source.Feed.Poll(ctx, ask) {
		if err != nil {
			return err
		}
		if err := p.store.StoreStep(ctx, run, step); err != nil {
			return err
		}
		stored(step)
	}
	return ctx.Err()
}

// lock makes sure of a single poll of the feed. The lock is the connection's, so that it goes with the process.
func (p *Poller) lock(ctx context.Context, feed string) (release func(), err error) {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to poll feed %s: %w", feed, pg.Problem(err))
	}
	var got bool
	err = conn.QueryRow(ctx, `select pg_try_advisory_lock($1, hashtext($2))`, lockClass, feed).Scan(&got)
	if err != nil || !got {
		conn.Release()
		if err != nil {
			return nil, fmt.Errorf("lock feed %s: %w", feed, pg.Problem(err))
		}
		return nil, ErrBusy
	}
	return func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if _, err := conn.Exec(ending, `select pg_advisory_unlock($1, hashtext($2))`, lockClass, feed); err != nil {
			// A connection that may still hold the lock must not go back into the pool.
			_ = conn.Conn().Close(ending)
		}
		conn.Release()
	}, nil
}

// hint tells open pages that the feed's state changed. That nobody hears it is no reason to end a poll.
func (p *Poller) hint(ctx context.Context, feed string) {
	telling, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := live.Send(telling, p.pool, live.Hint{Kind: live.Feeds, Feed: feed}); err != nil {
		p.log.Warn("open pages could not be told of a feed's change", zap.String("feed", feed), zap.Error(err))
	}
}
