package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/live"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/runtime/httpapi"
)

// patience bounds every wait for what has to come.
const patience = 20 * time.Second

// liveServer is another server on the fixture's database, with live connections.
type liveServer struct {
	f   *fixture
	url string
	hub *live.Hub
}

func (f *fixture) liveServer(c live.Config, o httpapi.Options) *liveServer {
	f.t.Helper()
	c.Standing = f.services.Accounts.Standing
	s := &liveServer{f: f, hub: live.NewHub(c)}
	services := f.services
	services.Live = s.hub
	o.Log = zap.NewNop()
	server := httptest.NewServer(httpapi.New(services, o))
	s.url = server.URL
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.hub.Run(ctx, f.pool.Config().ConnConfig)
	}()
	f.t.Cleanup(func() {
		cancel()
		<-ended
		server.Close()
	})
	s.await("it listens", func() bool { return s.hub.Stats().Listening })
	return s
}

func (s *liveServer) await(what string, done func() bool) {
	s.f.t.Helper()
	deadline, tick := time.After(patience), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			s.f.t.Fatalf("waited %s in vain until %s", patience, what)
		case <-tick.C:
		}
	}
}

// page is an open page's end of a live connection.
type page struct {
	t    *testing.T
	conn *websocket.Conn
}

// dial opens a live connection; header is pairs of name and value.
func (s *liveServer) dial(header ...string) (*page, *http.Response, error) {
	s.f.t.Helper()
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	ctx, cancel := context.WithTimeout(s.f.t.Context(), patience)
	defer cancel()
	conn, res, err := websocket.Dial(ctx, s.url+"/api/v1/live", &websocket.DialOptions{HTTPHeader: h})
	if err != nil {
		return nil, res, err
	}
	s.f.t.Cleanup(func() { _ = conn.CloseNow() })
	return &page{s.f.t, conn}, res, nil
}

// open is dial for one that must be let in, as a person with a cookie.
func (s *liveServer) open(cookie string) *page {
	s.f.t.Helper()
	p, _, err := s.dial("Cookie", cookie, "Origin", s.url)
	if err != nil {
		s.f.t.Fatal(err)
	}
	if m := p.next(); m.Kind != "ready" {
		s.f.t.Fatalf("the first message is %+v", m)
	}
	return p
}

func (p *page) read() (m httpapi.LiveMessage, err error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	_, raw, err := p.conn.Read(ctx)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(raw, &m)
}

func (p *page) next() httpapi.LiveMessage {
	p.t.Helper()
	m, err := p.read()
	if err != nil {
		p.t.Fatalf("no message: %v", err)
	}
	return m
}

// until reads messages up to one of a kind that names a product (0: any), and gives back all.
func (p *page) until(kind string, product int64) []httpapi.LiveMessage {
	p.t.Helper()
	var all []httpapi.LiveMessage
	for {
		m := p.next()
		all = append(all, m)
		if m.Kind == kind && (product == 0 || slices.Contains(m.ProductIDs, product)) {
			return all
		}
	}
}

