package matching

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/threatwerk/threatwerk/internal/jobs"
)

// AddWorkers registers the workers of this package's jobs.
func AddWorkers(workers *river.Workers, m *Matcher) {
	river.AddWorker(workers, &sbomWorker{m: m})
	river.AddWorker(workers, &advisoriesWorker{m: m})
	river.AddWorker(workers, &releasesWorker{m: m})
	river.AddWorker(workers, &sweepWorker{m: m})
}

// Sweep is the job by which whichever process leads looks each minute for assessments that expired.
func Sweep() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(time.Minute), func() (river.JobArgs, *river.InsertOpts) {
		return jobs.SweepAssessments{}, &river.InsertOpts{Queue: jobs.QueueSchedule, UniqueOpts: river.UniqueOpts{
			ByState: []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
				rivertype.JobStateRunning, rivertype.JobStateScheduled},
		}}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

type sbomWorker struct {
	river.WorkerDefaults[jobs.MatchSBOM]
	m *Matcher
}

func (w *sbomWorker) Timeout(*river.Job[jobs.MatchSBOM]) time.Duration { return 10 * time.Minute }

// Work says in the document's status when the last attempt failed, so that nobody waits for ever.
func (w *sbomWorker) Work(ctx context.Context, job *river.Job[jobs.MatchSBOM]) error {
	_, err := w.m.MatchSBOM(ctx, job.Args.SBOMID)
	if err != nil && job.Attempt >= job.MaxAttempts {
		message := "matching failed and was given up after several attempts; upload the document again, and see the server's log if it fails again"
		if markErr := w.m.sboms.MarkFailed(ctx, w.m.db, job.Args.SBOMID, message); markErr != nil {
			return fmt.Errorf("%w (and its status could not be noted: %w)", err, markErr)
		}
	}
	return err
}

type advisoriesWorker struct {
	river.WorkerDefaults[jobs.MatchAdvisories]
	m *Matcher
}

func (w *advisoriesWorker) Timeout(*river.Job[jobs.MatchAdvisories]) time.Duration {
	return 30 * time.Minute
}

func (w *advisoriesWorker) Work(ctx context.Context, job *river.Job[jobs.MatchAdvisories]) error {
	_, err := w.m.MatchAdvisories(ctx, job.Args.AdvisoryIDs)
	return err
}

type releasesWorker struct {
	river.WorkerDefaults[jobs.RefreshReleases]
	m *Matcher
}

func (w *releasesWorker) Work(ctx context.Context, job *river.Job[jobs.RefreshReleases]) error {
	_, err := w.m.RefreshReleases(ctx, job.Args.ReleaseIDs)
	return err
}

type sweepWorker struct {
	river.WorkerDefaults[jobs.SweepAssessments]
	m *Matcher
}

func (w *sweepWorker) Work(ctx context.Context, _ *river.Job[jobs.SweepAssessments]) error {
	_, err := w.m.SweepAssessments(ctx)
	return err
}
