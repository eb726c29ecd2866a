package simulator

import (
	"sync"
	"time"
)

// window is a rate limit over a rolling window, for each caller (a key, or "").
type window struct {
	length time.Duration

	mu    sync.Mutex
	taken map[string][]time.Time
}

// take counts a request of a caller who may make most in a window. It gives how many are left, when the oldest leaves
// the window, and whether the request is within the limit.
func (l *window) take(caller string, most int, now time.Time) (left int, reset time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken == nil {
		l.taken = map[string][]time.Time{}
	}
	list := l.taken[caller]
	for len(list) > 0 && !now.Before(list[0].Add(l.length)) {
		list = list[1:]
	}
	if ok = len(list) < most; ok {
		list = append(list, now)
	}
	l.taken[caller] = list
	return most - len(list), list[0].Add(l.length), ok
}
