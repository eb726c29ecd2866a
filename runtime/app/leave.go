package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/live"
)

// front is where requests come in.
type front struct {
	server   *http.Server
	listener net.Listener
	// leaving is what the handler looks at: see httpapi.Options.
	leaving *atomic.Bool
	hub     *live.Hub
}

// leave ends it so that requests under way are answered. A load balancer learns of the end only while it is under way, so requests
// are taken for delay longer, with answers that send clients elsewhere; connections that wait idle then are closed last of all.
func (f *front) leave(ctx context.Context, delay time.Duration) error {
	f.leaving.Store(true)
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	// Pages that are told to come back find another task: this one takes no more connections by then.
	var pages sync.WaitGroup
	pages.Go(func() { f.hub.Drain(ctx) })
	defer pages.Wait()
	if err := f.server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("finish requests: %w", err), f.server.Close())
	}
	return nil
}
