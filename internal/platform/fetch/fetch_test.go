package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

var morning = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

// script answers the nth request with its nth part, and the last one for ever after.
type script struct {
	mu    sync.Mutex
	parts []http.HandlerFunc
	asked []*http.Request
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	part := s.parts[min(len(s.asked), len(s.parts)-1)]
	s.asked = append(s.asked, r)
	s.mu.Unlock()
	part(w, r)
}

func (s *script) requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func body(kind, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		fmt.Fprint(w, text)
	}
}

func broke(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, text)
	}
}

var good = body("application/json", `{"n":7}`)

func serve(t *testing.T, service Service, parts ...http.HandlerFunc) (*Client, *script, *testkit.Clock, string) {
	t.Helper()
	s := &script{parts: parts}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	clock := testkit.NewClock(morning)
	if service.Name == "" {
		service.Name = "NVD"
	}
	return New(service, Options{Now: clock.Now, Sleep: clock.Sleep, Random: func() float64 { return 0.5 }}), s, clock, server.URL
}

type number struct{ N int }

func TestTemporaryFailuresAreTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		part http.HandlerFunc
		want time.Duration
	}{
		"503":                  {status(503), time.Second},
		"504":                  {status(504), time.Second},
		"524":                  {status(524), time.Second},
		"408":                  {status(408), time.Second},
		"429":                  {status(429), 30 * time.Second},
		"429 that says 0":      {status(429, "Retry-After", "0"), 30 * time.Second},
		"503 that says 2":      {status(503, "Retry-After", "2"), 5 * time.Second},
		"503 that says 40":     {status(503, "Retry-After", "40"), 40 * time.Second},
		"503 that says years":  {status(503, "Retry-After", "99999999999"), 15 * time.Minute},
		"503 below zero":       {status(503, "Retry-After", "-3"), 5 * time.Second},
		"503 with nonsense":    {status(503, "Retry-After", "soon"), time.Second},
		"503 at a date":        {status(503, "Retry-After", "Wed, 25 Nov 2026 03:01:00 GMT", "Date", "Wed, 25 Nov 2026 03:00:10 GMT"), 50 * time.Second},
		"503 at a past date":   {status(503, "Retry-After", "Wed, 25 Nov 2020 03:01:00 GMT", "Date", "Wed, 25 Nov 2026 03:00:10 GMT"), 5 * time.Second},
		"a page in its place":  {body("text/html", "<html>Just a moment...</html>"), time.Second},
		"a page called JSON":   {body("application/json", "\n<!DOCTYPE html>"), time.Second},
		"nothing":              {body("application/json", ""), time.Second},
		"broken off":           {broke(`{"n":`), time.Second},
		"broken off, politely": {body("application/json", `{"n":7`), time.Second},
		"another shape":        {body("application/json", `{"n":"seven"}`), time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, s, clock, url := serve(t, Service{}, c.part, good)
			got, _, err := GetJSON[number](t.Context(), client, Request{URL: url})
			if err != nil || got.N != 7 || len(s.requests()) != 2 {
				t.Fatalf("got %v, %v after %d requests", got, err, len(s.requests()))
			}
			if diff := cmp.Diff([]time.Duration{c.want}, clock.Slept()); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGivesUpInWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		part  http.HandlerFunc
		kind  problem.Kind
		tries int
		want  string
	}{
		"busy":         {status(503), problem.Unavailable, 3, "NVD answered 503 Service Unavailable (3 times in a row, last at 2026-11-25 03:00:03 UTC)."},
		"limit":        {status(429), problem.RateLimited, 3, "NVD answered 429 Too Many Requests (3 times in a row, last at 2026-11-25 03:01:00 UTC). It asks to be left alone until 2026-11-25 03:01:30 UTC."},
		"page":         {body("text/html", "<html>"), problem.Unavailable, 3, "NVD answered with a web page where JSON was expected (3 times in a row, last at 2026-11-25 03:00:03 UTC)."},
		"too large":    {body("application/json", `{"x":"`+strings.Repeat("y", 2000)+`"}`), problem.Unavailable, 1, "NVD sent more than can be taken: the limit is 1000 bytes."},
		"bad key":      {status(401), problem.Unauthenticated, 1, "NVD answered 401 Unauthorized."},
		"no such page": {status(404), problem.NotFound, 1, "NVD answered 404 Not Found."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, s, _, url := serve(t, Service{Tries: 3, MaxBody: 1000}, c.part)
			_, _, err := GetJSON[number](t.Context(), client, Request{URL: url})
			var p *problem.Error
			if !errors.As(err, &p) || p.Message != c.want || p.Kind != c.kind || len(s.requests()) != c.tries {
				t.Errorf("%d requests, error %#v\nwant %s", len(s.requests()), err, c.want)
			}
			if f := FailureOf(err); f == nil || f.Temporary != (c.tries > 1) || f.Tries != c.tries {
				t.Errorf("failure %+v", f)
			}
		})
	}
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	client, s, clock, url := serve(t, Service{Judge: func(Refusal) Verdict {
		return Verdict{Again: true, Limited: true, Wait: time.Hour, Kind: problem.RateLimited}
	}}, status(403))
	_, err := client.Get(t.Context(), Request{URL: url})
	if f := FailureOf(err); f == nil || !f.RetryAt.Equal(morning.Add(time.Hour)) || len(s.requests()) != 1 || len(clock.Slept()) > 0 {
		t.Errorf("waits for what it has no patience for: %v", err)
	}
}

