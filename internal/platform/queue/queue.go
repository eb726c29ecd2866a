// Package queue reads the state of background jobs for people. Running them is the business of the queue's own client.
package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Job is the state of one background job.
type Job struct {
	ID          int64
	Kind        string
	State       string // available, pending, running, retryable, scheduled, completed, discarded, cancelled
	Attempt     int
	CreatedAt   time.Time
	FinalizedAt *time.Time
	// Failed: the last attempt ended with an error. Its text is for the log: it may quote what the job worked on.
	Failed bool
}

// Inserted is the state of a job that was just put into the queue.
func Inserted(row *rivertype.JobRow) Job {
	return Job{
		ID: row.ID, Kind: row.Kind, State: string(row.State), Attempt: row.Attempt, CreatedAt: row.CreatedAt,
		FinalizedAt: row.FinalizedAt, Failed: len(row.Errors) > 0,
	}
}

// Reader reads jobs.
type Reader struct{ db pg.DB }

// NewReader makes a reader on a pool.
func NewReader(db pg.DB) *Reader { return &Reader{db} }

// Job reads one job; NotFound when there is none, or it is finished and was cleared away.
func (r *Reader) Job(ctx context.Context, id int64) (Job, error) {
	var j Job
	err := r.db.QueryRow(ctx, `
		select id, kind, state::text, attempt, created_at, finalized_at,
		       coalesce(cardinality(errors), 0) > 0 and state <> 'completed'
		from river_job where id = @id`, pgx.NamedArgs{"id": id},
	).Scan(&j.ID, &j.Kind, &j.State, &j.Attempt, &j.CreatedAt, &j.FinalizedAt, &j.Failed)
	if errors.Is(err, pgx.ErrNoRows) {
		return Job{}, problem.New(problem.NotFound, "there is no job %d; finished jobs are kept for a day", id)
	}
	if err != nil {
		return Job{}, fmt.Errorf("read job %d: %w", id, err)
	}
	return j, nil
}
