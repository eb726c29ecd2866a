package intel

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// DB is what the store needs of a connection pool.
type DB interface {
	Querier
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Begin(ctx context.Context) (pgx.Tx, error)
}

// Enqueuer inserts jobs.MatchAdvisories for these advisories.id within tx; ids are split into jobs by the implementation.
type Enqueuer interface {
	EnqueueMatchAdvisories(ctx context.Context, tx pgx.Tx, advisoryRows []int64) error
}

// Store keeps what the feeds say. It is the only writer of the tables of 002_create_intel.
type Store struct {
	db   DB
	jobs Enqueuer
	now  func() time.Time
}

// NewStore builds a store over a pool. A nil jobs enqueues nothing: nobody matches (scan, tests).
func NewStore(db DB, jobs Enqueuer) *Store {
	return &Store{db: db, jobs: jobs, now: time.Now}
}
