package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/threatwerk/threatwerk/internal/jobs"
)

// perJob bounds the advisories of one job (jobs.MatchAdvisories).
const perJob = 1000

// Enqueuer inserts matching jobs for changed advisories, in the transaction that changed them.
type Enqueuer struct{ Client *river.Client[pgx.Tx] }

// EnqueueMatchAdvisories implements intel.Enqueuer.
func (e Enqueuer) EnqueueMatchAdvisories(ctx context.Context, tx pgx.Tx, advisoryRows []int64) error {
	var params []river.InsertManyParams
	for part := range slices.Chunk(advisoryRows, perJob) {
		params = append(params, river.InsertManyParams{
			Args: jobs.MatchAdvisories{AdvisoryIDs: part}, InsertOpts: &river.InsertOpts{Queue: jobs.QueueMatching},
		})
	}
	if len(params) == 0 {
		return nil
	}
	if _, err := e.Client.InsertManyTx(ctx, tx, params); err != nil {
		return fmt.Errorf("queue matching of %d advisories: %w", len(advisoryRows), err)
	}
	return nil
}
