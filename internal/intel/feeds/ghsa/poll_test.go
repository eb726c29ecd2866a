package ghsa

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/testkit"
	"github.com/threatwerk/threatwerk/localdev/feeds/simulator"
	"github.com/threatwerk/threatwerk/localdev/feeds/simulator/simtest"
)

var morning = time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)

// world is a simulated GitHub, the feed that polls it, and what a store would hold of it.
type world struct {
	t       *testing.T
	clock   *testkit.Clock
	sim     *simulator.Server
	feed    *Service
	truth   map[string]bool
	records map[string]intel.Advisory
	cursor  json.RawMessage
	held    []string
	last    intel.Step
	steps   int
}

func newWorld(t *testing.T, reviewed, malware int, limits bool) *world {
	t.Helper()
	clock := testkit.NewClock(morning)
	sim, address := simtest.Start(t, simulator.Config{Now: clock.Now, Limits: limits, Keys: map[string]string{"ghsa": "the-right-token"}})
	w := &world{t: t, clock: clock, sim: sim, truth: map[string]bool{}, records: map[string]intel.Advisory{}}
	w.feed = New(Settings{BaseURL: address + "/ghsa", PageSize: 10,
		Fetch: fetch.Options{Now: clock.Now, Sleep: clock.Sleep, Random: func() float64 { return 1 }}})
	for i := range reviewed {
		w.put(i, "reviewed")
	}
	for i := range malware {
		w.put(reviewed+i, "malware")
	}
	return w
}

func (w *world) put(i int, kind string) {
	w.t.Helper()
	id := fmt.Sprintf("GHSA-%04d-aaaa-bbbb", i)
	w.truth[id] = true
	w.must(w.sim.Put("ghsa", id, fmt.Appendf(nil, `{"type":%q,"summary":"at %s","published_at":"2026-11-01T00:00:00Z",
		"vulnerabilities":[{"package":{"ecosystem":"npm","name":"p%d"},"vulnerable_version_range":"< 2","first_patched_version":"2"}]}`,
		kind, w.clock.Now().Format(time.RFC3339Nano), i)))
	w.clock.Advance(40 * time.Second)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) poll(stop int, ask intel.Ask) error {
	w.t.Helper()
	ask.Cursor, w.steps, w.last = w.cursor, 0, intel.Step{}
	for step, err := range w.feed.Poll(w.t.Context(), ask) {
		if err != nil {
			return err
		}
		w.steps++
		w.last, w.cursor = step, step.Cursor
		for _, in := range step.Advisories {
			w.records[in.Advisory.ID] = in.Advisory
		}
		if step.Held != nil {
			w.held = step.Held.IDs
		}
		if w.steps == stop {
			return nil
		}
	}
	return nil
}

func (w *world) complete(why string) {
	w.t.Helper()
	w.sim.Clear("ghsa")
	all := map[string]intel.Advisory{}
	for step, err := range New(w.feed.settings).Poll(w.t.Context(), intel.Ask{Key: "the-right-token"}) {
		w.must(err)
		for _, in := range step.Advisories {
			all[in.Advisory.ID] = in.Advisory
		}
	}
	if len(all) != len(w.truth) || !reflect.DeepEqual(all, w.records) {
		w.t.Fatalf("%s: %d advisories of %d held", why, len(w.records), len(w.truth))
	}
}

func TestLoadAndChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 45, 25, false)
	w.must(w.poll(0, intel.Ask{}))
	w.complete("after the first load")
	if a := w.records["GHSA-0050-aaaa-bbbb"]; a.Kind != intel.KindMalware {
		t.Errorf("malware is %q", a.Kind)
	}
	w.clock.Advance(12 * time.Hour)
	w.must(w.poll(0, intel.Ask{}))
	if w.last.Done == 0 || w.last.Done == 70 || Silence(w.cursor) != 0 {
		t.Errorf("read %d again, %s", w.last.Done, w.cursor)
	}
	w.put(3, "reviewed")
	w.must(w.sim.Withdraw("ghsa", "GHSA-0003-aaaa-bbbb"))
	w.put(100, "malware")
	w.must(w.poll(0, intel.Ask{}))
	w.complete("after changes")
	if w.records["GHSA-0003-aaaa-bbbb"].Withdrawn.IsZero() {
		t.Error("not withdrawn")
	}
	w.must(w.poll(0, intel.Ask{Key: "the-right-token", Reconcile: true}))
	if len(w.held) != len(w.truth) {
		t.Errorf("%d held of %d", len(w.held), len(w.truth))
	}
}

// TestKilledAtEveryStep: going on after any step ends with the same records, also when links have died.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, links := range []bool{true, false} {
		w := newWorld(t, 45, 25, false)
		if !links {
			w.strike(simulator.Fault{Kind: simulator.Status, Status: 422, Body: `{"message":"Invalid cursor"}`, Match: "after=", Times: 0})
			w.feed.settings.PageSize = 100
		}
		for range 30 {
			w.must(w.poll(1, intel.Ask{}))
		}
		w.must(w.sim.Touch("ghsa"))
		w.clock.Advance(time.Minute)
		for range 20 {
			w.must(w.poll(1, intel.Ask{}))
		}
		w.must(w.poll(0, intel.Ask{}))
		w.complete(fmt.Sprint("links live: ", links))
	}
}