func TestBackoffGrowsAndIsBounded(t *testing.T) {
	t.Parallel()
	client, _, clock, url := serve(t, Service{Backoff: time.Second, MaxWait: 5 * time.Second, Tries: 6}, status(503))
	if _, err := client.Get(t.Context(), Request{URL: url}); err == nil {
		t.Fatal("no error")
	}
	half := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	if diff := cmp.Diff([]time.Duration{half(.5), half(1), half(2), half(2.5), half(2.5)}, clock.Slept()); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
}

func TestBudget(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		budget Budget
		asked  int
		window time.Duration
		most   int
	}{
		"gap":    {Budget{Gap: 6 * time.Second}, 20, 30 * time.Second, 5},
		"window": {Budget{Requests: 10, Per: time.Minute}, 50, time.Minute, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := testkit.NewClock(morning)
			var at []time.Time
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				at = append(at, clock.Now())
				good(w, r)
			}))
			defer server.Close()
			client := New(Service{Name: "NVD", Budget: c.budget}, Options{Now: clock.Now, Sleep: clock.Sleep})
			for range c.asked {
				if _, err := client.Get(t.Context(), Request{URL: server.URL}); err != nil {
					t.Fatal(err)
				}
			}
			for i := range at {
				if j := i + c.most; j < len(at) && at[j].Sub(at[i]) < c.window {
					t.Errorf("%d requests within %v", c.most+1, at[j].Sub(at[i]))
				}
			}
		})
	}
}

func TestBreaker(t *testing.T) {
	t.Parallel()
	client, s, clock, url := serve(t, Service{Tries: 2, BreakAfter: 3}, status(503), status(503), status(503), good)
	ask := func() error { _, err := client.Get(t.Context(), Request{URL: url}); return err }
	for range 2 {
		if err := ask(); err == nil {
			t.Fatal("no error")
		}
	}
	if n := len(s.requests()); n != 3 {
		t.Fatalf("%d requests, want 2 and then 1: the third failure in a row opens the breaker", n)
	}
	err := ask()
	if !problem.Is(err, problem.Unavailable) || len(s.requests()) != 3 || !strings.HasPrefix(err.Error(), "NVD is left alone until 2026-11-25 03:15:0") {
		t.Errorf("asked while the breaker is open: %v", err)
	}
	clock.Advance(16 * time.Minute)
	for range 2 {
		if err := ask(); err != nil {
			t.Errorf("not asked again: %v", err)
		}
	}
}

