package httpapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/threatwerk/threatwerk/internal/platform/ratelimit"
)

// still is a limiter whose clock stands.
func still(rate float64, burst int) *ratelimit.Limiter {
	at := time.Unix(1_700_000_000, 0)
	return ratelimit.New(ratelimit.Config{Rate: rate, Burst: burst, Callers: 100, Now: func() time.Time { return at }})
}

// ask sends one request from an address; header is pairs of name and value.
func ask(h http.Handler, method, path, from string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost"+path, nil)
	r.RemoteAddr = from
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestOneRequestTooManyIsAnswered429(t *testing.T) {
	t.Parallel()
	core, lines := observer.New(zap.InfoLevel)
	h := New(Services{}, Options{Log: zap.New(core), Limits: Limits{Requests: still(0.5, 3)}})
	for i := range 3 {
		if w := ask(h, "GET", "/api/v1/nothing", "192.0.2.1:1"); w.Code != http.StatusNotFound || w.Header().Get("RateLimit") != fmt.Sprintf(`"requests";r=%d;t=%d`, 2-i, 2*(i+1)) {
			t.Fatalf("request %d: %d, RateLimit %s", i, w.Code, w.Header().Get("RateLimit"))
		}
	}
	w := ask(h, "GET", "/api/v1/nothing", "192.0.2.1:2")
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "2" || w.Header().Get("RateLimit-Policy") != `"requests";q=3;w=6` ||
		w.Header().Get("RateLimit") != `"requests";r=0;t=6` || !strings.Contains(w.Body.String(), "urn:threatwerk:problem:rate_limited") {
		t.Errorf("%d %v: %s", w.Code, w.Header(), w.Body)
	}
	last := lines.All()[lines.Len()-1].ContextMap()
	if last["client"] != "192.0.2.1" || last["limit"] != "requests" || last["status"] != int64(429) {
		t.Errorf("logged %v", last)
	}
	if w := ask(h, "GET", "/api/v1/nothing", "192.0.2.2:1"); w.Code != http.StatusNotFound {
		t.Errorf("another address: %d", w.Code)
	}
	for _, path := range []string{"/health", "/", "/ws"} {
		if w := ask(h, "GET", path, "192.0.2.1:1", "Upgrade", "websocket"); w.Code == http.StatusTooManyRequests {
			t.Errorf("%s is limited", path)
		}
	}
	if w := ask(h, "GET", "/api/v1/nothing", "192.0.2.1:1", "Connection", "Upgrade", "Upgrade", "websocket"); w.Code != http.StatusTooManyRequests {
		t.Errorf("calling a request a WebSocket gets around the limit: %d", w.Code)
	}
}

func TestWhoCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		limits   Limits
		a, b     []string // headers of two requests
		aFrom    string
		bFrom    string
		together bool
	}{
		{"one network of IPv6", Limits{}, nil, nil, "[2001:db8:1:2::1]:1", "[2001:db8:1:2::2]:1", true},
		{"two networks of IPv6", Limits{}, nil, nil, "[2001:db8:1:2::1]:1", "[2001:db8:1:3::1]:1", false},
		{"a made-up header without proxies", Limits{}, []string{"X-Forwarded-For", "1.1.1.1"}, []string{"X-Forwarded-For", "2.2.2.2"}, "192.0.2.1:1", "192.0.2.1:1", true},
		{"two clients behind a proxy", Limits{Proxies: 1}, []string{"X-Forwarded-For", "1.1.1.1"}, []string{"X-Forwarded-For", "2.2.2.2"}, "10.0.0.1:1", "10.0.0.1:1", false},
		{"a client that makes up addresses before the proxy's", Limits{Proxies: 1}, []string{"X-Forwarded-For", "1.1.1.1, 3.3.3.3"}, []string{"X-Forwarded-For", "2.2.2.2, 3.3.3.3"}, "10.0.0.1:1", "10.0.0.1:1", true},
		{"one token at two addresses", Limits{Caller: header}, []string{"Token", "7"}, []string{"Token", "7"}, "192.0.2.1:1", "192.0.2.2:1", true},
		{"two tokens at one address", Limits{Caller: header}, []string{"Token", "7"}, []string{"Token", "8"}, "192.0.2.1:1", "192.0.2.1:1", false},
	} {
		c.limits.Requests = still(1, 1)
		h := New(Services{}, Options{Log: zap.NewNop(), Limits: c.limits})
		ask(h, "GET", "/api/v1/nothing", c.aFrom, c.a...)
		if w := ask(h, "GET", "/api/v1/nothing", c.bFrom, c.b...); (w.Code == http.StatusTooManyRequests) != c.together {
			t.Errorf("%s: the second is answered %d", c.name, w.Code)
		}
	}
}