// closed reads up to the end and gives its code.
func (p *page) closed() websocket.StatusCode {
	p.t.Helper()
	for {
		if _, err := p.read(); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

func TestAHintReachesThePageOfAnotherServerWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.loadIntel()
	first, second := f.liveServer(live.Config{}, httpapi.Options{}), f.liveServer(live.Config{}, httpapi.Options{})
	reader := second.open(f.cookie)
	f.url = first.url
	began := time.Now()
	p := f.newPortfolio("Shop")
	heard := reader.until("findings", p.product)
	took := time.Since(began)
	t.Logf("from upload to hint on the other server: %s", took.Round(time.Millisecond))
	if took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	if m := heard[len(heard)-1]; !slices.Equal(m.ReleaseIDs, []int64{p.release}) {
		t.Errorf("it names the releases %v, not %d", m.ReleaseIDs, p.release)
	}
}

func TestAForeignProductsHintIsNotDelivered(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.loadIntel()
	f.join("stranger@example.org", access.Analyst)
	s := f.liveServer(live.Config{}, httpapi.Options{})
	own := f.newPortfolio("Own")
	var secret int64
	if err := f.pool.QueryRow(t.Context(), `insert into products (name) values ('Secret') returning id`).Scan(&secret); err != nil {
		t.Fatal(err)
	}
	f.restrict(secret)
	stranger, admin := s.open(f.signIn("stranger@example.org", testPassword)), s.open(f.cookie)
	foreign := f.newPortfolio("Secret")
	admin.until("findings", foreign.product)
	f.want(http.StatusOK, "PATCH", fmt.Sprintf("/api/v1/products/%d", own.product), `{"criticality":"low"}`, nil)
	for _, m := range stranger.until("products", own.product) {
		if slices.Contains(m.ProductIDs, foreign.product) || slices.Contains(m.ReleaseIDs, foreign.release) {
			t.Errorf("a stranger is told %+v", m)
		}
	}
	// Rights that are given while the page is open are told, and hold from then on.
	if _, err := f.services.Accounts.SetProductAccess(t.Context(), secret, account.ProductAccess{}); err != nil {
		t.Fatal(err)
	}
	stranger.until("everything", 0)
	f.want(http.StatusOK, "PATCH", fmt.Sprintf("/api/v1/products/%d", secret), `{"criticality":"low"}`, nil)
	stranger.until("products", secret)
	// And taken away again: what is changed in the same breath is not told any more.
	if _, err := f.services.Accounts.SetProductAccess(t.Context(), secret, account.ProductAccess{Restricted: true}); err != nil {
		t.Fatal(err)
	}
	f.want(http.StatusOK, "PATCH", fmt.Sprintf("/api/v1/products/%d", secret), `{"criticality":"high"}`, nil)
	stranger.until("everything", 0)
	f.want(http.StatusOK, "PATCH", fmt.Sprintf("/api/v1/products/%d", own.product), `{"criticality":"high"}`, nil)
	for _, m := range stranger.until("products", own.product) {
		if slices.Contains(m.ProductIDs, secret) {
			t.Errorf("after the rights went, a stranger is told %+v", m)
		}
	}
}

func TestALiveConnectionEndsWithItsSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	s := f.liveServer(live.Config{Review: time.Hour}, httpapi.Options{})
	stranger := f.join("stranger@example.org", access.Viewer)
	token, err := f.services.Accounts.CreateToken(t.Context(), stranger, account.NewToken{Name: "CI", Scopes: []string{"read"}, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for name, end := range map[string]struct {
		header func() []string
		end    func(header []string)
	}{
		"sign-out": {
			func() []string {
				return []string{"Cookie", f.signIn("stranger@example.org", testPassword), "Origin", s.url}
			},
			func(header []string) {
				if a := f.call("DELETE", "/api/v1/session", nil, header[0], header[1], "Origin", f.url); a.status != http.StatusNoContent {
					t.Fatalf("signing out answered %d: %s", a.status, a.body)
				}
			},
		},
		"another role": {
			func() []string {
				return []string{"Cookie", f.signIn("stranger@example.org", testPassword), "Origin", s.url}
			},
			func([]string) {
				f.want(http.StatusOK, "PATCH", fmt.Sprintf("/api/v1/people/%d", stranger), `{"role":"contributor"}`, nil)
			},
		},
		"revoked token": {
			func() []string { return []string{"Authorization", "Bearer " + token.Secret} },
			func([]string) {
				if err := f.services.Accounts.RevokeToken(t.Context(), stranger, token.ID); err != nil {
					t.Fatal(err)
				}
			},
		},
	} {
		header := end.header()
		p, _, err := s.dial(header...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p.next()
		end.end(header)
		if code := p.closed(); code != 4401 {
			t.Errorf("%s: closed with %d", name, code)
		}
	}
	admin := s.open(f.cookie)
	f.want(http.StatusCreated, "POST", "/api/v1/products", `{"name":"x"}`, nil)
	admin.until("products", 0) // whoever else is there stays
}

func TestWhoMayOpenALiveConnection(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	s := f.liveServer(live.Config{Each: 2}, httpapi.Options{AppURL: "http://app.localhost:8080", Hosts: []string{"app.localhost"}})
	for name, tc := range map[string]struct {
		header []string
		status int
	}{
		"nobody":                  {[]string{"Origin", s.url}, http.StatusUnauthorized},
		"another site":            {[]string{"Cookie", f.cookie, "Origin", "https://evil.example"}, http.StatusForbidden},
		"another port":            {[]string{"Cookie", f.cookie, "Origin", "http://127.0.0.1:1"}, http.StatusForbidden},
		"a page without one":      {[]string{"Cookie", f.cookie, "Origin", "null"}, http.StatusForbidden},
		"no word of a page":       {[]string{"Cookie", f.cookie}, http.StatusForbidden},
		"a token that is unknown": {[]string{"Authorization", "Bearer twk_no"}, http.StatusUnauthorized},
	} {
		_, res, err := s.dial(tc.header...)
		if err == nil || res == nil || res.StatusCode != tc.status {
			t.Errorf("%s: %v, %+v", name, err, res)
		}
	}
	if p, _, err := s.dial("Cookie", f.cookie, "Origin", "http://app.localhost:8080"); err != nil {
		t.Errorf("the page of APP_URL: %v", err)
	} else {
		p.next()
	}
	s.open(f.cookie)
	if _, res, err := s.dial("Cookie", f.cookie, "Origin", s.url); err == nil || res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one more than a person may have: %v", err)
	}
	// What a page asks when no connection comes about.
	for name, tc := range map[string]struct {
		url    string
		status int
	}{"here is one": {s.url, http.StatusUpgradeRequired}, "here is none": {f.url, http.StatusNotFound}} {
		g := &fixture{t: t, url: tc.url, cookie: f.cookie}
		if a := g.call("GET", "/api/v1/live", nil); a.status != tc.status {
			t.Errorf("%s: answered %d: %s", name, a.status, a.body)
		}
	}
}

func TestAClientThatDoesNotAnswerIsClosed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	s := f.liveServer(live.Config{}, httpapi.Options{Ping: 40 * time.Millisecond})
	p := s.open(f.cookie) // from now on it reads nothing, so no ping is answered
	s.await("the silent client is gone", func() bool { return s.hub.Stats().Clients == 0 })
	if code := p.closed(); code != -1 {
		t.Errorf("closed with %d", code)
	}
}

func TestALiveConnectionOutlastsTheBoundsOfRequests(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	s := f.liveServer(live.Config{Review: 20 * time.Millisecond}, httpapi.Options{Ping: 200 * time.Millisecond})
	p := s.open(f.cookie)
	for range 5 {
		p.until("beat", 0)
	}
	// A client may not say anything.
	if err := p.conn.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if code := p.closed(); code != websocket.StatusPolicyViolation {
		t.Errorf("closed with %d", code)
	}
}

func TestListeningRecoversAndClientsFetchAnew(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	s := f.liveServer(live.Config{}, httpapi.Options{})
	p := s.open(f.cookie)
	var killed int
	err := f.pool.QueryRow(t.Context(), `select count(pg_terminate_backend(pid)) from pg_stat_activity
		where application_name = $1 and datname = current_database()`, live.Name).Scan(&killed)
	if err != nil || killed != 1 {
		t.Fatalf("%d listening connections were killed: %v", killed, err)
	}
	p.until("everything", 0)
	f.want(http.StatusCreated, "POST", "/api/v1/products", `{"name":"x"}`, nil)
	p.until("products", 0)
}

func TestAStoppingServerSendsItsClientsElsewhere(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	s := f.liveServer(live.Config{}, httpapi.Options{})
	p := s.open(f.cookie)
	ended := make(chan websocket.StatusCode, 1)
	go func() { ended <- p.closed() }()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s.hub.Drain(ctx)
	if code := <-ended; code != websocket.StatusServiceRestart || ctx.Err() != nil {
		t.Errorf("closed with %d", code)
	}
	if _, res, err := s.dial("Cookie", f.cookie, "Origin", s.url); err == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a stopping server takes clients: %v", err)
	}
}

