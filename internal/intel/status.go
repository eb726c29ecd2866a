package intel

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// FeedStatus is how a feed is. Times are nil for what never happened.
type FeedStatus struct {
	Feed            string
	PausedAt        *time.Time
	ClaimedAt       *time.Time // when its last poll was handed out
	LastSuccessAt   *time.Time
	LastReconcileAt *time.Time
	Newest          *time.Time // the latest change that the service has told of, by its clock
	Facts           map[string]string
	Failures        int
	FailingSince    *time.Time
	LastError       string
	EmptyPolls      int
	Question        string
	BehindSince     *time.Time // of the open incident
	BehindWhy       string
	Records         int64 // held and in force
	LastRun         *FeedRun
}

// FeedRun is one poll or import.
type FeedRun struct {
	ID         int64
	Feed       string
	Trigger    string
	Outcome    string
	StartedAt  time.Time
	UpdatedAt  time.Time
	FinishedAt *time.Time
	Seen       int64
	Added      int64
	Changed    int64
	Withdrawn  int64
	Refused    int64
	Done       int64 // records of this poll so far, by the feed's own count
	Total      int64 // and in all; 0: unknown
	Error      string
	Faults     []problem.Fault
}

// Feeds lists how each of these feeds is, in their order; one that was never polled is there too.
func (s *Store) Feeds(ctx context.Context, feeds []string) ([]FeedStatus, error) {
	rows, err := s.db.Query(ctx, `
		select n.feed, f.paused_at, f.claimed_at, f.last_success_at, f.last_reconcile_at, f.newest, coalesce(f.facts, '{}'),
			coalesce(f.failures, 0), f.failing_since, coalesce(f.last_error, ''), coalesce(f.empty_polls, 0),
			coalesce(f.question, ''), i.opened_at, coalesce(i.reason, ''),
			case n.feed when 'kev' then (select count(*) from kev) when 'epss' then (select count(*) from epss)
				when 'otx' then (select count(*) from threat_reports t where t.feed = n.feed)
				else (select count(*) from advisories a where a.feed = n.feed and a.withdrawn is null) end,
			to_jsonb(r) - 'faults'
		from unnest(@feeds::text[]) with ordinality as n (feed, place)
		left join feeds f on f.feed = n.feed
		left join feed_incidents i on i.feed = n.feed and i.closed_at is null
		left join lateral (select * from feed_runs r where r.feed = n.feed order by r.id desc limit 1) r on true
		order by n.place`, pgx.NamedArgs{"feeds": feeds})
	if err != nil {
		return nil, fmt.Errorf("read how the feeds are: %w", pg.Problem(err))
	}
	list, err := pgx.CollectRows(rows, scanStatus)
	if err != nil {
		return nil, fmt.Errorf("read how the feeds are: %w", pg.Problem(err))
	}
	return list, nil
}

func scanStatus(row pgx.CollectableRow) (FeedStatus, error) {
	var f FeedStatus
	var last *runRow
	err := row.Scan(&f.Feed, &f.PausedAt, &f.ClaimedAt, &f.LastSuccessAt, &f.LastReconcileAt, &f.Newest, &f.Facts,
		&f.Failures, &f.FailingSince, &f.LastError, &f.EmptyPolls, &f.Question, &f.BehindSince, &f.BehindWhy, &f.Records, &last)
	if err != nil {
		return f, err
	}
	if last != nil {
		run := FeedRun(*last)
		f.LastRun = &run
	}
	return f, nil
}

// runRow is a feed_runs row as jsonb spells it.
type runRow FeedRun