func header(r *http.Request) string { return r.Header.Get("Token") }

func TestSigningInIsLimitedMore(t *testing.T) {
	t.Parallel()
	h := New(Services{}, Options{Log: zap.NewNop(), Limits: Limits{Requests: still(1, 100), SignIn: still(1.0/6, 2), Caller: header}})
	for i := range 3 {
		w := ask(h, "POST", "/api/v1/session", "192.0.2.1:1", "Token", fmt.Sprint(i))
		if (w.Code == http.StatusTooManyRequests) != (i == 2) {
			t.Errorf("attempt %d: %d", i, w.Code)
		}
		if i == 2 && w.Header().Get("Retry-After") != "6" {
			t.Errorf("Retry-After %s", w.Header().Get("Retry-After"))
		}
		if i == 0 && strings.Join(w.Header().Values("RateLimit"), ", ") != `"sign-in";r=1;t=6, "requests";r=99;t=1` {
			t.Errorf("RateLimit %s", w.Header().Values("RateLimit"))
		}
	}
	if w := ask(h, "GET", "/api/v1/session", "192.0.2.1:1"); w.Code == http.StatusTooManyRequests {
		t.Error("looking at one's session is limited as signing in is")
	}
}

func TestOnlySoManyUploadsAtOnce(t *testing.T) {
	t.Parallel()
	inside, leave := make(chan struct{}), make(chan struct{})
	work := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inside <- struct{}{}
		<-leave
	})
	h := uploadsAtOnce(Limits{Uploads: 2, UploadWait: time.Millisecond}, work)
	done := make(chan struct{}, 3)
	upload := func() {
		ask(h, "POST", "/api/v1/sboms", "192.0.2.1:1")
		done <- struct{}{}
	}
	go upload()
	go upload()
	<-inside
	<-inside
	w := ask(h, "POST", "/api/v1/sboms", "192.0.2.1:1")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("the third upload: %d %v", w.Code, w.Header())
	}
	go ask(h, "GET", "/api/v1/sboms", "192.0.2.1:1")
	<-inside // what is no upload is not held up
	leave <- struct{}{}
	leave <- struct{}{}
	<-done
	go upload()
	<-inside
	close(leave)
	<-done
}

func TestAnUploadWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	inside, leave, done := make(chan struct{}), make(chan struct{}), make(chan int)
	h := uploadsAtOnce(Limits{Uploads: 1, UploadWait: time.Minute}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		inside <- struct{}{}
		<-leave
	}))
	for range 2 {
		go func() { done <- ask(h, "POST", "/api/v1/sboms", "192.0.2.1:1").Code }()
	}
	for range 2 {
		<-inside
		leave <- struct{}{}
		if code := <-done; code != http.StatusOK {
			t.Errorf("answered %d", code)
		}
	}
	go ask(h, "POST", "/api/v1/sboms", "192.0.2.1:1")
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "POST", "http://localhost/api/v1/sboms", http.NoBody))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("a cancelled upload that waits: %d", w.Code)
	}
	leave <- struct{}{}
}

// A document that is one too many is refused with its reason, and not by a broken connection while it is sent.
func TestARefusedUploadIsStillReadSomeWay(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(New(Services{}, Options{Log: zap.NewNop(), Limits: Limits{Requests: still(1, 1)}}))
	defer server.Close()
	for _, want := range []int{http.StatusNotFound, http.StatusTooManyRequests} {
		path := map[int]string{http.StatusNotFound: "/api/v1/nothing", http.StatusTooManyRequests: "/api/v1/sboms"}[want]
		res, err := http.Post(server.URL+path, "application/json", io.LimitReader(zeros{}, 4<<20))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func BenchmarkLimited(b *testing.B) {
	l := Limits{Requests: ratelimit.New(ratelimit.Config{Rate: 1e6, Burst: 1e6})}
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for name, h := range map[string]http.Handler{"with": addressed(1, limited(l, next)), "without": next} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/api/v1/findings", nil)
			r.Header.Set("X-Forwarded-For", "198.51.100.1, 203.0.113.7")
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
