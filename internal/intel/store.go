package intel

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// Enqueuer inserts jobs.MatchAdvisories for these advisories.id within tx, split into jobs as it sees fit.
type Enqueuer interface {
	EnqueueMatchAdvisories(ctx context.Context, tx pgx.Tx, advisoryRows []int64) error
}

// Store keeps what the feeds say. It is the only writer of the tables of 002_create_intel.
type Store struct {
	db   pg.DB
	jobs Enqueuer
	now  func() time.Time
	// rules say how much of threat reports is kept; the zero value means the defaults.
	rules ReportRules
}

// NewStore builds a store over a pool. A nil jobs enqueues nothing: nobody matches (scan, tests).
func NewStore(db pg.DB, jobs Enqueuer) *Store {
	return &Store{db: db, jobs: jobs, now: time.Now}
}

// writerLock is the advisory lock of a batch's transaction: alias groups reach across records, so two writers of
// advisories take turns ("intel" in ASCII).
const writerLock int64 = 0x696e74656c

// At gives the same store with another clock, for tests.
func (s *Store) At(now func() time.Time) *Store {
	other := *s
	other.now = now
	return &other
}

// Keeping gives the same store with these rules for threat reports.
func (s *Store) Keeping(rules ReportRules) *Store {
	other := *s
	other.rules = rules
	return &other
}

// Rules are those that the store keeps threat reports by.
func (s *Store) Rules() ReportRules { return s.rules }

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.now() }
