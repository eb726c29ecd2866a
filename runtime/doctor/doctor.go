// Package doctor looks at what an installation stands on (settings, secrets, database, mail, licence, ways to the feeds) and says for
// each thing that is not as it should be what to do about it. It changes nothing and sends nothing.
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
	"github.com/threatwerk/threatwerk/internal/platform/secret"
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
	State  State  `json:"state"`
	What   string `json:"what"` // one or two words: "database version"
	Seen   string `json:"seen"`
	Remedy string `json:"remedy,omitempty"` // empty when there is nothing to do
}

// Options says what to look at.
type Options struct {
	// Environ is the process's environment, as os.Environ gives it.
	Environ []string
	// Tasks is how many backend tasks run at once, those of a deployment under way included.
	Tasks int
	// Offline leaves the feeds' sites alone.
	Offline bool
}

// Look looks at everything; what one fault makes impossible to see is left out.
func Look(ctx context.Context, o Options) []Finding {
	resolved, err := secret.Resolver{}.Resolve(ctx, o.Environ)
	if err != nil {
		return faults("secret", err, "correct the secret")
	}
	c, err := config.Parse(resolved.Environ)
	if err != nil {
		return []Finding{{Wrong, "settings", err.Error(), "correct these environment variables; docs/operating.md lists all"}}
	}
	c.IgnoredSecrets = resolved.Ignored
	parts := []func() []Finding{
		func() []Finding { return []Finding{{Fine, "settings", "every value can be used", ""}} },
		func() []Finding { return secrets(c) },
		func() []Finding { return address(c) },
		func() []Finding { return database(ctx, c, o.Tasks) },
		func() []Finding { return letters(ctx, c) },
		func() []Finding { return licence(ctx, c) },
	}
	if !o.Offline {
		parts = append(parts, func() []Finding { return reach(ctx, sites(c)) })
	}
	// All at once: each may have to wait for somebody who does not answer.
	found := make([][]Finding, len(parts))
	var all sync.WaitGroup
	for i, part := range parts {
		all.Go(func() { found[i] = part() })
	}
	all.Wait()
	return slices.Concat(found...)
}

// published says where each feed is.
var published = map[string]string{
	"nvd": "services.nvd.nist.gov:443", "ghsa": "api.github.com:443", "osv": "storage.googleapis.com:443", "kev": "www.cisa.gov:443",
	"epss": "epss.empiricalsecurity.com:443", "cve": "api.github.com:443", "otx": "otx.alienvault.com:443",
}

// sites are the host:port that the polled feeds need: a mirror's where one is named.
func sites(c config.Config) []site {
	if c.IntelBaseURL != "" {
		u, err := url.Parse(c.IntelBaseURL)
		if err != nil {
			return nil // the settings were checked
		}
		at := site{host: u.Host, plain: u.Scheme == "http"}
		if u.Port() == "" {
			at.host = net.JoinHostPort(u.Hostname(), map[bool]string{true: "80", false: "443"}[at.plain])
		}
		return []site{at}
	}
	var out []site
	for _, feed := range c.IntelFeeds {
		if at := (site{host: published[feed]}); at.host != "" && !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	return out
}

// site is somewhere to connect to, by TLS unless it is plain.
type site struct {
	host  string
	plain bool
}

func list(words []string) string { return strings.Join(words, ", ") }

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
func reach(ctx context.Context, sites []site) []Finding {
	out := make([]Finding, len(sites))
	var all sync.WaitGroup
	for i, at := range sites {
		all.Go(func() { out[i] = reachOne(ctx, at) })
	}
	all.Wait()
	return out
}

func reachOne(ctx context.Context, at site) Finding {
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	f := Finding{State: Fine, What: "way to " + strings.TrimSuffix(at.host, ":443"), Seen: "reachable"}
	dial := (&tls.Dialer{}).DialContext
	if at.plain {
		dial = (&net.Dialer{}).DialContext
	}
	conn, err := dial(ctx, "tcp", at.host)
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
