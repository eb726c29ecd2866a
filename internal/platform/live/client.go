package live

import (
	"context"
	"errors"

	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// Why a client is ended.
var (
	// ErrEnded: the session or the token has ended.
	ErrEnded = errors.New("the session has ended")
	// ErrStopping: the process stops; another one will do.
	ErrStopping = errors.New("the server is stopping")
)

// Client is one open connection. Its fields belong to the hub's lock.
type Client struct {
	hub      *Hub
	caller   access.Caller
	see      access.Scope
	reviewed bool
	pending  pending
	why      error
	left     bool
	news     chan struct{} // holds one word that there is something pending
	gone     chan struct{} // closed when the client is ended
}

// tell adds what the client may see.
func (c *Client) tell(batch *pending) {
	if c.why != nil || !batch.within(c.see, &c.pending) {
		return
	}
	select {
	case c.news <- struct{}{}:
	default:
	}
}

func (c *Client) end(why error) {
	if c.why == nil {
		c.why = why
		close(c.gone)
	}
}

// Next waits for something to tell. The error is ErrEnded, ErrStopping or the context's.
func (c *Client) Next(ctx context.Context) ([]Message, error) {
	select {
	case <-c.gone:
		return nil, c.reason()
	default:
	}
	select {
	case <-c.gone:
		return nil, c.reason()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.news:
	}
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	if c.why != nil {
		return nil, c.why
	}
	out := c.pending.take()
	c.hub.sent.Add(int64(len(out)))
	return out, nil
}

func (c *Client) reason() error {
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	return c.why
}

// Leave takes the client off the hub.
func (c *Client) Leave() {
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	if c.left {
		return
	}
	c.left = true
	delete(c.hub.clients, c)
	if c.hub.persons[c.caller.PersonID]--; c.hub.persons[c.caller.PersonID] <= 0 {
		delete(c.hub.persons, c.caller.PersonID)
	}
}
