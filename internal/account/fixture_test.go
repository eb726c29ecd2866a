package account_test

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

const (
	secret   = "a secret of the tests, forty characters."
	password = "unrelated tulips ponder 7 gravel"
)

// cheap keeps tests of everything but the hash itself short.
var cheap = account.HashCost{Memory: 64, Passes: 1, Threads: 1}

// clock is set by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// mailbox keeps what was sent.
type mailbox struct {
	mu   sync.Mutex
	sent []account.Mail
}

func (m *mailbox) QueueMail(_ context.Context, _ pgx.Tx, mail account.Mail) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = append(m.sent, mail)
	return nil
}

// last is the newest mail of a kind to an address.
func (m *mailbox) last(t *testing.T, kind, to string) account.Mail {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.sent) - 1; i >= 0; i-- {
		if m.sent[i].Kind == kind && m.sent[i].To == to {
			return m.sent[i]
		}
	}
	t.Fatalf("no mail %q to %s among %d", kind, to, len(m.sent))
	return account.Mail{}
}

type bench struct {
	*account.Store
	t     *testing.T
	pool  *pgxpool.Pool
	clock *clock
	mail  *mailbox
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, pool: testkit.DB(t), mail: &mailbox{}}
	// The database's own clock stamps some rows: stay near it.
	b.clock = &clock{at: time.Now().UTC().Truncate(time.Millisecond)}
	b.Store = storeOn(t, b.pool, b.clock, b.mail, secret)
	return b
}

func storeOn(t *testing.T, pool *pgxpool.Pool, c *clock, m account.Mailer, key string) *account.Store {
	t.Helper()
	s, err := account.NewStore(pool, account.Config{
		Secret: []byte(key), AppURL: "https://threatwerk.example.org", Mail: m, Now: c.now, Hash: cheap, Seal: plain{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plain seals nothing: it turns bytes round, so that what is stored differs from what was given.
type plain struct{}

func (plain) Seal(b []byte, _ string) ([]byte, error)       { return turned(b), nil }
func (plain) Open(b []byte, _ string) ([]byte, bool, error) { return turned(b), false, nil }

func turned(b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[i] = ^b[i]
	}
	return out
}

// from is a context of a request from an address.
func (b *bench) from(address string) context.Context {
	return access.WithOrigin(b.t.Context(), access.Origin{Address: address, Agent: "test", RequestID: "r"})
}

// as is a context of a request that a cookie came with.
func (b *bench) as(cookie string) context.Context {
	b.t.Helper()
	who, _, err := b.Authenticate(b.from("192.0.2.1"), cookie)
	if err != nil {
		b.t.Fatal(err)
	}
	return access.WithCaller(b.from("192.0.2.1"), who.Caller)
}

// admin registers the first person.
func (b *bench) admin() account.SignedIn {
	b.t.Helper()
	in, err := b.Register(b.from("192.0.2.1"), account.Registration{Name: "Admin", Mail: "admin@example.org", Password: password})
	if err != nil {
		b.t.Fatal(err)
	}
	return in
}

// join invites and registers someone.
func (b *bench) join(mail string, role access.Role) account.SignedIn {
	b.t.Helper()
	i, err := b.Invite(b.t.Context(), account.NewInvitation{Mail: mail, Role: role})
	if err != nil {
		b.t.Fatal(err)
	}
	in, err := b.Register(b.from("192.0.2.1"), account.Registration{Name: mail[:strings.IndexByte(mail, '@')], Password: password, Invitation: secretOf(b.t, i.Link)})
	if err != nil {
		b.t.Fatal(err)
	}
	return in
}

// secretOf is what a link holds after its #.
func secretOf(t *testing.T, link string) string {
	t.Helper()
	_, fragment, ok := strings.Cut(link, "#")
	out, err := url.QueryUnescape(fragment)
	if !ok || err != nil || out == "" {
		t.Fatalf("no secret in %q", link)
	}
	return out
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.pool.Exec(b.t.Context(), sql, args...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) count(sql string, args ...any) int {
	b.t.Helper()
	var n int
	if err := b.pool.QueryRow(b.t.Context(), sql, args...).Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	return n
}

func wantKind(t *testing.T, err error, kind problem.Kind, code string) {
	t.Helper()
	if !problem.Is(err, kind) {
		t.Errorf("got %v, want a problem of kind %s", err, kind)
		return
	}
	if code != "" && !strings.Contains(faultCodes(err), code) {
		t.Errorf("faults %q, want %q", faultCodes(err), code)
	}
}
