package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Refusal is an answer that is neither a success nor "not modified".
type Refusal struct {
	Status int
	Header http.Header
	// Start is how the body begins, at most a kilobyte of it.
	Start string
	// Now is the time by the client's clock.
	Now time.Time
}

// Verdict is what a refusal means.
type Verdict struct {
	// Again says that the same request may succeed later.
	Again bool
	// Limited says that the service was asked too often: the next try waits half a minute at least.
	Limited bool
	// Wait is how long the service wants to be left alone by other signs than Retry-After, which is read anyway. It is
	// believed as it is: a client that has no such patience gives up at once.
	Wait time.Duration
	// Kind and Words are for people, where the refusal is final or the tries are used up. Words is a sentence that says
	// what was seen and what to do; without it one is made of the status.
	Kind  problem.Kind
	Words string
}

// Usual is what the statuses mean by the HTTP specification (RFC 9110 section 15, RFC 6585) and at Cloudflare's edge.
func Usual(r Refusal) Verdict {
	switch r.Status {
	case http.StatusTooManyRequests:
		return Verdict{Again: true, Limited: true, Kind: problem.RateLimited}
	case http.StatusUnauthorized:
		return Verdict{Kind: problem.Unauthenticated}
	case http.StatusForbidden:
		return Verdict{Kind: problem.Forbidden}
	case http.StatusNotFound, http.StatusGone:
		return Verdict{Kind: problem.NotFound}
	case http.StatusRequestTimeout, http.StatusTooEarly:
		return Verdict{Again: true, Kind: problem.Unavailable}
	}
	if r.Status >= 500 && r.Status != http.StatusNotImplemented && r.Status != http.StatusHTTPVersionNotSupported {
		return Verdict{Again: true, Kind: problem.Unavailable}
	}
	return Verdict{Kind: problem.Unavailable}
}

// The bounds of Retry-After. Services say 0 while they refuse, and years when a clock is wrong.
const (
	leastAsked   = 5 * time.Second
	mostAsked    = 15 * time.Minute
	leastLimited = 30 * time.Second
)

// asked reads Retry-After (RFC 9110 section 10.2.3) within bounds; 0 where there is none that means anything. A date is
// taken by the service's own clock, if it gives one.
func asked(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	var d time.Duration
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		d = time.Duration(min(max(n, 0), int64(mostAsked/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		if theirs, err := http.ParseTime(h.Get("Date")); err == nil {
			now = theirs
		}
		d = at.Sub(now)
	} else {
		return 0
	}
	return min(max(d, leastAsked), mostAsked)
}

// wait is how long to wait after the nth failure of a request (from 1): as the service asks, at least; else up to twice
// as long as the time before, at random over the whole of it, so that many clients do not come back together.
func (c *Client) wait(n int, v Verdict, h http.Header) time.Duration {
	most := c.service.MaxWait
	if n < 16 {
		most = min(most, c.service.Backoff<<(n-1))
	}
	d := time.Duration(c.options.Random() * float64(most))
	if v.Limited {
		d = max(d, leastLimited)
	}
	return max(d, asked(h, c.options.Now()), v.Wait)
}
