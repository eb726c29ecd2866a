package poll

import (
	"fmt"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// The states of a feed, the first that fits.
const (
	StatePaused   = "paused"
	StateNeedsKey = "needs_key"
	StateAsks     = "asks"
	StateLoading  = "loading" // its first poll is at work
	StatePolling  = "polling"
	StateBehind   = "behind"
	StateFailing  = "failing" // the last poll failed; what is held is not old yet
	StateWaiting  = "waiting" // never polled, and due
	StateCurrent  = "current"
)

// State tells how a feed is.
func State(f intel.FeedStatus, source Source, hasKey bool, interval time.Duration, now time.Time) string {
	running := f.LastRun != nil && f.LastRun.Outcome == intel.OutcomeRunning && f.LastRun.Trigger != intel.TriggerImport
	switch {
	case running && f.LastSuccessAt == nil:
		return StateLoading
	case running:
		return StatePolling
	case f.PausedAt != nil:
		return StatePaused
	case source.NeedsKey && !hasKey:
		return StateNeedsKey
	case f.Question != "":
		return StateAsks
	case behindWhy(f, source, interval, now) != "":
		return StateBehind
	case f.Failures > 0:
		return StateFailing
	case f.LastSuccessAt == nil:
		return StateWaiting
	}
	return StateCurrent
}

// grace is what a poll may be late by before anybody is told.
const grace = time.Hour

// behindWhy says in words why a feed is behind; empty when it is not. It looks at what is held, not at single errors:
// a poll that fails and is made up for within the interval is nobody's business.
func behindWhy(f intel.FeedStatus, source Source, interval time.Duration, now time.Time) string {
	if f.PausedAt != nil {
		return ""
	}
	if f.LastSuccessAt == nil {
		if f.FailingSince != nil && now.Sub(*f.FailingSince) > interval+grace {
			return "it was never polled to the end, and has failed since " + stamp(*f.FailingSince) + ": " + f.LastError
		}
		return ""
	}
	if now.Sub(*f.LastSuccessAt) > interval+grace {
		why := "the last poll that worked was at " + stamp(*f.LastSuccessAt)
		if f.LastError != "" {
			why += "; since then: " + f.LastError
		}
		return why
	}
	if source.Quiet > 0 && f.Newest != nil && now.Sub(*f.Newest) > source.Quiet+interval {
		return fmt.Sprintf("%s has told of nothing new since %s, though polls succeed; it is usually silent for %s at most",
			source.Title, stamp(*f.Newest), hours(source.Quiet))
	}
	return ""
}

// Unusual says in words what is odd and yet no fault; empty for nothing.
func Unusual(f intel.FeedStatus, source Source, now time.Time) string {
	if source.Quiet > 0 && f.EmptyPolls > 1 && f.Newest != nil && now.Sub(*f.Newest) > source.Quiet {
		return fmt.Sprintf("0 records in the last %d polls, unusual: %s is silent for %s at most", f.EmptyPolls, source.Title, hours(source.Quiet))
	}
	return ""
}

// NextPoll is when the next poll comes due; nil when none does.
func NextPoll(f intel.FeedStatus, interval time.Duration) *time.Time {
	if f.PausedAt != nil || f.Question != "" || f.ClaimedAt == nil {
		return nil
	}
	wait := interval
	if f.Failures > 0 {
		wait = min(interval, intel.RetryAfter(f.Failures))
	}
	next := f.ClaimedAt.Add(wait)
	return &next
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func hours(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
	return fmt.Sprintf("%d hours", int(d.Hours()))
}

func needsKey(s Source) error {
	return problem.New(problem.Conflict, "%s is not polled without a key: %s", s.Title, s.WithoutKey)
}
