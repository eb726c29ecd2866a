// Package simtest runs the simulator for a test: over a local HTTP server and by a clock that never waits.
package simtest

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/localdev/feeds/simulator"
)

// Clock stands still but for those who sleep by it: they wake at once, and later.
type Clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

// NewClock makes a clock that shows a time.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now is the time it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Sleep moves the clock on and notes by how much.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

// Slept lists how long was slept, in order.
func (c *Clock) Slept() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Duration(nil), c.slept...)
}

// Start serves the services until the test ends and gives the address before their prefixes.
func Start(t testing.TB, c simulator.Config) (*simulator.Server, string) {
	t.Helper()
	s, err := simulator.New(c)
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(s)
	t.Cleanup(listening.Close)
	return s, listening.URL
}

// Put places records of one service, each "id" to its JSON.
func Put(t testing.TB, s *simulator.Server, service string, records map[string]string) {
	t.Helper()
	for id, raw := range records {
		if err := s.Put(service, id, []byte(raw)); err != nil {
			t.Fatal(err)
		}
	}
}

// Break adds faults.
func Break(t testing.TB, s *simulator.Server, faults ...simulator.Fault) {
	t.Helper()
	for _, f := range faults {
		if err := s.Add(f); err != nil {
			t.Fatal(err)
		}
	}
}
