package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/intel/poll"
	"github.com/threatwerk/threatwerk/internal/jobs"
	"github.com/threatwerk/threatwerk/internal/matching"
	"github.com/threatwerk/threatwerk/internal/notify/mail"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/riverx"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
	"github.com/threatwerk/threatwerk/runtime/metrics"
)

// inserter is what stores need of the job client.
type inserter interface {
	InsertTx(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
	InsertManyTx(ctx context.Context, tx pgx.Tx, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error)
}

// enqueuer puts changed advisories into the queue.
type enqueuer struct{ jobs inserter }

// advisoriesPerJob is what one job takes on: see jobs.MatchAdvisories.
const advisoriesPerJob = 1000

// EnqueueMatchAdvisories implements intel.Enqueuer.
func (e enqueuer) EnqueueMatchAdvisories(ctx context.Context, tx pgx.Tx, advisoryRows []int64) error {
	var params []river.InsertManyParams
	for part := range slices.Chunk(advisoryRows, advisoriesPerJob) {
		params = append(params, river.InsertManyParams{
			Args: jobs.MatchAdvisories{AdvisoryIDs: part}, InsertOpts: &river.InsertOpts{Queue: jobs.QueueMatching},
		})
	}
	if len(params) == 0 {
		return nil
	}
	if _, err := e.jobs.InsertManyTx(ctx, tx, params); err != nil {
		return fmt.Errorf("queue changed advisories: %w", err)
	}
	return nil
}

// queues says how many jobs of each queue a process works at once. People wait for the interactive one; the others leave
// it the processor and the connections.
var queues = map[string]int{
	jobs.QueueInteractive: 2, jobs.QueueMatching: 1, jobs.QueueFeeds: pollsAtOnce, jobs.QueueSchedule: 1,
}

// newWorkers makes the client that works jobs, stores that insert through it, and the feeds.
func newWorkers(pool *pgxpool.Pool, c config.Config, log *zap.Logger, version string, sealer *seal.Sealer,
	postman *mail.Postman, watch *metrics.Metrics) (*riverx.Client, *Stores, *Feeds, error) {
	workers := river.NewWorkers()
	settings := riverx.Config{Queues: queues, Workers: workers, Log: log, Watch: watch.Job, Periodic: []*river.PeriodicJob{matching.Sweep()}}
	if c.IntelPollMode == config.PollService {
		settings.Periodic = append(settings.Periodic, poll.Periodic())
	}
	client, err := riverx.New(pool, settings)
	if err != nil {
		return nil, nil, nil, err
	}
	stores := newStores(pool, client)
	feeds := newFeeds(pool, stores.Intel, sealer, c, log, version)
	feeds.Scheduler.Use(client)
	matching.AddWorkers(workers, matching.NewMatcher(pool, stores.Inventory, stores.Intel, stores.Findings))
	poll.AddWorkers(workers, feeds.Scheduler)
	mail.AddWorkers(workers, postman)
	return client, stores, feeds, nil
}
