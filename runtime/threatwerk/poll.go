package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/poll"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/runtime/app"
)

func pollCommand() *cobra.Command {
	var feeds []string
	var once, reconcile bool
	cmd := &cobra.Command{
		Use: "poll [--feed NAME]... [--once] [--reconcile]", Short: "Bring what the feeds say up to date, as a scheduled task does",
		Args: takes("no arguments", 0, 0),
		Long: `poll asks each feed for what changed since it was last asked, and stores it. Without --feed it takes all of INTEL_FEEDS
that are neither paused nor lack a key they need. Without --once it goes on, every INTEL_POLL_INTERVAL.

Servers that are not to poll themselves beside it are started with INTEL_POLL_MODE=scheduled-task. Releases that a changed
record reaches are brought up to date by the running servers. It may be stopped at any moment: what is stored stays, and
the next poll goes on from there.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return logged(cmd, func(ctx context.Context, c config.Config, log *zap.Logger) error {
				stores, all, err := app.OpenFeeds(ctx, c, log, version)
				if err != nil {
					return err
				}
				defer stores.Pool.Close()
				return runPolls(ctx, all, app.PollOptions{Feeds: feeds, Reconcile: reconcile}, once, c.IntelPollInterval, cmd.ErrOrStderr())
			})
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&feeds, "feed", nil, "poll this feed (may be repeated)")
	flags.BoolVar(&once, "once", false, "end after one poll of each")
	flags.BoolVar(&reconcile, "reconcile", false, "compare with everything, or the next part, that the service holds")
	return cmd
}

func runPolls(ctx context.Context, all *app.Feeds, o app.PollOptions, once bool, every time.Duration, w io.Writer) error {
	lines := &pollLines{w: w, last: map[string]time.Time{}}
	o.Progress, o.Done = lines.progress, lines.done
	for {
		err := all.Poll(ctx, o)
		if once || ctx.Err() != nil {
			return err
		}
		next := time.NewTimer(every)
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return ctx.Err()
		}
	}
}

// pollLines writes what happens; feeds are polled side by side.
type pollLines struct {
	mu   sync.Mutex
	w    io.Writer
	last map[string]time.Time
}

// between is how often a long load says where it is.
const between = 5 * time.Second

func (l *pollLines) progress(feed string, p poll.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.last[feed]) < between {
		return
	}
	l.last[feed] = time.Now()
	if p.Total > 0 {
		rate := float64(p.Done) / max(p.Elapsed.Seconds(), 0.001)
		left := time.Duration(float64(max(p.Total-p.Done, 0)) / max(rate, 0.001) * float64(time.Second))
		fmt.Fprintf(l.w, "%s: %d of %d records (%d %%), %.0f/s, %s left\n", feed, p.Done, p.Total, 100*p.Done/p.Total, rate, left.Round(time.Second))
		return
	}
	fmt.Fprintf(l.w, "%s: %d records\n", feed, p.Done)
}

func (l *pollLines) done(r intel.RunResult, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case errors.Is(err, poll.ErrBusy):
		fmt.Fprintf(l.w, "%s: is being polled by another process at this moment\n", r.Feed)
	case err != nil:
		fmt.Fprintf(l.w, "%s: failed after %d records: %s\n", r.Feed, r.Seen, cleanLines(err.Error()))
	default:
		newProgress(l.w, r.Feed, 0).end(r, nil)
	}
}