func (r *runRow) UnmarshalJSON(data []byte) error {
	var v struct {
		ID         int64      `json:"id"`
		Feed       string     `json:"feed"`
		Trigger    string     `json:"trigger"`
		Outcome    string     `json:"outcome"`
		StartedAt  time.Time  `json:"started_at"`
		UpdatedAt  time.Time  `json:"updated_at"`
		FinishedAt *time.Time `json:"finished_at"`
		Seen       int64      `json:"seen"`
		Added      int64      `json:"added"`
		Changed    int64      `json:"changed"`
		Withdrawn  int64      `json:"withdrawn"`
		Refused    int64      `json:"refused"`
		Done       int64      `json:"done"`
		Total      int64      `json:"total"`
		Error      string     `json:"error"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*r = runRow{ID: v.ID, Feed: v.Feed, Trigger: v.Trigger, Outcome: v.Outcome, StartedAt: v.StartedAt, UpdatedAt: v.UpdatedAt,
		FinishedAt: v.FinishedAt, Seen: v.Seen, Added: v.Added, Changed: v.Changed, Withdrawn: v.Withdrawn, Refused: v.Refused,
		Done: v.Done, Total: v.Total, Error: v.Error}
	return nil
}

// Runs lists a feed's runs, newest first, before the run with this id (0: from the newest), without their faults.
func (s *Store) Runs(ctx context.Context, feed string, before int64, limit int) ([]FeedRun, error) {
	rows, err := s.db.Query(ctx, `
		select id, feed, trigger, outcome, started_at, updated_at, finished_at, seen, added, changed, withdrawn, refused, done,
			total, error, null::jsonb
		from feed_runs
		where feed = @feed and (@before = 0 or id < @before)
		order by id desc
		limit @limit`, pgx.NamedArgs{"feed": feed, "before": before, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("read the runs of feed %s: %w", feed, pg.Problem(err))
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[FeedRun])
	if err != nil {
		return nil, fmt.Errorf("read the runs of feed %s: %w", feed, pg.Problem(err))
	}
	return list, nil
}

// Run reads one run with its faults; NotFound when there is none of this feed.
func (s *Store) Run(ctx context.Context, feed string, id int64) (FeedRun, error) {
	rows, err := s.db.Query(ctx, `
		select id, feed, trigger, outcome, started_at, updated_at, finished_at, seen, added, changed, withdrawn, refused, done,
			total, error, faults
		from feed_runs
		where feed = @feed and id = @id`, pgx.NamedArgs{"feed": feed, "id": id})
	if err != nil {
		return FeedRun{}, fmt.Errorf("read run %d of feed %s: %w", id, feed, pg.Problem(err))
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[FeedRun])
	if err != nil {
		return FeedRun{}, fmt.Errorf("read run %d of feed %s: %w", id, feed, pg.Problem(err))
	}
	if len(list) == 0 {
		return FeedRun{}, problem.New(problem.NotFound, "feed %s has no run %d", feed, id)
	}
	return list[0], nil
}

// NoteBehind opens an incident for each feed named in behind, with its reason, and closes those of the others: one
// incident however long it lasts. It returns what it opened and closed.
func (s *Store) NoteBehind(ctx context.Context, feeds []string, behind map[string]string) (opened, closed []string, err error) {
	names, reasons := make([]string, 0, len(behind)), make([]string, 0, len(behind))
	for feed, reason := range behind {
		names, reasons = append(names, feed), append(reasons, reason)
	}
	err = pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			insert into feed_incidents (feed, opened_at, reason)
			select feed, @now, reason from unnest(@names::text[], @reasons::text[]) as b (feed, reason)
			on conflict (feed) where closed_at is null do nothing
			returning feed`, pgx.NamedArgs{"now": s.now(), "names": names, "reasons": reasons})
		if err != nil {
			return fmt.Errorf("open incidents: %w", err)
		}
		if opened, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return fmt.Errorf("open incidents: %w", err)
		}
		rows, err = tx.Query(ctx, `
			update feed_incidents set closed_at = @now
			where closed_at is null and feed = any(@feeds) and feed <> all(@names::text[])
			returning feed`, pgx.NamedArgs{"now": s.now(), "feeds": feeds, "names": names})
		if err != nil {
			return fmt.Errorf("close incidents: %w", err)
		}
		if closed, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return fmt.Errorf("close incidents: %w", err)
		}
		return nil
	})
	return opened, closed, pg.Problem(err)
}
