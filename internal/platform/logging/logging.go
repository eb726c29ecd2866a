// Package logging writes the log: JSON lines by zap on standard error, one event line per request and per job, filled
// while the work proceeds. Fields are named values; never a credential, an upload or a whole row.
package logging

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// New makes the logger for a level word (debug, info, warn, error). Every line bears the version.
func New(level, version string) (*zap.Logger, error) {
	at, err := zap.ParseAtomicLevel(level)
	if err != nil {
		return nil, fmt.Errorf("LOG_LEVEL is %q, want debug, info, warn or error", level)
	}
	encoder := zap.NewProductionEncoderConfig()
	encoder.TimeKey, encoder.EncodeTime = "time", utcTime
	encoder.EncodeDuration = zapcore.SecondsDurationEncoder
	log, err := zap.Config{
		Level: at, Encoding: "json", EncoderConfig: encoder,
		OutputPaths: []string{"stderr"}, ErrorOutputPaths: []string{"stderr"},
		// Errors are written where they are handled; the stack of that place says nothing.
		DisableStacktrace: true, DisableCaller: true,
	}.Build()
	if err != nil {
		return nil, fmt.Errorf("make the logger: %w", err)
	}
	return log.With(zap.String("version", version)), nil
}

func utcTime(t time.Time, enc zapcore.PrimitiveArrayEncoder) {
	enc.AppendString(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// Event collects the fields of one request's or job's line. It is safe for several goroutines.
type Event struct {
	mu     sync.Mutex
	fields []zap.Field
}

type eventKey struct{}

// WithEvent gives the context an event of its own; a request or job does so once, at the top.
func WithEvent(ctx context.Context) (context.Context, *Event) {
	e := &Event{}
	return context.WithValue(ctx, eventKey{}, e), e
}

// Add puts fields on the line of the request or job that ctx belongs to; outside of one it does nothing. A name that is
// there already gets the new value.
func Add(ctx context.Context, fields ...zap.Field) {
	e, ok := ctx.Value(eventKey{}).(*Event)
	if !ok {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
next:
	for _, f := range fields {
		for i := range e.fields {
			if e.fields[i].Key == f.Key {
				e.fields[i] = f
				continue next
			}
		}
		e.fields = append(e.fields, f)
	}
}

// Fields returns what was collected so far.
func (e *Event) Fields() []zap.Field {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]zap.Field(nil), e.fields...)
}
