package poll

import (
	"context"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/jobs"
)

// Desk is what people do with feeds: look at them, ask for polls, pause them and keep their keys.
type Desk struct {
	store     *intel.Store
	sources   Sources
	keys      *Keys
	scheduler *Scheduler
	interval  time.Duration
	now       func() time.Time
}

// NewDesk makes a desk.
func NewDesk(store *intel.Store, sources Sources, keys *Keys, scheduler *Scheduler, interval time.Duration) *Desk {
	return &Desk{store: store, sources: sources, keys: keys, scheduler: scheduler, interval: interval, now: time.Now}
}

// View is a feed as people see it.
type View struct {
	intel.FeedStatus
	Source   Source
	State    string
	Unusual  string
	Key      KeyStatus
	NextPoll *time.Time
	Interval time.Duration
	// Rate is records a second of the run at work, Left the time it will need by that; zero where unknown.
	Rate float64
	Left time.Duration
}

// Feeds shows all feeds.
func (d *Desk) Feeds(ctx context.Context) ([]View, error) {
	return d.views(ctx, d.sources)
}

// Feed shows one; NotFound when there is none of that name.
func (d *Desk) Feed(ctx context.Context, feed string) (View, error) {
	source, err := d.sources.Find(feed)
	if err != nil {
		return View{}, err
	}
	list, err := d.views(ctx, Sources{source})
	if err != nil {
		return View{}, err
	}
	return list[0], nil
}

func (d *Desk) views(ctx context.Context, sources Sources) ([]View, error) {
	statuses, err := d.store.Feeds(ctx, sources.Names())
	if err != nil {
		return nil, err
	}
	keys, err := d.keys.Status(ctx)
	if err != nil {
		return nil, err
	}
	now := d.now()
	views := make([]View, len(statuses))
	for i, f := range statuses {
		source := sources[i]
		key, ok := keys[f.Feed]
		if !ok {
			key = KeyStatus{From: FromNowhere}
		}
		v := View{FeedStatus: f, Source: source, Key: key, Interval: d.interval}
		v.State = State(f, source, ok && !key.Unreadable, d.interval, now)
		v.Unusual = Unusual(f, source, now)
		v.NextPoll = NextPoll(f, d.interval)
		if r := f.LastRun; r != nil && r.Outcome == intel.OutcomeRunning {
			v.Rate, v.Left = speed(*r)
		}
		views[i] = v
	}
	return views, nil
}

// speed reckons by what a run has done from its start to its last step.
func speed(r intel.FeedRun) (rate float64, left time.Duration) {
	elapsed := r.UpdatedAt.Sub(r.StartedAt).Seconds()
	if elapsed <= 0 || r.Done == 0 {
		return 0, 0
	}
	rate = float64(r.Done) / elapsed
	if r.Total > r.Done {
		left = time.Duration(float64(r.Total-r.Done) / rate * float64(time.Second))
	}
	return rate, left
}

// Runs lists a feed's runs, newest first, before that id (0: from the newest).
func (d *Desk) Runs(ctx context.Context, feed string, before int64, limit int) ([]intel.FeedRun, error) {
	if _, err := d.sources.Find(feed); err != nil {
		return nil, err
	}
	return d.store.Runs(ctx, feed, before, limit)
}

// Run reads one run with its faults.
func (d *Desk) Run(ctx context.Context, feed string, id int64) (intel.FeedRun, error) {
	if _, err := d.sources.Find(feed); err != nil {
		return intel.FeedRun{}, err
	}
	return d.store.Run(ctx, feed, id)
}

// Poll queues a poll now.
func (d *Desk) Poll(ctx context.Context, args jobs.PollFeed) (View, error) {
	if err := d.scheduler.Ask(ctx, args); err != nil {
		return View{}, err
	}
	return d.Feed(ctx, args.Feed)
}

// Pause pauses a feed, or lets it go on.
func (d *Desk) Pause(ctx context.Context, feed string, paused bool) (View, error) {
	if _, err := d.sources.Find(feed); err != nil {
		return View{}, err
	}
	if err := d.store.PauseFeed(ctx, feed, paused); err != nil {
		return View{}, err
	}
	return d.Feed(ctx, feed)
}

// SetKey tests and stores a key.
func (d *Desk) SetKey(ctx context.Context, feed, key string) (View, error) {
	if _, err := d.keys.Set(ctx, feed, key); err != nil {
		return View{}, err
	}
	return d.Feed(ctx, feed)
}

// DropKey forgets an entered key.
func (d *Desk) DropKey(ctx context.Context, feed string) (View, error) {
	if err := d.keys.Drop(ctx, feed); err != nil {
		return View{}, err
	}
	return d.Feed(ctx, feed)
}
