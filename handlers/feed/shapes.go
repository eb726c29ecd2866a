package feed

import (
	"time"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/poll"
)

// FeedStatus is one service that intel comes from.
type FeedStatus struct {
	Feed            string            `json:"feed" example:"nvd"`
	Title           string            `json:"title" example:"NVD"`
	Site            string            `json:"site" doc:"Where people read about it."`
	Notice          string            `json:"notice" doc:"What its terms ask to be shown; often empty."`
	State           string            `json:"state" enum:"current,polling,loading,waiting,failing,behind,asks,needs_key,paused" doc:"loading: the first poll is at work; waiting: due and not begun; failing: the last poll failed and what is held is not old yet; behind: what is held is older than it should be; asks: see question."`
	Records         int64             `json:"records" doc:"Held and in force."`
	Newest          *time.Time        `json:"newest,omitempty" doc:"The latest change that the service has told of, by its own clock."`
	LastSuccessAt   *time.Time        `json:"last_success_at,omitempty"`
	LastReconcileAt *time.Time        `json:"last_reconcile_at,omitempty" doc:"When it was last compared with everything, or with a part, that the service holds."`
	NextPollAt      *time.Time        `json:"next_poll_at,omitempty" doc:"Absent while it is paused or asks."`
	IntervalSeconds int64             `json:"interval_seconds"`
	PausedAt        *time.Time        `json:"paused_at,omitempty"`
	Facts           map[string]string `json:"facts" doc:"What the service says of itself, such as the EPSS model."`
	Failures        int               `json:"failures" doc:"Failed polls in a row."`
	FailingSince    *time.Time        `json:"failing_since,omitempty"`
	LastError       string            `json:"last_error" doc:"Of the last failed poll, until one succeeds."`
	BehindSince     *time.Time        `json:"behind_since,omitempty"`
	BehindWhy       string            `json:"behind_why"`
	Unusual         string            `json:"unusual" doc:"What is odd and yet no fault, in words."`
	Question        string            `json:"question" doc:"What it waits for an answer to: a poll that would withdraw many records."`
	LastRun         *PollRun          `json:"last_run,omitempty"`
	Key             FeedKey           `json:"key"`
}

// FeedKey is what may be known of a feed's API key.
type FeedKey struct {
	Taken      bool       `json:"taken" doc:"The service knows keys."`
	Needed     bool       `json:"needed" doc:"Without one the feed is not polled."`
	WithoutKey string     `json:"without_key" doc:"What goes without a key."`
	From       string     `json:"from" enum:"none,entered,environment"`
	Hint       string     `json:"hint" doc:"By which a person recognises it; never the key."`
	UpdatedAt  *time.Time `json:"updated_at,omitempty"`
	TestedAt   *time.Time `json:"tested_at,omitempty" doc:"When the service accepted it; absent when it could not be asked."`
	Unreadable bool       `json:"unreadable" doc:"Sealed with another ENCRYPTION_KEY: enter it again."`
}

// PollRun is one poll or import.
type PollRun struct {
	RunID       int64      `json:"run_id"`
	Trigger     string     `json:"trigger" doc:"poll, reconcile, import or bundle."`
	Outcome     string     `json:"outcome" enum:"running,done,failed,asks,cut" doc:"cut: its process ended, or was told to end; the next run goes on from there."`
	StartedAt   time.Time  `json:"started_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	FinishedAt  *time.Time `json:"finished_at,omitempty"`
	Seen        int64      `json:"seen"`
	Added       int64      `json:"added"`
	Changed     int64      `json:"changed"`
	Withdrawn   int64      `json:"withdrawn"`
	Refused     int64      `json:"refused" doc:"Records that could not be read."`
	Done        int64      `json:"done" doc:"Records of this poll so far."`
	Total       int64      `json:"total" doc:"And in all; 0 where the service does not say."`
	RatePerSec  float64    `json:"rate_per_second" doc:"Of a run at work."`
	LeftSeconds int64      `json:"left_seconds" doc:"What a run at work will need, by its rate; 0 where unknown."`
	Error       string     `json:"error"`
}

// PollRunDetail is a run with what it refused.
type PollRunDetail struct {
	PollRun
	Faults []wire.Fault `json:"faults" doc:"Refused records, then warnings; bounded in number."`
}

func feedOf(v poll.View) FeedStatus {
	f := FeedStatus{
		Feed: v.Feed, Title: v.Source.Title, Site: v.Source.Site, Notice: v.Source.Notice, State: v.State, Records: v.Records,
		Newest: v.Newest, LastSuccessAt: v.LastSuccessAt, LastReconcileAt: v.LastReconcileAt, NextPollAt: v.NextPoll,
		IntervalSeconds: int64(v.Interval.Seconds()), PausedAt: v.PausedAt, Facts: v.Facts, Failures: v.Failures,
		FailingSince: v.FailingSince, LastError: v.LastError, BehindSince: v.BehindSince, BehindWhy: v.BehindWhy,
		Unusual: v.Unusual, Question: v.Question,
		Key: FeedKey{
			Taken: v.Source.TakesKey(), Needed: v.Source.NeedsKey, WithoutKey: v.Source.WithoutKey, From: v.Key.From, Hint: v.Key.Hint,
			UpdatedAt: v.Key.UpdatedAt, TestedAt: v.Key.TestedAt, Unreadable: v.Key.Unreadable,
		},
	}
	if f.Facts == nil {
		f.Facts = map[string]string{}
	}
	if v.LastRun != nil {
		r := runOf(*v.LastRun)
		r.RatePerSec, r.LeftSeconds = v.Rate, int64(v.Left.Seconds())
		f.LastRun = &r
	}
	return f
}

func runOf(r intel.FeedRun) PollRun {
	return PollRun{
		RunID: r.ID, Trigger: r.Trigger, Outcome: r.Outcome, StartedAt: r.StartedAt, UpdatedAt: r.UpdatedAt, FinishedAt: r.FinishedAt,
		Seen: r.Seen, Added: r.Added, Changed: r.Changed, Withdrawn: r.Withdrawn, Refused: r.Refused, Done: r.Done, Total: r.Total,
		Error: r.Error,
	}
}
