package riverx

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// attempt is one try of one job: a job that runs again elsewhere is another.
type attempt struct {
	job    int64
	number int16
}

// sweeper hands orphaned jobs back.
type sweeper struct {
	db     pg.DB
	config Config
	now    func() time.Time
	// since is when each attempt was first seen without a living client.
	since map[attempt]time.Time
}

func newSweeper(pool *pgxpool.Pool, c Config) *sweeper {
	return &sweeper{db: pool, config: c, now: time.Now, since: map[attempt]time.Time{}}
}

func (s *sweeper) run(ctx context.Context) {
	tick := time.NewTicker(s.config.SweepEvery)
	defer tick.Stop()
	for {
		bounded, cancel := context.WithTimeout(ctx, answer)
		rescued, err := s.sweep(bounded)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.config.Log.Warn("sweep for orphaned jobs failed", zap.Error(err))
		case rescued > 0:
			s.config.Log.Warn("orphaned jobs handed back", zap.Int64("jobs", rescued))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweep looks once and hands back what has been orphaned for the time of grace.
func (s *sweeper) sweep(ctx context.Context) (int64, error) {
	seen, err := s.orphans(ctx)
	if err != nil {
		// Without an answer nobody can be told from the dead: the time of grace begins again.
		clear(s.since)
		return 0, fmt.Errorf("look for orphaned jobs: %w", err)
	}
	now := s.now()
	still := make(map[attempt]time.Time, len(seen))
	var jobs []int64
	var numbers []int16
	for _, a := range seen {
		first, known := s.since[a]
		if !known {
			first = now
		}
		still[a] = first
		if now.Sub(first) >= s.config.Grace {
			jobs, numbers = append(jobs, a.job), append(numbers, a.number)
		}
	}
	s.since = still
	if len(jobs) == 0 {
		return 0, nil
	}
	return s.handBack(ctx, jobs, numbers)
}

// orphans lists the running attempts whose client, the last of attempted_by, holds no lock. Object ids are unsigned,
// hashes signed: hence the mask.
func (s *sweeper) orphans(ctx context.Context) ([]attempt, error) {
	rows, err := s.db.Query(ctx, `
		with living as materialized (
		    select l.objid::bigint as key
		    from pg_locks l
		    where l.locktype = 'advisory' and l.objsubid = 2 and l.granted and l.classid = @class
		      and l.database = (select oid from pg_database where datname = current_database()))
		select j.id, j.attempt
		from river_job j
		where j.state = 'running'
		  and coalesce(hashtext(j.attempted_by[cardinality(j.attempted_by)])::bigint & 4294967295, -1)
		      not in (select key from living)
		order by j.id
		limit 1000`, pgx.NamedArgs{"class": lockClass})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (attempt, error) {
		var a attempt
		err := row.Scan(&a.job, &a.number)
		return a, err
	})
}

// handBack puts attempts back into the queue: the first at once, later ones after a growing pause, since a job that takes
// its process along each time must not do so without rest; one without attempts left is given up.
func (s *sweeper) handBack(ctx context.Context, jobs []int64, numbers []int16) (int64, error) {
	tag, err := s.db.Exec(ctx, `
		with orphans as (
		    select j.id
		    from river_job j
		    join unnest(@jobs::bigint[], @numbers::smallint[]) as o (id, attempt) on o.id = j.id and o.attempt = j.attempt
		    where j.state = 'running'
		    for update of j skip locked)
		update river_job j
		set state = case when j.metadata ? 'cancel_attempted_at' then 'cancelled'::river_job_state
		                 when j.attempt >= j.max_attempts then 'discarded'
		                 else 'available' end,
		    finalized_at = case when j.metadata ? 'cancel_attempted_at' or j.attempt >= j.max_attempts then now() end,
		    scheduled_at = now() + make_interval(secs => least(600, 5 * power(j.attempt - 1, 2))),
		    errors = array_append(j.errors, jsonb_build_object('at', now(), 'attempt', j.attempt,
		        'error', 'the process that worked on it ended: ' || coalesce(j.attempted_by[cardinality(j.attempted_by)], 'unknown'),
		        'trace', ''))
		from orphans o
		where j.id = o.id`, pgx.NamedArgs{"jobs": jobs, "numbers": numbers})
	if err != nil {
		return 0, fmt.Errorf("hand orphaned jobs back: %w", err)
	}
	return tag.RowsAffected(), nil
}
