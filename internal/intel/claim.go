package intel

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// DueFeed is a feed whose poll was handed out to the caller.
type DueFeed struct {
	Feed string
	// Reconcile says that a look at everything (or at the next part) is due as well.
	Reconcile bool
}

// Pace says how often feeds are polled.
type Pace struct {
	Interval  time.Duration
	Reconcile time.Duration
	// FirstAfterInterval makes a feed that was never polled wait one interval, in place of being polled at once.
	FirstAfterInterval bool
}

// firstRetry is how soon a failed poll is tried again; each further failure waits four times as long, up to the interval.
const firstRetry = time.Minute

// RetryAfter is how long a feed that failed this many times in a row waits for the next poll, as ClaimDue has it.
func RetryAfter(failures int) time.Duration {
	return firstRetry << (2 * min(max(failures-1, 0), 8))
}

// ClaimDue hands out the polls that are due among these feeds: each to one caller an interval, however many ask. A feed
// that is paused, or waits for an answer, is never due. do runs in the claim's transaction, and queues the work.
func (s *Store) ClaimDue(ctx context.Context, feeds []string, pace Pace, do func(pgx.Tx, []DueFeed) error) error {
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var first *time.Time
		now := s.now()
		if pace.FirstAfterInterval {
			first = &now
		}
		_, err := tx.Exec(ctx, `
			insert into feeds (feed, claimed_at) select feed, @first::timestamptz from unnest(@feeds::text[]) as f (feed)
			on conflict (feed) do nothing`, pgx.NamedArgs{"feeds": feeds, "first": first})
		if err != nil {
			return fmt.Errorf("note the feeds: %w", err)
		}
		rows, err := tx.Query(ctx, `
			update feeds
			set claimed_at = @now
			where feed = any(@feeds) and paused_at is null and question = ''
				and (claimed_at is null or claimed_at + case when failures = 0 then @interval::interval
					else least(@interval::interval, @retry::interval * (4 ^ least(failures - 1, 8))) end <= @now)
			returning feed, coalesce(last_reconcile_at + @reconcile::interval <= @now, false)`,
			pgx.NamedArgs{"feeds": feeds, "now": now, "interval": pace.Interval, "retry": firstRetry, "reconcile": pace.Reconcile})
		if err != nil {
			return fmt.Errorf("hand out polls that are due: %w", err)
		}
		due, err := pgx.CollectRows(rows, pgx.RowToStructByPos[DueFeed])
		if err != nil {
			return fmt.Errorf("hand out polls that are due: %w", err)
		}
		if len(due) == 0 {
			return nil
		}
		return do(tx, due)
	})
	return pg.Problem(err)
}

// AskPoll hands out a poll that a person asked for, due or not; accept answers the question that the feed waits with.
// do runs in the same transaction, and queues the work.
func (s *Store) AskPoll(ctx context.Context, feed string, do func(pgx.Tx) error) error {
	err := pg.InTx(ctx, s.db, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into feeds (feed, claimed_at) values (@feed, @now)
			on conflict (feed) do update set claimed_at = excluded.claimed_at, question = ''`,
			pgx.NamedArgs{"feed": feed, "now": s.now()})
		if err != nil {
			return fmt.Errorf("ask for a poll of feed %s: %w", feed, err)
		}
		return do(tx)
	})
	return pg.Problem(err)
}

// PauseFeed stops polls of a feed from becoming due, or lets them become due again. A poll at work goes on.
func (s *Store) PauseFeed(ctx context.Context, feed string, paused bool) error {
	_, err := s.db.Exec(ctx, `
		insert into feeds (feed, paused_at) values (@feed, case when @paused then @now::timestamptz end)
		on conflict (feed) do update set paused_at = case when @paused then coalesce(feeds.paused_at, @now) end`,
		pgx.NamedArgs{"feed": feed, "paused": paused, "now": s.now()})
	if err != nil {
		return fmt.Errorf("pause feed %s: %w", feed, pg.Problem(err))
	}
	return nil
}
