package otx

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// The lists of pulses that can be followed.
const (
	Subscribed = "subscribed" // pulses of subscriptions, with their TLP
	Activity   = "activity"   // what OTX shows an account as its activity: faster, and without TLP
)

// Config says where OTX is and what is followed. Zero fields take the defaults beside them.
type Config struct {
	URL      string        // https://otx.alienvault.com
	List     string        // Subscribed or Activity; Subscribed
	LookBack time.Duration // how far back a first poll and a reconciling one go; 90 days
	Pages    int           // read by one poll, at most; 500
	Timeout  time.Duration // until a page is there; 120 seconds
}

// Client polls OTX. It implements intel.Feed.
type Client struct {
	config  Config
	options fetch.Options

	mu      sync.Mutex
	key     string
	clients *clients
}

// clients are two ways of asking: pages are tried a smaller way soon, what else fails is waited for.
type clients struct{ pages, patient *fetch.Client }

// New makes a client.
func New(c Config, o fetch.Options) *Client {
	c.URL = strings.TrimRight(cmp.Or(c.URL, "https://otx.alienvault.com"), "/")
	c.List = cmp.Or(c.List, Subscribed)
	c.LookBack = cmp.Or(c.LookBack, 90*24*time.Hour)
	c.Pages = cmp.Or(c.Pages, 500)
	c.Timeout = cmp.Or(c.Timeout, 2*time.Minute)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return &Client{config: c, options: o}
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

var _ intel.Feed = (*Client)(nil)

// Name implements intel.Feed.
func (c *Client) Name() string { return Feed }

// Check asks OTX whether it takes a key. The error is in words that whoever sets the key can act on.
func (c *Client) Check(ctx context.Context, key string) error {
	if key == "" {
		return notSetUp()
	}
	_, err := c.with(key).pages.Get(ctx, fetch.Request{URL: c.config.URL + "/api/v1/users/me", Want: fetch.JSON})
	return err
}

// notSetUp is the answer to a poll without a key; intel.ErrNotSetUp is in its chain.
func notSetUp() error {
	return problem.Wrap(problem.Forbidden, intel.ErrNotSetUp,
		"OTX is not set up: it needs the API key of an account. Create one at otx.alienvault.com, subscribe to at least one pulse or user "+
			"(the key shows after that), and set the key here.")
}

// with gives the clients for a key. They live on as long as the key does, so that budgets reach across polls.
func (c *Client) with(key string) *clients {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.clients != nil && c.key == key {
		return c.clients
	}
	service := fetch.Service{
		Name: "OTX", Header: http.Header{"X-OTX-API-KEY": {key}}, Judge: judge, Answer: c.config.Timeout, Idle: c.config.Timeout,
		// Of the 10,000 that OTX allows an hour.
		Budget: fetch.Budget{Requests: 4500, Per: time.Hour}, MaxBody: 128 << 20,
	}
	hasty := service
	hasty.Tries = 2
	c.key, c.clients = key, &clients{pages: fetch.New(hasty, c.options), patient: fetch.New(service, c.options)}
	return c.clients
}

// judge says what a refusal means. A gateway that gave up is not asked the same again: it would give up again.
func judge(r fetch.Refusal) fetch.Verdict {
	v := fetch.Usual(r)
	switch {
	case r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden:
		v.Kind = problem.Forbidden
		v.Words = "OTX does not take the API key (403). Check it against the one in the account's settings at otx.alienvault.com; " +
			"it is shown once the account subscribes to at least one pulse or user."
		if !strings.Contains(r.Start, "Authentication required") {
			v.Words = "OTX refuses the request (403), and not for the key's sake. A proxy on the way may block it; check the address that is set, and whether this host may reach it."
		}
	case slices.Contains(gaveUp, r.Status):
		v.Again = false
	}
	return v
}

// gaveUp are the statuses of gateways that waited too long for the service behind them.
var gaveUp = []int{http.StatusBadGateway, http.StatusGatewayTimeout, 522, 524}

// tooMuch reports whether a smaller page may pass where this one failed: nothing came in time, not all of it, or more
// than can be taken.
func tooMuch(err error) bool {
	f := fetch.FailureOf(err)
	return f != nil && (f.Status == 0 || slices.Contains(gaveUp, f.Status))
}
