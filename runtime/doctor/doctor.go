// Package doctor looks at what an installation stands on (settings, database, ways to the feeds) and says for each thing that
// is not as it should be what to do about it.
package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/runtime/app"
)

// State is how a thing stands.
type State string

// The states, the better first.
const (
	Fine    State = "ok"
	Unclear State = "note" // works, and is worth knowing
	Wrong   State = "wrong"
)

// Finding is one thing that was looked at.
type Finding struct {
	State  State
	What   string // one or two words: "database version"
	Seen   string
	Remedy string // empty when there is nothing to do
}

// Options says what to look at.
type Options struct {
	// Environ is the process's environment, as os.Environ gives it.
	Environ []string
	// Tasks is how many backend tasks run at once, those of a deployment under way included.
	Tasks int
	// Sites are host:port that must be reachable; nil leaves the network alone.
	Sites []string
}

// Sites are where the feeds are published.
var Sites = []string{
	"services.nvd.nist.gov:443", "api.github.com:443", "storage.googleapis.com:443", "www.cisa.gov:443", "epss.empiricalsecurity.com:443",
	"otx.alienvault.com:443",
}

// Look looks at everything; what one fault makes impossible to see is left out.
func Look(ctx context.Context, o Options) []Finding {
	c, err := app.Settings(ctx, o.Environ)
	if err != nil {
		return []Finding{{Wrong, "settings", err.Error(), "correct these environment variables; docs/operating.md lists all"}}
	}
	out := []Finding{{Fine, "settings", "every value can be used", ""}}
	out = append(out, address(c)...)
	out = append(out, database(ctx, c, o.Tasks)...)
	return append(out, reach(ctx, o.Sites)...)
}

func address(c config.Config) []Finding {
	u, err := url.Parse(c.AppURL)
	switch {
	case c.AppURL == "" || err != nil:
		return []Finding{{Unclear, "APP_URL", "not set: the server answers under loopback names only", "set APP_URL to the address people open, such as https://threatwerk.example.org"}}
	case u.Scheme != "https" && u.Hostname() != "localhost" && !strings.HasPrefix(u.Hostname(), "127."):
		return []Finding{{Wrong, "APP_URL", c.AppURL + " is not https: passkeys and secure cookies need it", "put a load balancer with a certificate in front, and set APP_URL to https://"}}
	}
	return []Finding{{Fine, "APP_URL", c.AppURL, ""}}
}

// reachTime bounds the attempt to reach one site.
const reachTime = 6 * time.Second

// reach tries all sites at once.
func reach(ctx context.Context, sites []string) []Finding {
	out := make([]Finding, len(sites))
	var all sync.WaitGroup
	for i, site := range sites {
		all.Go(func() { out[i] = reachOne(ctx, site) })
	}
	all.Wait()
	return out
}

func reachOne(ctx context.Context, site string) Finding {
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	f := Finding{State: Fine, What: "way to " + strings.TrimSuffix(site, ":443"), Seen: "reachable"}
	conn, err := (&tls.Dialer{}).DialContext(ctx, "tcp", site)
	if err == nil {
		_ = conn.Close()
		return f
	}
	f.State, f.Seen = Unclear, cause(err)
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &name):
		f.Remedy = "the name is unknown here: check the DNS of this network"
	case errors.As(err, &certificate):
		f.Remedy = "something in between answers with a certificate of its own: let this host through, or add its authority to SSL_CERT_FILE"
	default:
		f.Remedy = "there is no way out: check the NAT gateway, the route table and the security group; without internet use threatwerk import"
	}
	return f
}

func cause(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	return err.Error()
}

// said is a problem's own words and remedy.
func said(err error) string {
	var p *problem.Error
	if errors.As(err, &p) {
		return p.Message
	}
	return err.Error()
}

// Worst is the worst state of all.
func Worst(findings []Finding) State {
	order := []State{Fine, Unclear, Wrong}
	worst := 0
	for _, f := range findings {
		worst = max(worst, slices.Index(order, f.State))
	}
	return order[worst]
}

// String is one finding for a terminal, in one or two lines.
func (f Finding) String() string {
	line := fmt.Sprintf("%-5s  %s: %s", f.State, f.What, strings.ReplaceAll(f.Seen, "\n", "\n         "))
	if f.Remedy != "" {
		line += "\n       -> " + f.Remedy
	}
	return line
}