func (w *world) strike(faults ...simulator.Fault) {
	for i := range faults {
		faults[i].Service = "ghsa"
	}
	simtest.Break(w.t, w.sim, faults...)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	secondary := `{"message":"You have exceeded a secondary rate limit."}`
	for name, f := range map[string]simulator.Fault{
		"429":             {Kind: simulator.Status, Status: 429},
		"secondary limit": {Kind: simulator.Status, Status: 403, Body: secondary},
		"told to wait":    {Kind: simulator.Status, Status: 403, Header: map[string]string{"Retry-After": "60"}},
		"500":             {Kind: simulator.Status, Status: 500},
		"502":             {Kind: simulator.Status, Status: 502},
		"503":             {Kind: simulator.Status, Status: 503, Header: map[string]string{"Retry-After": "0"}},
		"504":             {Kind: simulator.Status, Status: 504},
		"page":            {Kind: simulator.HTML},
		"truncated":       {Kind: simulator.Truncate},
		"cut":             {Kind: simulator.Cut},
		"schema":          {Kind: simulator.Schema},
		"clock":           {Kind: simulator.ClockSkew, Delay: 400 * 24 * time.Hour},
		"links died":      {Kind: simulator.Status, Status: 422, Body: `{"message":"Invalid cursor"}`, Match: "after="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 45, 15, false)
			f.After, f.Times = 2, 2
			w.strike(f)
			w.must(w.poll(0, intel.Ask{}))
			w.complete(name)
		})
	}
}

// TestEmptySuccess: "[]" moves nothing and is counted; at the first load it is not believed.
func TestEmptySuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5, 5, false)
	w.strike(simulator.Fault{Kind: simulator.Empty})
	if err := w.poll(0, intel.Ask{}); !problem.Is(err, problem.Unavailable) {
		t.Fatalf("believed: %v", err)
	}
	w.sim.Clear("ghsa")
	w.must(w.poll(0, intel.Ask{}))
	w.put(77, "reviewed")
	w.clock.Advance(time.Hour)
	w.strike(simulator.Fault{Kind: simulator.Empty})
	for n := 1; n < 4; n++ {
		w.must(w.poll(0, intel.Ask{}))
		if Silence(w.cursor) != n {
			t.Errorf("after %d empty polls: %s", n, w.cursor)
		}
		w.clock.Advance(24 * time.Hour)
	}
	w.sim.Clear("ghsa")
	w.must(w.poll(0, intel.Ask{}))
	w.complete("after the silence")
	if Silence(w.cursor) != 0 {
		t.Errorf("still silent: %s", w.cursor)
	}
}

// TestLimitWithoutToken: the hour's requests are used up, which is said, and the next poll goes on.
func TestLimitWithoutToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 700, 0, true)
	for polls := 0; ; polls++ {
		err := w.poll(0, intel.Ask{})
		if err == nil && polls > 0 {
			break
		}
		if f := fetch.FailureOf(err); !problem.Is(err, problem.RateLimited) || f.RetryAt.IsZero() || !strings.Contains(err.Error(), "5,000") || polls > 3 {
			t.Fatalf("poll %d: %v, %+v", polls, err, f)
		}
		w.clock.Advance(time.Hour)
	}
	w.complete("after the second hour")
}

func TestWrongTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5, 0, false)
	for name, ask := range map[string]func() error{
		"poll": func() error { return w.poll(0, intel.Ask{Key: "a-wrong-token"}) },
		"try":  func() error { return w.feed.Try(t.Context(), "a-wrong-token") },
	} {
		if err := ask(); !problem.Is(err, problem.Unauthenticated) || !strings.Contains(err.Error(), "Bad credentials") || strings.Contains(fmt.Sprintf("%+v", err), "a-wrong") {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.must(w.feed.Try(t.Context(), "the-right-token"))
	w.strike(simulator.Fault{Kind: simulator.Status, Status: 403, Body: `{"message":"Resource protected by organization SAML enforcement."}`})
	w.sim.Forget()
	if err := w.poll(0, intel.Ask{}); !problem.Is(err, problem.Forbidden) || len(w.sim.Requests("ghsa")) != 1 {
		t.Errorf("tried again what is forbidden: %v", err)
	}
}

func TestJudgeBelievesNoWrongClock(t *testing.T) {
	t.Parallel()
	h := http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {strconv.FormatInt(morning.AddDate(9, 0, 0).Unix(), 10)}}
	if v := judge(false)(fetch.Refusal{Status: 403, Header: h, Now: morning}); v.Wait > time.Hour+time.Minute {
		t.Errorf("waits %v", v.Wait)
	}
	h.Set("X-Ratelimit-Reset", "1")
	if v := judge(true)(fetch.Refusal{Status: 429, Header: h, Now: morning}); v.Wait > time.Minute || !v.Again {
		t.Errorf("%+v", v)
	}
}

// TestForeignLinksAreNotFollowed: the token would go with the request.
func TestForeignLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Link", `<http://127.0.0.1:1/advisories?after=x>; rel="next"`)
		fmt.Fprintf(w, "[%s]", widget)
	}))
	defer server.Close()
	w := &world{t: t, records: map[string]intel.Advisory{}, feed: New(Settings{BaseURL: server.URL})}
	if err := w.poll(0, intel.Ask{Key: "k"}); err == nil || !strings.Contains(err.Error(), "not followed") {
		t.Errorf("%v", err)
	}
	w.cursor = json.RawMessage(`{"reviewed":{"next":"http://127.0.0.1:1/advisories"}}`)
	if err := w.poll(0, intel.Ask{Key: "k"}); err == nil || !strings.Contains(err.Error(), "not followed") {
		t.Errorf("%v", err)
	}
}

// TestUnorderedList: a service that sorts otherwise does not make the watermark leap.
func TestUnorderedList(t *testing.T) {
	t.Parallel()
	var p position
	for _, day := range []int{20, 10, 15, 21} {
		p.see(time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC), 15*time.Minute)
	}
	if !p.Watermark.IsZero() {
		t.Errorf("watermark %v in the middle of the list", p.Watermark)
	}
	if p.end(); p.Watermark.Day() != 21 || p.Unordered {
		t.Errorf("%+v", p)
	}
}
