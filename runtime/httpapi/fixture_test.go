package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/kev"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/osv"
	"github.com/threatwerk/threatwerk/internal/license"
	"github.com/threatwerk/threatwerk/internal/matching"
	"github.com/threatwerk/threatwerk/internal/notify/mail"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/queue"
	"github.com/threatwerk/threatwerk/internal/platform/riverx"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
	"github.com/threatwerk/threatwerk/internal/platform/system"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/internal/testkit"
	"github.com/threatwerk/threatwerk/runtime/httpapi"
)

// fixture is the whole API on a database of its own; jobs wait in the queue until a test works them.
type fixture struct {
	t        *testing.T
	url      string
	pool     *pgxpool.Pool
	services httpapi.Services
	cookie   string // of the admin who calls; empty: nobody calls
}

func newFixture(t *testing.T, limits sbom.Limits) *fixture {
	t.Helper()
	return fixtureOn(t, testkit.DB(t), limits)
}

func fixtureOn(t *testing.T, pool *pgxpool.Pool, limits sbom.Limits) *fixture {
	t.Helper()
	jobs, err := riverx.Inserter(pool)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, pool: pool, services: httpapi.Services{
		Version: "test", Accounts: accountsOn(t, pool), Inventory: sbom.NewStore(pool, jobs), Findings: finding.NewStore(pool), Intel: intel.NewStore(pool, nil),
		Explain: matching.NewExplainer(pool, intel.NewStore(pool, nil)),
		Feeds:   feedDesk(t, pool, jobs),
		License: func() license.State { return license.State{Mode: "jwt", Standing: license.Evaluation} },
		Mail:    mail.NewDesk(mail.Settings{}, "http://localhost", pool, mail.NewOutbox(jobs, nil, false, nil)),
		Queue:   queue.NewReader(pool), Limits: limits, System: system.NewReader(pool, 0),
	}}
	server := httptest.NewServer(httpapi.New(f.services, httpapi.Options{Log: zap.NewNop()}))
	t.Cleanup(server.Close)
	f.url = server.URL
	in, err := f.services.Accounts.Register(t.Context(), account.Registration{Name: "First admin", Mail: "first@example.org", Password: testPassword})
	if err != nil {
		t.Fatal(err)
	}
	f.cookie = "threatwerk_session=" + in.Cookie
	return f
}

const testPassword = "unrelated tulips ponder 7 gravel"

func accountsOn(t *testing.T, pool *pgxpool.Pool) *account.Store {
	t.Helper()
	return accountsWith(t, pool, account.Config{})
}

// accountsWith are accounts with what a test has to say about them; the rest is the fixture's.
func accountsWith(t *testing.T, pool *pgxpool.Pool, c account.Config) *account.Store {
	t.Helper()
	if c.Secret == nil {
		c.Secret = []byte(strings.Repeat("secret ", 6))
	}
	key, err := seal.New(strings.Repeat("k", seal.MinKey))
	if err != nil {
		t.Fatal(err)
	}
	c.Seal, c.AppURL, c.Hash = key, "http://localhost", account.HashCost{Memory: 64, Passes: 1, Threads: 1}
	accounts, err := account.NewStore(pool, c)
	if err != nil {
		t.Fatal(err)
	}
	return accounts
}

// gonePool is a pool whose database can be taken away from it.
func gonePool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := pg.Open(t.Context(), pg.Config{URL: testkit.DatabaseURL(t), MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// answer is a response read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) decode(t *testing.T, to any) {
	t.Helper()
	if err := json.Unmarshal(a.body, to); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
}

// client follows answers within the server and no further: APP_URL is another address, where nobody listens.
var client = &http.Client{CheckRedirect: func(r *http.Request, via []*http.Request) error {
	if r.URL.Host != via[0].URL.Host {
		return http.ErrUseLastResponse
	}
	return nil
}}

// call sends a request; header is pairs of name and value.
func (f *fixture) call(method, path string, body io.Reader, header ...string) answer {
	f.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, f.url+path, body)
	if err != nil {
		f.t.Fatal(err)
	}
	if f.cookie != "" {
		req.Header.Set("Cookie", f.cookie)
		req.Header.Set("Origin", f.url)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{res.StatusCode, res.Header, content}
}

// want is call for a request that must answer with a status; the body is decoded into to, if not nil.
func (f *fixture) want(status int, method, path, body string, to any) answer {
	f.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	a := f.call(method, path, reader, "Content-Type", "application/json")
	if a.status != status {
		f.t.Fatalf("%s %s answered %d, want %d: %s", method, path, a.status, status, a.body)
	}
	if to != nil {
		a.decode(f.t, to)
	}
	return a
}

// demo is a document of the repository's samples.
func demo(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "localdev", "demo", "sboms", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// loadIntel imports the samples' intel.
func (f *fixture) loadIntel() {
	f.t.Helper()
	dir := filepath.Join("..", "..", "localdev", "demo", "intel")
	source, err := osv.Open([]string{filepath.Join(dir, "osv")})
	if err != nil {
		f.t.Fatal(err)
	}
	defer source.Close()
	if _, err := f.services.Intel.ImportOSV(f.t.Context(), source.Records(f.t.Context()), nil); err != nil {
		f.t.Fatal(err)
	}
	exploited, err := os.ReadFile(filepath.Join(dir, "kev.json"))
	if err != nil {
		f.t.Fatal(err)
	}
	catalogue, err := kev.Parse(bytes.NewReader(exploited))
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.services.Intel.ImportKEV(f.t.Context(), catalogue); err != nil {
		f.t.Fatal(err)
	}
}

// match does what the worker of a document does.
func (f *fixture) match(sbomID int64) {
	f.t.Helper()
	m := matching.NewMatcher(f.pool, f.services.Inventory, f.services.Intel, f.services.Findings)
	if _, err := m.MatchSBOM(f.t.Context(), sbomID); err != nil {
		f.t.Fatal(err)
	}
}

// written is the state of every table that uploads write, as far as writes show: each row with the transaction that wrote it.
func (f *fixture) written() map[string]string {
	f.t.Helper()
	out := map[string]string{}
	for _, table := range []string{"products", "releases", "sboms", "components", "component_traces", "occurrences", "dependencies", "findings", "matches", "river_job"} {
		var rows string
		err := f.pool.QueryRow(f.t.Context(), `select coalesce(string_agg(xmin::text || ctid::text, ',' order by ctid), '') from `+
			pgx.Identifier{table}.Sanitize()).Scan(&rows)
		if err != nil {
			f.t.Fatal(err)
		}
		out[table] = rows
	}
	return out
}

// problem is the shape that every refusal has.
type problem struct {
	Type, Title, Detail string
	Status              int
	RequestID           string `json:"request_id"`
	Faults              []struct{ Path, Code, Message string }
}

// refused checks the shape of a refusal and gives it back.
func (f *fixture) refused(a answer, status int, kind string) problem {
	f.t.Helper()
	var p problem
	if a.status != status {
		f.t.Fatalf("answered %d, want %d: %s", a.status, status, a.body)
	}
	a.decode(f.t, &p)
	if a.header.Get("Content-Type") != "application/problem+json" || p.Status != status || p.Type != "urn:threatwerk:problem:"+kind ||
		p.Title == "" || p.Detail == "" || p.RequestID == "" || p.RequestID != a.header.Get("X-Request-Id") || p.Faults == nil {
		f.t.Errorf("not the shape of a problem of kind %s: %s, content type %s", kind, a.body, a.header.Get("Content-Type"))
	}
	return p
}
