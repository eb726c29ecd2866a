package fetch

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Service describes who is asked and how gently. Zero fields take the defaults beside them.
type Service struct {
	// Name begins the sentences about it: "NVD", "GitHub".
	Name string
	// Budget bounds how often it is asked.
	Budget Budget
	// Header goes with every request, in the case given; it may hold a key. No other host than the one asked first
	// sees more of it than Accept and User-Agent, and no value of it is quoted.
	Header http.Header
	// Judge says what an answer means that is neither a success nor 304; nil is Usual.
	Judge func(Refusal) Verdict

	Tries    int           // of one request in a row; 8
	Patience time.Duration // the longest that one request may wait in all; 20 minutes
	Backoff  time.Duration // the first wait is up to this, each next up to twice the one before; 2 seconds
	MaxWait  time.Duration // of a wait that nobody asked for; 2 minutes

	Answer time.Duration // until the header of an answer is there; 1 minute
	Idle   time.Duration // without a kilobyte of a body; 1 minute
	Whole  time.Duration // for one attempt at an answer read into memory; 10 minutes

	MaxBody int64 // bytes of an answer read into memory, unpacked; 64 MiB

	// After BreakAfter failures in a row, over all requests, nothing is asked for BreakFor; 24, 15 minutes.
	BreakAfter int
	BreakFor   time.Duration
}

// Budget bounds how often a service is asked. No window of Per ever holds more than Requests; and there is a Gap between
// any two. Either may be zero.
type Budget struct {
	Requests int
	Per      time.Duration
	Gap      time.Duration
}

// Options are what a program gives to all its clients. Zero fields take what a program wants.
type Options struct {
	UserAgent string            // see UserAgent
	Transport http.RoundTripper // the network
	Now       func() time.Time
	// Sleep waits, or returns the context's error.
	Sleep func(context.Context, time.Duration) error
	// Random gives numbers of [0, 1) for jitter.
	Random func() float64
}

// UserAgent names this program to the services it polls; appURL, where people find it, may be empty.
func UserAgent(version, appURL string) string {
	if version == "" {
		version = "dev"
	}
	agent := "ThreatWerk/" + strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || r == '/' || r == '(' || r == ')' {
			return '-'
		}
		return r
	}, version)
	if appURL != "" && !strings.ContainsAny(appURL, "()\r\n\\") {
		agent += fmt.Sprintf(" (+%s)", appURL)
	}
	return agent
}

// Client asks one service. It may be used by many at once; they share its budget.
type Client struct {
	service Service
	options Options
	http    *http.Client

	mu       sync.Mutex
	limiter  *rate.Limiter // nil: no bound but the gap
	earliest time.Time     // of the next request, by the gap
	failures int           // in a row
	opened   time.Time     // when the breaker opened; zero: closed
	last     Failure       // the latest of the failures in a row
}

// New makes a client.
func New(service Service, options Options) *Client {
	s, o := &service, &options
	if s.Judge == nil {
		s.Judge = Usual
	}
	def(&s.Tries, 8)
	def(&s.Patience, 20*time.Minute)
	def(&s.Backoff, 2*time.Second)
	def(&s.MaxWait, 2*time.Minute)
	def(&s.Answer, time.Minute)
	def(&s.Idle, time.Minute)
	def(&s.Whole, 10*time.Minute)
	def(&s.MaxBody, 64<<20)
	def(&s.BreakAfter, 24)
	def(&s.BreakFor, 15*time.Minute)
	def(&o.UserAgent, UserAgent("", ""))
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Transport == nil {
		o.Transport = network()
	}
	c := &Client{service: service, options: options}
	c.http = &http.Client{
		Transport:     &timely{base: o.Transport, answer: s.Answer, idle: s.Idle},
		CheckRedirect: redirect,
	}
	if b := s.Budget; b.Requests > 0 && b.Per > 0 {
		// Half of them at once and the other half spread over the window: so no window holds more than all.
		burst := max(1, b.Requests/2)
		c.limiter = rate.NewLimiter(rate.Limit(float64(max(1, b.Requests-burst))/b.Per.Seconds()), burst)
	}
	return c
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// turn waits until the budget admits one more request.
func (c *Client) turn(ctx context.Context) error {
	c.mu.Lock()
	now := c.options.Now()
	at := now
	if c.limiter != nil {
		at = now.Add(c.limiter.ReserveN(now, 1).DelayFrom(now))
	}
	if at.Before(c.earliest) {
		at = c.earliest
	}
	c.earliest = at.Add(c.service.Budget.Gap)
	c.mu.Unlock()
	if wait := at.Sub(now); wait > 0 {
		return c.options.Sleep(ctx, wait)
	}
	return ctx.Err()
}
