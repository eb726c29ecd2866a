package fetch

import (
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// admit refuses requests while the service is left alone. When that time is over one failure is enough to open again.
func (c *Client) admit() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened.IsZero() {
		return nil
	}
	until := c.opened.Add(c.service.BreakFor)
	if !c.options.Now().Before(until) {
		c.opened = time.Time{} // half open: the count of failures stays
		return nil
	}
	f := c.last
	f.RetryAt = until
	return problem.Wrap(problem.Unavailable, &f, "%s is left alone until %s: it %s, and failed %d times in a row, last at %s.",
		c.service.Name, clock(until), f.saw, c.failures, clock(f.Last))
}

// count notes a failure and says whether the breaker is open with it.
func (c *Client) count(f Failure) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures++
	c.last = f
	if c.failures < c.service.BreakAfter {
		return false
	}
	c.opened = f.Last
	return true
}

// heard notes that the service answers.
func (c *Client) heard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures, c.opened = 0, time.Time{}
}