func TestConditional(t *testing.T) {
	t.Parallel()
	client, _, _, url := serve(t, Service{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"a"`)
		if r.Header.Get("If-None-Match") == `"a"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		good(w, r)
	})
	first, err := client.Get(t.Context(), Request{URL: url, Want: JSON})
	if err != nil || first.ETag != `"a"` || first.NotModified {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := client.Get(t.Context(), Request{URL: url, Want: JSON, ETag: first.ETag})
	if err != nil || !again.NotModified || len(again.Body) > 0 {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestKeysStayWithTheirHost: neither another host, nor an error, nor the words of a judge get to see them.
func TestKeysStayWithTheirHost(t *testing.T) {
	t.Parallel()
	const key = "0a1b2c3d-secret"
	var seen http.Header
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Clone()
		good(w, r)
	}))
	defer other.Close()
	service := Service{Tries: 1, Header: http.Header{"apiKey": {key}, "Authorization": {"Bearer " + key}}}
	client, s, _, url := serve(t, service, status(302, "Location", other.URL))
	if _, err := client.Get(t.Context(), Request{URL: url}); err != nil {
		t.Fatal(err)
	}
	if first := s.requests()[0].Header; first.Get("Apikey") != key || !strings.HasPrefix(first.Get("User-Agent"), "ThreatWerk/") {
		t.Errorf("the service gets %v", first)
	}
	if seen.Get("Apikey") != "" || seen.Get("Authorization") != "" || seen.Get("User-Agent") == "" {
		t.Errorf("another host gets %v", seen)
	}

	service.Judge = func(r Refusal) Verdict { return Verdict{Kind: problem.Invalid, Words: "It says " + r.Start} }
	for name, ask := range map[string]func() error{
		"echoed": func() error {
			client, _, _, url := serve(t, service, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(400)
				fmt.Fprintf(w, "no such key: %s at %s", r.Header.Get("apiKey"), r.URL.RawQuery)
			})
			_, err := client.Get(t.Context(), Request{URL: url + "/x?token=" + key})
			return err
		},
		"not reached": func() error {
			client, _, _, _ := serve(t, service, good)
			_, err := client.Get(t.Context(), Request{URL: "http://127.0.0.1:1/x?token=" + key})
			return err
		},
	} {
		if err := ask(); err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, FailureOf(err)), key) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRedirectsFromHTTPSAreNotFollowedToHTTP(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(good)
	defer plain.Close()
	secure := httptest.NewTLSServer(status(302, "Location", plain.URL))
	defer secure.Close()
	client := New(Service{Name: "NVD"}, Options{Transport: secure.Client().Transport, Sleep: testkit.NewClock(morning).Sleep})
	if _, err := client.Get(t.Context(), Request{URL: secure.URL}); err == nil || !strings.Contains(err.Error(), "away from HTTPS") {
		t.Errorf("followed: %v", err)
	}
}

func TestSilenceEnds(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	silent := func(http.ResponseWriter, *http.Request) { <-release }
	stuck := func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"n":`)
		_ = http.NewResponseController(w).Flush()
		<-release
	}
	for want, c := range map[string]struct {
		part    http.HandlerFunc
		service Service
	}{
		"did not answer in time": {silent, Service{Tries: 2, Answer: 20 * time.Millisecond}},
		"stopped sending":        {stuck, Service{Tries: 2, Idle: 20 * time.Millisecond}},
		"too slowly":             {stuck, Service{Tries: 2, Whole: 20 * time.Millisecond}},
	} {
		client, _, _, url := serve(t, c.service, c.part)
		if _, _, err := GetJSON[number](t.Context(), client, Request{URL: url}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	close(release)
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	client, _, _, url := serve(t, Service{}, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		status(503)(w, r)
	})
	if _, err := client.Get(ctx, Request{URL: url}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestFinalErrorsOfTheReaderEndTheRequest(t *testing.T) {
	t.Parallel()
	full := errors.New("the disk is full")
	client, s, _, url := serve(t, Service{}, good)
	_, err := client.Get(t.Context(), Request{URL: url, Read: func(Answer, io.Reader) error { return Final(full) }})
	if !errors.Is(err, full) || len(s.requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(s.requests()))
	}
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	for want, in := range map[string][2]string{
		"ThreatWerk/1.2 (+https://tw.example)": {"1.2", "https://tw.example"},
		"ThreatWerk/dev":                       {"", ""},
		"ThreatWerk/1-2-x":                     {"1/2\nx", "https://tw.example/\r\nX: y"},
	} {
		if got := UserAgent(in[0], in[1]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestStreamErrorsOfHTTP2: NVD's edge resets streams in the middle of a page.
func TestStreamErrorsOfHTTP2(t *testing.T) {
	t.Parallel()
	s := &script{parts: []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"n":`)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}, good}}
	server := httptest.NewUnstartedServer(s)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	client := New(Service{Name: "NVD"}, Options{Transport: server.Client().Transport, Sleep: testkit.NewClock(morning).Sleep})
	got, _, err := GetJSON[number](t.Context(), client, Request{URL: server.URL})
	if list := s.requests(); err != nil || got.N != 7 || len(list) != 2 || list[0].ProtoMajor != 2 {
		t.Errorf("got %v, %v after %d requests", got, err, len(list))
	}
}
