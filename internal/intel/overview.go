package intel

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// Overview says how much is held, and how each feed last ran.
type Overview struct {
	Advisories      int64
	Vulnerabilities int64
	KEV             int64
	EPSS            int64
	Feeds           []FeedState
	ByEcosystem     []EcosystemCount
}

// FeedState is a feed's newest run.
type FeedState struct {
	Feed       string
	RunID      int64
	Trigger    string
	StartedAt  time.Time
	FinishedAt *time.Time // nil: still running, or its process died
	Seen       int64
	Added      int64
	Changed    int64
	Withdrawn  int64
	Refused    int64
	Error      string
}

// EcosystemCount is the number of advisories that name a package of an ecosystem.
type EcosystemCount struct {
	Ecosystem  string
	Advisories int64
}

// Overview counts the whole store.
func (s *Store) Overview(ctx context.Context) (Overview, error) {
	var o Overview
	err := s.db.QueryRow(ctx, `
		select (select count(*) from advisories), (select count(*) from vulnerabilities), (select count(*) from kev),
			(select count(*) from epss)`).Scan(&o.Advisories, &o.Vulnerabilities, &o.KEV, &o.EPSS)
	if err != nil {
		return Overview{}, fmt.Errorf("count the intel: %w", pg.Problem(err))
	}
	rows, err := s.db.Query(ctx, `
		select distinct on (feed) feed, id, trigger, started_at, finished_at, seen, added, changed, withdrawn, refused, error
		from feed_runs
		order by feed, id desc`)
	if err != nil {
		return Overview{}, fmt.Errorf("read the feeds' runs: %w", pg.Problem(err))
	}
	if o.Feeds, err = pgx.CollectRows(rows, pgx.RowToStructByPos[FeedState]); err != nil {
		return Overview{}, fmt.Errorf("read the feeds' runs: %w", pg.Problem(err))
	}
	rows, err = s.db.Query(ctx, `
		select ecosystem, count(distinct advisory_id) as advisories
		from affected_packages
		group by ecosystem
		order by advisories desc, ecosystem`)
	if err != nil {
		return Overview{}, fmt.Errorf("count advisories by ecosystem: %w", pg.Problem(err))
	}
	if o.ByEcosystem, err = pgx.CollectRows(rows, pgx.RowToStructByPos[EcosystemCount]); err != nil {
		return Overview{}, fmt.Errorf("count advisories by ecosystem: %w", pg.Problem(err))
	}
	return o, nil
}