// TestASlowReaderCostsNoMore has a client that fetches nothing while very much happens.
func TestASlowReaderCostsNoMore(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	s := f.liveServer(live.Config{}, httpapi.Options{})
	slow, err := s.hub.Join(access.Caller{PersonID: 1, SessionID: f.session()}, access.All())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Leave()
	reader := s.open(f.cookie)
	for i := range 3000 {
		places := []live.Place{{Product: int64(i + 1), Release: int64(i + 1)}, {Product: int64(i + 1)}}
		if err := live.Send(t.Context(), f.pool, live.Hint{Kind: live.Findings, Places: places}); err != nil {
			t.Fatal(err)
		}
	}
	if err := live.Send(t.Context(), f.pool, live.Hint{Kind: live.Feeds}); err != nil {
		t.Fatal(err)
	}
	told := len(reader.until("feeds", 0))
	if told > 100 {
		t.Errorf("3,000 hints became %d messages", told)
	}
	messages, err := slow.Next(t.Context())
	if err != nil || len(messages) == 0 || len(messages) > 2 {
		t.Fatalf("%d messages wait for the slow reader: %v", len(messages), err)
	}
	for _, m := range messages {
		if len(m.Products)+len(m.Releases) > 500 {
			t.Errorf("%s remembers %d places", m.Kind, len(m.Products)+len(m.Releases))
		}
	}
}

// session is the id of the session that the fixture calls with.
func (f *fixture) session() string {
	f.t.Helper()
	var id string
	if err := f.pool.QueryRow(f.t.Context(), `select id::text from sessions limit 1`).Scan(&id); err != nil {
		f.t.Fatal(err)
	}
	return id
}

func TestTheHubHoldsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	hub := live.NewHub(live.Config{Clients: 2})
	for i := range 2 {
		if _, err := hub.Join(access.Caller{PersonID: int64(i + 1)}, access.All()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := hub.Join(access.Caller{PersonID: 3}, access.All()); err == nil || !strings.Contains(err.Error(), "as many as") {
		t.Errorf("a third client: %v", err)
	}
	hub.Stop()
	if _, err := hub.Join(access.Caller{PersonID: 4}, access.All()); err == nil || errors.Is(err, live.ErrEnded) {
		t.Errorf("after the end: %v", err)
	}
}
