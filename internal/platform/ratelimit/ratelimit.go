// Package ratelimit bounds how often each caller may ask, in memory that does not grow with the number of callers.
//
// Each caller has a bucket of Burst requests that refills at Rate a second, kept as one number by the generic cell rate algorithm
// (ITU-T I.371): the time at which the bucket is full again. Buckets lie in a table of fixed size, found by a keyed hash, so that
// nobody can choose addresses that share one. Each hash may lie in a few places; when all are taken, the bucket that is full, or else
// the one nearest to it, makes room. A full bucket forgotten is nothing lost, and who is being held back is the last to be forgotten.
//
// Every task counts for itself: behind N tasks a caller gets up to N times the rate.
package ratelimit

import (
	"hash/maphash"
	"sync"
	"time"
)

// Config says how much a caller may ask for.
type Config struct {
	// Rate is requests a second in the long run, Burst how many may come at once.
	Rate  float64
	Burst int
	// Callers is how many callers are told apart at once; 0 means 1,000,000. A caller costs 32 bytes, touched or not.
	Callers int
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

const (
	defaultCallers = 1_000_000
	// ways is how many places a caller may lie in, slack how many places there are for a caller: together they leave about one in
	// 2,000 without a place of its own when all are there at once.
	ways  = 16
	slack = 2
	// stripes bound how many requests wait for one another.
	stripes = 256
)

// bucket is one caller's; the zero value is free. full is when it is full again, in nanoseconds since the limiter was made.
type bucket struct {
	hash uint64
	full int64
}

// set are the places in which a hash may lie.
type set [ways]bucket

// Limiter is safe for concurrent use.
type Limiter struct {
	interval int64 // nanoseconds that one request costs
	burst    int64
	now      func() time.Time
	made     time.Time
	seed     maphash.Seed
	locks    [stripes]struct {
		sync.Mutex
		_ [56]byte // a lock a cache line
	}
	sets []set // a power of two
}

// New makes a limiter. A rate or burst below the least possible is raised to it.
func New(c Config) *Limiter {
	if c.Callers <= 0 {
		c.Callers = defaultCallers
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	count := stripes
	for count*ways < c.Callers*slack {
		count *= 2
	}
	return &Limiter{
		interval: int64(float64(time.Second) / max(c.Rate, 1e-6)), burst: int64(max(c.Burst, 1)),
		now: c.Now, made: c.Now(), seed: maphash.MakeSeed(), sets: make([]set, count),
	}
}

// Decision is the answer to one request.
type Decision struct {
	Allowed bool
	// Remaining is how many more may come at once.
	Remaining int
	// RetryAfter is how long a refused caller waits until one is allowed again; 0 when allowed.
	RetryAfter time.Duration
	// Reset is how long until all of the burst is there again.
	Reset time.Duration
}

// Allow counts a request of this caller, and says whether it may go on. A refused request costs nothing.
func (l *Limiter) Allow(caller string) Decision {
	hash := maphash.String(l.seed, caller)
	if hash == 0 {
		hash = 1 // 0 marks a free place
	}
	now := int64(l.now().Sub(l.made))
	index := hash & uint64(len(l.sets)-1)
	lock := &l.locks[index&(stripes-1)]
	lock.Lock()
	defer lock.Unlock()
	b := l.sets[index].place(hash)
	full := max(b.full, now) + l.interval
	if limit := now + l.burst*l.interval; full > limit {
		return Decision{RetryAfter: time.Duration(full - limit), Reset: time.Duration(b.full - now)}
	}
	*b = bucket{hash: hash, full: full}
	return Decision{Allowed: true, Remaining: int((l.burst*l.interval - (full - now)) / l.interval), Reset: time.Duration(full - now)}
}

// place finds the caller's bucket, or makes it in place of the fullest one.
func (s *set) place(hash uint64) *bucket {
	fullest := &s[0]
	for i := range s {
		b := &s[i]
		if b.hash == hash {
			return b
		}
		if b.full < fullest.full {
			fullest = b
		}
	}
	*fullest = bucket{hash: hash}
	return fullest
}

// Burst is how many requests may come at once.
func (l *Limiter) Burst() int { return int(l.burst) }

// Window is how long an empty bucket takes to fill.
func (l *Limiter) Window() time.Duration { return time.Duration(l.burst * l.interval) }

// held is how many callers have a place; tests and measurements ask.
func (l *Limiter) held() int {
	n := 0
	for i := range l.sets {
		for _, b := range l.sets[i] {
			if b.hash != 0 {
				n++
			}
		}
	}
	return n
}
