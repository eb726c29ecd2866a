package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/poll"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/riverx"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
)

// Feeds is everything around the feeds of one process.
type Feeds struct {
	Sources   poll.Sources
	Poller    *poll.Poller
	Scheduler *poll.Scheduler
	Desk      *poll.Desk
}

func newFeeds(pool *pgxpool.Pool, store *intel.Store, sealer *seal.Sealer, c config.Config, log *zap.Logger, version string) *Feeds {
	sources := slices.DeleteFunc(allSources(c, version), func(s poll.Source) bool { return !slices.Contains(c.IntelFeeds, s.Feed.Name()) })
	keys := poll.NewKeys(store, sealer, c.Keys(), sources)
	poller := poll.New(pool, store, sources, keys, log)
	scheduler := poll.NewScheduler(poller, intel.Pace{
		Interval: c.IntelPollInterval, Reconcile: c.IntelReconcileInterval,
		FirstAfterInterval: c.IntelFirstPoll == config.FirstAfterInterval,
	})
	return &Feeds{
		Sources: sources, Poller: poller, Scheduler: scheduler,
		Desk: poll.NewDesk(store, sources, keys, scheduler, c.IntelPollInterval),
	}
}

// PollOptions say what Poll does.
type PollOptions struct {
	Feeds     []string // none: all that can be polled
	Reconcile bool
	Progress  func(feed string, p poll.Progress)
	Done      func(r intel.RunResult, err error)
}

// pollsAtOnce bounds the feeds that one process polls at a time: each holds a connection and a batch in memory.
const pollsAtOnce = 2

// Poll polls feeds once, due or not, as the scheduled task and the poller function do. Findings are brought up to date by
// the servers' workers. A feed that another process polls at this moment, or that has no key, is passed over. The error
// joins those of all feeds.
func (f *Feeds) Poll(ctx context.Context, o PollOptions) error {
	names := o.Feeds
	if len(names) == 0 {
		views, err := f.Desk.Feeds(ctx)
		if err != nil {
			return err
		}
		for _, v := range views {
			if v.PausedAt == nil && v.Question == "" && v.State != poll.StateNeedsKey {
				names = append(names, v.Feed)
			}
		}
	}
	for _, name := range names {
		if _, err := f.Sources.Find(name); err != nil {
			return err
		}
	}
	results := make([]error, len(names))
	var work errgroup.Group
	work.SetLimit(pollsAtOnce)
	for i, name := range names {
		work.Go(func() error {
			r, err := f.Poller.Poll(ctx, name, poll.Options{Reconcile: o.Reconcile, Progress: func(p poll.Progress) {
				if o.Progress != nil {
					o.Progress(name, p)
				}
			}})
			if o.Done != nil {
				o.Done(r, err)
			}
			if err != nil && !errors.Is(err, poll.ErrBusy) {
				results[i] = fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	_ = work.Wait() // the errors are in results
	return errors.Join(results...)
}

// OpenFeeds is OpenStores with the feeds, for commands that poll and end.
func OpenFeeds(ctx context.Context, c config.Config, log *zap.Logger, version string) (*Stores, *Feeds, error) {
	stores, err := OpenStores(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	// Without ENCRYPTION_KEY the keys that people entered cannot be read; those of the environment can.
	var sealer *seal.Sealer
	if c.EncryptionKey != "" {
		if sealer, err = newSealer(c); err != nil {
			stores.Pool.Close()
			return nil, nil, err
		}
	}
	inserter, err := riverx.Inserter(stores.Pool)
	if err != nil {
		stores.Pool.Close()
		return nil, nil, err
	}
	feeds := newFeeds(stores.Pool, stores.Intel, sealer, c, log, version)
	feeds.Scheduler.Use(inserter)
	return stores, feeds, nil
}
