package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/mux"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/logging"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// event is one request's line in the log, filled while the request proceeds.
type event struct {
	id     string
	route  string
	err    error
	fields *logging.Event
}

type eventKey struct{}

func eventOf(ctx context.Context) *event {
	e, _ := ctx.Value(eventKey{}).(*event)
	return e
}

// requestID is the id that the request's line in the log bears; empty outside a request.
func requestID(ctx context.Context) string {
	if e := eventOf(ctx); e != nil {
		return e.id
	}
	return ""
}

// noteError keeps the cause for the event line.
func noteError(ctx context.Context, err error) {
	if e := eventOf(ctx); e != nil {
		e.err = err
	}
}

// routed puts the route's template on the line: paths alone cannot be counted.
func routed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if template, err := mux.CurrentRoute(r).GetPathTemplate(); err == nil {
			logging.Add(r.Context(), zap.String("route", template))
			if e := eventOf(r.Context()); e != nil {
				e.route = template
			}
		}
		next.ServeHTTP(w, r)
	})
}

// write writes the line: errors that nobody expected at level error, with their cause.
func (e *event) write(log *zap.Logger, r *http.Request, w *recorder, began time.Time) {
	fields := []zap.Field{
		zap.String("request_id", e.id), zap.String("method", r.Method), zap.String("path", r.URL.Path),
		zap.Int("status", w.status), zap.Int64("bytes_out", w.written), zap.Duration("took", time.Since(began)),
	}
	fields = append(fields, e.fields.Fields()...)
	switch {
	case e.err == nil && r.URL.Path == "/health":
		log.Debug("request", fields...) // load balancers ask all the time
	case e.err == nil:
		log.Info("request", fields...)
	case problem.Is(e.err, problem.Internal) && !errors.Is(e.err, context.Canceled):
		log.Error("request", append(fields, zap.Error(e.err))...)
	default:
		log.Info("request", append(fields, zap.String("problem", string(problem.KindOf(e.err))), zap.Error(e.err))...)
	}
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status  int
	written int64
}

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.written += int64(n)
	return n, err
}

// Unwrap gives http.ResponseController the writer below.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
