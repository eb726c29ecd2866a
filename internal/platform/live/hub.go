package live

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Standing says what each of these callers may see now, by the caller; one whose session or token has ended is missing.
type Standing func(ctx context.Context, callers []access.Caller) (map[access.Caller]access.Scope, error)

// Config says how a hub works. Zero values take the defaults.
type Config struct {
	Standing Standing
	Log      *zap.Logger
	Clients  int           // at once; default 1000
	Each     int           // of one person; default 30
	Review   time.Duration // how often rights are looked at although nothing was said of them; default 30 s
}

const (
	defaultClients = 1000
	defaultEach    = 30
	defaultReview  = 30 * time.Second
	// gather is how long hints are collected from the first one on: one document makes several.
	gather = 100 * time.Millisecond
	// apart is the least time between two tellings, so that a flood of changes is no flood of questions.
	apart = 500 * time.Millisecond
	// standingTime bounds the question for rights, and retry is the pause before it is asked again.
	standingTime = 5 * time.Second
	retry        = time.Second
)

// Hub hears the hints of every process and hands to each client of this one what it may see. Its memory is bounded: what a client
// has not fetched yet is merged.
type Hub struct {
	config  Config
	hints   chan Hint
	joined  chan struct{}
	mu      sync.Mutex
	clients map[*Client]struct{}
	persons map[int64]int
	closed  bool

	listening atomic.Bool
	sent      atomic.Int64
}

// NewHub makes a hub; Run makes it work.
func NewHub(c Config) *Hub {
	if c.Clients <= 0 {
		c.Clients = defaultClients
	}
	if c.Each <= 0 {
		c.Each = defaultEach
	}
	if c.Review <= 0 {
		c.Review = defaultReview
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	return &Hub{
		config: c, hints: make(chan Hint), joined: make(chan struct{}, 1),
		clients: map[*Client]struct{}{}, persons: map[int64]int{},
	}
}

// Stats are figures of this process.
type Stats struct {
	Clients   int
	Sent      int64 // messages that clients took
	Listening bool  // whether hints of other processes arrive
}

// Stats reads the figures.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Stats{Clients: len(h.clients), Sent: h.sent.Load(), Listening: h.listening.Load()}
}

// Run listens on a database and serves clients until ctx ends; then Stop.
func (h *Hub) Run(ctx context.Context, database *pgx.ConnConfig) {
	l := &listener{settings: database, log: h.config.Log, on: h.listening.Store, heard: func(hint Hint) {
		select {
		case h.hints <- hint:
		case <-ctx.Done():
		}
	}}
	var both sync.WaitGroup
	both.Go(func() { l.run(ctx) })
	both.Go(func() { h.serve(ctx) })
	both.Wait()
	h.Stop()
}

// serve gathers hints and tells them.
func (h *Hub) serve(ctx context.Context) {
	var batch pending
	var last time.Time // of a telling
	review := time.NewTicker(h.config.Review)
	defer review.Stop()
	tell := time.NewTimer(time.Hour)
	tell.Stop()
	all, some, armed := false, false, false // whose rights are to be looked at; whether tell is set
	arm := func(wait time.Duration) {
		if !armed {
			armed = true
			tell.Reset(max(wait, apart-time.Since(last)))
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case hint := <-h.hints:
			if hint.Kind == Everything && h.Stats().Clients == 0 {
				continue // nobody has missed anything
			}
			if hint.Kind == Access {
				all = true
			} else {
				// Lost hints may have been about rights.
				all = all || hint.Kind == Everything
				batch.add(hint.Kind, hint.Places)
			}
			arm(gather)
		case <-review.C:
			all = true
			arm(0)
		case <-h.joined:
			some = true
			arm(gather)
		case <-tell.C:
			armed = false
			if (all || some) && !h.review(ctx, all) {
				last = time.Now()
				arm(retry)
				continue
			}
			all, some = false, false
			h.tell(&batch)
			last = time.Now()
		}
	}
}

// review looks at the rights of all clients, or of those alone that came since. Hints wait for it: none is told by rights that
// were taken before it was said.
func (h *Hub) review(ctx context.Context, all bool) bool {
	h.mu.Lock()
	var callers []access.Caller
	asked := make([]*Client, 0, len(h.clients))
	seen := map[access.Caller]bool{}
	for c := range h.clients {
		if !all && c.reviewed {
			continue
		}
		asked = append(asked, c)
		if !seen[c.caller] {
			seen[c.caller] = true
			callers = append(callers, c.caller)
		}
	}
	h.mu.Unlock()
	if len(asked) == 0 {
		return true
	}
	asking, cancel := context.WithTimeout(ctx, standingTime)
	defer cancel()
	standing, err := h.config.Standing(asking, callers)
	if err != nil {
		if ctx.Err() == nil {
			h.config.Log.Warn("the rights of live clients cannot be read", zap.Error(err))
		}
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range asked {
		see, stands := standing[c.caller]
		if !stands {
			c.end(ErrEnded)
			continue
		}
		c.reviewed = true
		if !reflect.DeepEqual(see, c.see) {
			c.see = see
			c.tell(&pending{everything: true})
		}
	}
	return true
}

func (h *Hub) tell(batch *pending) {
	if batch.empty() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		c.tell(batch)
	}
	*batch = pending{}
}

// Join adds a client of a caller who may see this. The caller leaves by Client.Leave.
func (h *Hub) Join(caller access.Caller, see access.Scope) (*Client, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return nil, problem.New(problem.Unavailable, "The server is stopping: another one takes over.")
	case len(h.clients) >= h.config.Clients:
		return nil, problem.New(problem.Unavailable, "%d live connections are open, which is as many as this server holds.", len(h.clients))
	case h.persons[caller.PersonID] >= h.config.Each:
		return nil, problem.New(problem.RateLimited, "%d live connections of yours are open, which is as many as one person may have.", h.config.Each)
	}
	c := &Client{hub: h, caller: caller, see: see, news: make(chan struct{}, 1), gone: make(chan struct{})}
	h.clients[c] = struct{}{}
	h.persons[caller.PersonID]++
	select {
	case h.joined <- struct{}{}:
	default:
	}
	return c, nil
}

// Stop ends every client with ErrStopping and lets none in any more.
func (h *Hub) Stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.clients {
		c.end(ErrStopping)
	}
}

// Drain is Stop, and waits until every client has left or ctx ends.
func (h *Hub) Drain(ctx context.Context) {
	h.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for h.Stats().Clients > 0 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
