package poll

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/jobs"
)

// look is how often it is asked which polls are due.
const look = time.Minute

// Inserter queues jobs in a transaction.
type Inserter interface {
	InsertManyTx(ctx context.Context, tx pgx.Tx, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error)
}

// Scheduler hands out polls.
type Scheduler struct {
	poller *Poller
	jobs   Inserter
	pace   intel.Pace
	now    func() time.Time

	mu      sync.Mutex
	touched string    // the store's marker when touches were refreshed last
	trimmed time.Time // when reports were trimmed last
}

// NewScheduler makes a scheduler. jobs may be set later, before the first job is worked: the client that inserts is made
// with the workers that need it.
func NewScheduler(p *Poller, pace intel.Pace) *Scheduler {
	return &Scheduler{poller: p, pace: pace, now: time.Now}
}

// At gives the same scheduler with another clock, for tests.
func (s *Scheduler) At(now func() time.Time) *Scheduler {
	return &Scheduler{poller: s.poller, jobs: s.jobs, pace: s.pace, now: now}
}

// Use says through what polls are queued.
func (s *Scheduler) Use(jobs Inserter) { s.jobs = jobs }

// Periodic is the job by which whichever process leads looks for polls that are due.
func Periodic() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(look), func() (river.JobArgs, *river.InsertOpts) {
		return jobs.ScheduleFeeds{}, &river.InsertOpts{Queue: jobs.QueueSchedule, UniqueOpts: unfinished()}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// unfinished makes a job unique by its arguments until it has ended.
func unfinished() river.UniqueOpts {
	return river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending,
		rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}}
}

// HandOut queues the polls that are due, each once however many processes look, and notes which feeds are behind.
func (s *Scheduler) HandOut(ctx context.Context) error {
	ready, err := s.ready(ctx)
	if err != nil {
		return err
	}
	err = s.poller.store.ClaimDue(ctx, ready, s.pace, func(tx pgx.Tx, due []intel.DueFeed) error {
		params := make([]river.InsertManyParams, 0, len(due))
		for _, d := range due {
			params = append(params, pollJob(jobs.PollFeed{Feed: d.Feed, Reconcile: d.Reconcile}))
		}
		_, err := s.jobs.InsertManyTx(ctx, tx, params)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.tendReports(ctx); err != nil {
		return err
	}
	return s.noteBehind(ctx)
}

// trimEvery is how often old threat reports are cut down.
const trimEvery = 24 * time.Hour

// tendReports keeps up which threat reports touch us, where something changed that decides it, and cuts old ones down.
func (s *Scheduler) tendReports(ctx context.Context) error {
	if !slices.ContainsFunc(s.poller.sources, func(one Source) bool { return one.Reports }) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	marker, err := s.poller.store.TouchMarker(ctx)
	if err != nil {
		return err
	}
	rules := s.poller.store.Rules()
	if now := s.now(); now.Sub(s.trimmed) >= trimEvery {
		if _, err := s.poller.store.TrimReports(ctx, rules, now); err != nil {
			return err
		}
		s.trimmed = now
	} else if marker != s.touched {
		if _, err := s.poller.store.RefreshTouches(ctx, rules); err != nil {
			return err
		}
	}
	s.touched = marker
	return nil
}

func pollJob(args jobs.PollFeed) river.InsertManyParams {
	// A poll that fails is on record and comes due again by itself; River retries only what never got that far.
	return river.InsertManyParams{Args: args, InsertOpts: &river.InsertOpts{Queue: jobs.QueueFeeds, UniqueOpts: unfinished()}}
}

// ready lists the feeds that can be polled: those that need a key have one.
func (s *Scheduler) ready(ctx context.Context) ([]string, error) {
	var out []string
	for _, source := range s.poller.sources {
		if source.NeedsKey {
			key, err := s.poller.keys.Key(ctx, source.Feed.Name())
			if err != nil {
				return nil, err
			}
			if key == "" {
				continue
			}
		}
		out = append(out, source.Feed.Name())
	}
	return out, nil
}

// Ask queues a poll now, for a person. accept answers the question that the feed waits with.
func (s *Scheduler) Ask(ctx context.Context, args jobs.PollFeed) error {
	source, err := s.poller.sources.Find(args.Feed)
	if err != nil {
		return err
	}
	if source.NeedsKey {
		if key, err := s.poller.keys.Key(ctx, args.Feed); err != nil {
			return err
		} else if key == "" {
			return needsKey(source)
		}
	}
	return s.poller.store.AskPoll(ctx, args.Feed, func(tx pgx.Tx) error {
		_, err := s.jobs.InsertManyTx(ctx, tx, []river.InsertManyParams{pollJob(args)})
		return err
	})
}

func (s *Scheduler) noteBehind(ctx context.Context) error {
	statuses, err := s.poller.store.Feeds(ctx, s.poller.sources.Names())
	if err != nil {
		return err
	}
	behind := map[string]string{}
	for i, f := range statuses {
		if why := behindWhy(f, s.poller.sources[i], s.pace.Interval, s.now()); why != "" {
			behind[f.Feed] = why
		}
	}
	opened, closed, err := s.poller.store.NoteBehind(ctx, s.poller.sources.Names(), behind)
	for _, feed := range opened {
		s.poller.log.Warn("intel feed is behind", zap.String("feed", feed), zap.String("reason", behind[feed]))
	}
	for _, feed := range closed {
		s.poller.log.Info("intel feed is current again", zap.String("feed", feed))
	}
	return err
}

// AddWorkers registers the workers of this package's jobs.
func AddWorkers(workers *river.Workers, s *Scheduler) {
	river.AddWorker(workers, &scheduleWorker{s: s})
	river.AddWorker(workers, &pollWorker{s: s})
}

type scheduleWorker struct {
	river.WorkerDefaults[jobs.ScheduleFeeds]
	s *Scheduler
}

func (w *scheduleWorker) Timeout(*river.Job[jobs.ScheduleFeeds]) time.Duration { return time.Minute }

func (w *scheduleWorker) Work(ctx context.Context, _ *river.Job[jobs.ScheduleFeeds]) error {
	return w.s.HandOut(ctx)
}

type pollWorker struct {
	river.WorkerDefaults[jobs.PollFeed]
	s *Scheduler
}

// Timeout: none. A first load takes as long as the service allows, and every step of it is kept.
func (w *pollWorker) Timeout(*river.Job[jobs.PollFeed]) time.Duration { return -1 }

func (w *pollWorker) Work(ctx context.Context, job *river.Job[jobs.PollFeed]) error {
	result, err := w.s.poller.Poll(ctx, job.Args.Feed, Options{
		Reconcile: job.Args.Reconcile, AcceptWithdrawals: job.Args.AcceptWithdrawals,
	})
	switch {
	case errors.Is(err, ErrBusy):
		return river.JobSnooze(look)
	case ctx.Err() != nil:
		// Told to end: the job goes to another process, or to this one's successor.
		return err
	case err != nil && result.RunID == 0:
		return err
	case err != nil:
		w.s.poller.log.Warn("intel feed poll failed", zap.String("feed", job.Args.Feed), zap.Error(err))
		return nil
	}
	w.s.poller.log.Info("intel feed polled", zap.String("feed", job.Args.Feed), zap.Int64("seen", result.Seen),
		zap.Int64("added", result.Added), zap.Int64("changed", result.Changed), zap.Int64("withdrawn", result.Withdrawn),
		zap.Int64("refused", result.Refused), zap.Duration("elapsed", result.Elapsed))
	return nil
}
