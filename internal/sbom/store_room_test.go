package sbom

import (
	"context"
	"testing"

	"golang.org/x/sync/semaphore"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

func TestLargeDocumentsShareTheRoomAndSmallOnesNeverWait(t *testing.T) {
	t.Parallel()
	const size = 3 * roomStep
	all := semaphore.NewWeighted(size)
	first, second, small := reservation{of: all, size: size}, reservation{of: all, size: size}, reservation{of: all, size: size}
	if err := first.cover(t.Context(), 10*roomStep); err != nil || first.held != size {
		t.Fatalf("a document larger than the room must fit alone: held %d, %v", first.held, err)
	}
	if err := small.cover(t.Context(), roomStep); err != nil || small.held != 0 {
		t.Errorf("a small document holds %d, %v", small.held, err)
	}
	// The second waits: it goes on when the first has ended, and not before.
	done := make(chan error, 1)
	go func() { done <- second.cover(t.Context(), 2*roomStep) }()
	select {
	case err := <-done:
		t.Fatalf("the second did not wait: %v", err)
	default:
	}
	first.release()
	if err := <-done; err != nil || second.held != roomStep {
		t.Errorf("the second holds %d, %v", second.held, err)
	}
	second.release()
	if !all.TryAcquire(size) {
		t.Error("room was not given back")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := first.cover(ended, 2*roomStep); err == nil || problem.Is(err, problem.Unavailable) {
		t.Errorf("an upload that was cancelled is told %v", err)
	}
}
