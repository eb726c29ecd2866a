package logging_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/threatwerk/threatwerk/internal/platform/logging"
)

func TestNewRefusesAnUnknownLevel(t *testing.T) {
	t.Parallel()
	if _, err := logging.New("loud", "1"); err == nil {
		t.Error("accepted")
	}
	log, err := logging.New("warn", "1")
	if err != nil {
		t.Fatal(err)
	}
	if log.Core().Enabled(zap.InfoLevel) || !log.Core().Enabled(zap.WarnLevel) {
		t.Error("level warn does not begin at warn")
	}
}

type deeper struct{}

func TestAnEventCollectsItsFields(t *testing.T) {
	t.Parallel()
	logging.Add(context.Background(), zap.Int("lost", 1)) // outside an event: nothing happens
	ctx, event := logging.WithEvent(context.Background())
	inner := context.WithValue(ctx, deeper{}, true)
	logging.Add(inner, zap.String("sbom", "7"), zap.Int("matched", 1))
	logging.Add(ctx, zap.Int("matched", 2))
	core, lines := observer.New(zap.InfoLevel)
	zap.New(core).Info("job", event.Fields()...)
	want := map[string]any{"sbom": "7", "matched": int64(2)}
	if diff := cmp.Diff(want, lines.All()[0].ContextMap()); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestSlogWritesToTheSameLog(t *testing.T) {
	t.Parallel()
	core, lines := observer.New(zap.DebugLevel)
	log := logging.Slog(zap.New(core)).With("client", "a").WithGroup("job")
	log.Info("started", "id", 1)
	log.Warn("slow", slog.Duration("took", 5))
	log.Error("failed", "error", errors.New("boom"))
	got := lines.AllUntimed()
	if len(got) != 3 {
		t.Fatalf("%d lines, want 3", len(got))
	}
	for i, want := range []struct {
		level zap.AtomicLevel
		field string
	}{
		{zap.NewAtomicLevelAt(zap.DebugLevel), "job.id"},
		{zap.NewAtomicLevelAt(zap.WarnLevel), "job.took"},
		{zap.NewAtomicLevelAt(zap.ErrorLevel), "job.error"},
	} {
		fields := got[i].ContextMap()
		if got[i].Level != want.level.Level() || fields[want.field] == nil || fields["client"] != "a" {
			t.Errorf("line %d: level %s, fields %v; want level %s with %s", i, got[i].Level, fields, want.level.Level(), want.field)
		}
	}
}
