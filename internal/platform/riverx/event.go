package riverx

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/logging"
)

// eventLine writes one line a job attempt, with the fields that the worker added by logging.Add.
func eventLine(log *zap.Logger, watch func(kind, outcome string, took time.Duration)) river.WorkerMiddlewareFunc {
	return func(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
		ctx, event := logging.WithEvent(ctx)
		began := time.Now()
		err := work(ctx)
		fields := append(jobFields(job),
			zap.Duration("took", time.Since(began)), zap.Duration("waited", began.Sub(job.ScheduledAt)))
		fields = append(fields, event.Fields()...)
		var snooze *rivertype.JobSnoozeError
		level, outcome := zap.InfoLevel, "done"
		switch {
		case err == nil:
		case errors.As(err, &snooze):
			outcome, fields = "later", append(fields, zap.Duration("in", snooze.Duration))
		case errors.Is(err, context.Canceled):
			level, outcome = zap.WarnLevel, "interrupted"
		case job.Attempt >= job.MaxAttempts || errors.As(err, new(*rivertype.JobCancelError)):
			level, outcome = zap.ErrorLevel, "given up"
		default:
			level, outcome = zap.WarnLevel, "failed"
		}
		if err != nil && snooze == nil {
			fields = append(fields, zap.Error(err))
		}
		log.Log(level, "job", append(fields, zap.String("outcome", outcome))...)
		watch(job.Kind, outcome, time.Since(began))
		return err
	}
}

func jobFields(job *rivertype.JobRow) []zap.Field {
	return []zap.Field{
		zap.Int64("job_id", job.ID), zap.String("kind", job.Kind), zap.String("queue", job.Queue), zap.Int("attempt", job.Attempt),
	}
}

// panicLine writes the line of an attempt that panicked: the middleware does not see its end.
type panicLine struct {
	log   *zap.Logger
	watch func(kind, outcome string, took time.Duration)
}

// HandleError implements river.ErrorHandler: the event line has said it.
func (panicLine) HandleError(context.Context, *rivertype.JobRow, error) *river.ErrorHandlerResult {
	return nil
}

// HandlePanic implements river.ErrorHandler.
func (p panicLine) HandlePanic(_ context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	p.log.Error("job", append(jobFields(job), zap.String("outcome", "panicked"),
		zap.String("panic", fmt.Sprint(value)), zap.String("trace", trace))...)
	p.watch(job.Kind, "panicked", 0)
	return nil
}
