package otx

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

const goodKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

type world struct {
	t      *testing.T
	server *simulator.Server
	clock  *simtest.Clock
	client *Client
	cursor json.RawMessage
}

func newWorld(t *testing.T, c Config, data string) *world {
	t.Helper()
	clock := simtest.NewClock(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
	server, base := simtest.Start(t, simulator.Config{Now: clock.Now, Data: data, Keys: map[string]string{"otx": goodKey}})
	c.URL = base + "/otx"
	w := &world{t: t, server: server, clock: clock}
	w.client = New(c, fetch.Options{Now: clock.Now, Sleep: clock.Sleep, Random: func() float64 { return 0.5 }})
	return w
}

func idOf(i int) string { return fmt.Sprintf("65f0c0ffee65f0c0ffee%04d", i) }

func (w *world) put(from, to int) {
	w.t.Helper()
	for i := from; i < to; i++ {
		simtest.Put(w.t, w.server, "otx", map[string]string{idOf(i): fmt.Sprintf(
			`{"name":"Wave %d","tlp":"green","tags":["cve-2099-%04d"],"indicators":[{"indicator":"203.0.113.7","type":"IPv4","is_active":1}]}`, i, i)})
		w.clock.Advance(time.Second)
	}
}

type outcome struct {
	steps   []intel.Step
	ids     []string
	reports map[string]intel.Report
	refused []string
	gone    []string
	err     error
}

func (w *world) poll(ask intel.Ask) outcome { return w.pollSome(ask, -1) }

// pollSome ends the poll after some steps as a killed task does: with the cursors of those steps stored.
func (w *world) pollSome(ask intel.Ask, most int) outcome {
	out := outcome{reports: map[string]intel.Report{}}
	ask.Cursor = w.cursor
	if ask.Key == "" {
		ask.Key = goodKey
	}
	for step, err := range w.client.Poll(w.t.Context(), ask) {
		if err != nil {
			out.err = err
			break
		}
		out.steps = append(out.steps, step)
		out.gone = append(out.gone, step.GoneReports...)
		for _, in := range step.Reports {
			if in.Refused != nil {
				out.refused = append(out.refused, in.Refused.Error())
				continue
			}
			out.ids = append(out.ids, in.Report.ID)
			out.reports[in.Report.ID] = in.Report
		}
		w.cursor = step.Cursor
		if len(out.steps) == most {
			break
		}
	}
	return out
}

func (o outcome) ok(t *testing.T, reports int) {
	t.Helper()
	if o.err != nil || len(o.refused) > 0 || len(o.reports) != reports {
		t.Errorf("%d reports, want %d; refused %v; error %v", len(o.reports), reports, o.refused, o.err)
	}
}

func (w *world) fail(f simulator.Fault) {
	w.t.Helper()
	f.Service = "otx"
	simtest.Break(w.t, w.server, f)
}

// asked lists the sizes and numbers of the pages asked for.
func (w *world) asked(path string) []string {
	var out []string
	for _, r := range w.server.Requests("otx") {
		before, query, _ := strings.Cut(r.URI, "?")
		if !strings.HasSuffix(before, path) {
			continue
		}
		var limit, number string
		for part := range strings.SplitSeq(query, "&") {
			if v, ok := strings.CutPrefix(part, "limit="); ok {
				limit = v
			}
			if v, ok := strings.CutPrefix(part, "page="); ok {
				number = v
			}
		}
		out = append(out, limit+":"+number)
	}
	return out
}

func TestPoll(t *testing.T) {
	w := newWorld(t, Config{}, "")
	w.put(0, 45)
	got := w.poll(intel.Ask{})
	got.ok(t, 45)
	if s := got.steps[0]; len(got.steps) != 3 || s.Done != 20 || s.Total != 45 || s.Newest.IsZero() {
		t.Errorf("%d steps, the first %d of %d", len(got.steps), s.Done, s.Total)
	}
	for _, r := range w.server.Requests("otx") {
		if !strings.Contains(r.URI, "modified_since=2026-08-22T") {
			t.Errorf("asked %s", r.URI)
		}
	}
	w.clock.Advance(time.Hour)
	w.put(100, 102)
	w.poll(intel.Ask{}).ok(t, 47) // 45 within the overlap of 15 minutes
	w.clock.Advance(time.Hour)
	w.put(110, 111)
	w.poll(intel.Ask{}).ok(t, 3)
	w.poll(intel.Ask{Reconcile: true}).ok(t, 48)
}

func TestTheSharedPages(t *testing.T) {
	w := newWorld(t, Config{LookBack: 3000 * 24 * time.Hour}, testkit.SharedData(t, "."))
	got := w.poll(intel.Ask{})
	got.ok(t, 60)
	cves, indicators := 0, 0
	for _, r := range got.reports {
		cves += len(r.CVEs)
		indicators += len(r.Indicators)
		if r.TLP == "" || r.Author == "" || r.Modified.IsZero() {
			t.Errorf("%+v", r)
		}
	}
	if cves < 100 || indicators < 300 {
		t.Errorf("%d CVEs, %d indicators", cves, indicators)
	}
	t.Logf("%d CVEs, %d indicators", cves, indicators)
	activity := newWorld(t, Config{LookBack: 3000 * 24 * time.Hour, List: Activity}, testkit.SharedData(t, "."))
	for _, r := range activity.poll(intel.Ask{}).reports {
		if r.TLP != "white" {
			t.Errorf("%s is %s", r.ID, r.TLP)
		}
	}
}

func TestWithoutAKeyItIsNotSetUp(t *testing.T) {
	w := newWorld(t, Config{}, "")
	for _, err := range w.client.Poll(t.Context(), intel.Ask{}) {
		if !errors.Is(err, intel.ErrNotSetUp) || !strings.Contains(err.Error(), "needs the API key") {
			t.Error(err)
		}
	}
	if err := w.client.Check(t.Context(), ""); !errors.Is(err, intel.ErrNotSetUp) {
		t.Error(err)
	}
	if len(w.server.Requests("otx")) != 0 {
		t.Error("something was asked")
	}
}

func TestABadKey(t *testing.T) {
	w := newWorld(t, Config{}, "")
	got := w.poll(intel.Ask{Key: "not the key"})
	if !problem.Is(got.err, problem.Forbidden) || !strings.Contains(got.err.Error(), "does not take the API key") || strings.Contains(got.err.Error(), "not the key") {
		t.Error(got.err)
	}
	if err := w.client.Check(t.Context(), "not the key"); !problem.Is(err, problem.Forbidden) {
		t.Error(err)
	}
	if err := w.client.Check(t.Context(), goodKey); err != nil {
		t.Error(err)
	}
}

func TestAnAccountWithoutSubscriptions(t *testing.T) {
	w := newWorld(t, Config{}, "")
	got := w.poll(intel.Ask{})
	if got.err != nil || len(got.refused) != 1 || !strings.Contains(got.refused[0], "account has no subscriptions") {
		t.Errorf("%v %v", got.refused, got.err)
	}
	w.put(0, 1)
	w.poll(intel.Ask{}).ok(t, 1)
	w.clock.Advance(time.Hour)
	w.fail(simulator.Fault{Kind: simulator.Empty})
	w.poll(intel.Ask{}).ok(t, 0) // nothing new is nothing unusual
	w.server.Clear("")
	w.poll(intel.Ask{}).ok(t, 1) // and the watermark did not move
}

func TestPagesShrinkWhereTheyFail(t *testing.T) {
	w := newWorld(t, Config{}, "")
	w.put(0, 45)
	// The second page of 20 is too much for OTX, and of its entries number 23 (the fourth) even alone.
	w.fail(simulator.Fault{Kind: simulator.Status, Status: 504, Match: `limit=20&modified_since=[^&]*&page=2`})
	w.fail(simulator.Fault{Kind: simulator.Status, Status: 504, Match: `limit=10&modified_since=[^&]*&page=3`})
	w.fail(simulator.Fault{Kind: simulator.Status, Status: 504, Match: `limit=5&modified_since=[^&]*&page=5`})
	w.fail(simulator.Fault{Kind: simulator.Status, Status: 504, Match: `limit=1&modified_since=[^&]*&page=24`})
	got := w.poll(intel.Ask{})
	if got.err != nil || len(got.reports) != 44 || len(got.refused) != 1 || !strings.Contains(got.refused[0], "does not hand it out") {
		t.Errorf("%d reports, refused %v, error %v", len(got.reports), got.refused, got.err)
	}
	want := []string{"20:1", "20:2", "10:3", "5:5", "1:21", "1:22", "1:23", "1:24", "1:25", "5:6"}
	if asked := w.asked("subscribed"); len(asked) < len(want) || !slices.Equal(asked[:len(want)], want) {
		t.Errorf("asked %v", asked)
	}
	if len(slices.Compact(slices.Sorted(slices.Values(got.ids)))) != len(got.ids) {
		t.Error("a report was read twice")
	}
}

func TestATimeoutShrinksThePageToo(t *testing.T) {
	w := newWorld(t, Config{Timeout: 50 * time.Millisecond}, "")
	w.put(0, 12)
	w.fail(simulator.Fault{Kind: simulator.Slow, Match: "limit=20&"})
	w.poll(intel.Ask{}).ok(t, 12)
}

func TestNothingPassesIsAnErrorAndLosesNothing(t *testing.T) {
	w := newWorld(t, Config{}, "")
	w.put(0, 30)
	w.fail(simulator.Fault{Kind: simulator.Status, Status: 504, Match: "subscribed"})
	for range 5 {
		got := w.poll(intel.Ask{})
		if !problem.Is(got.err, problem.Unavailable) || !strings.Contains(got.err.Error(), "switch OTX from subscribed to activity") || len(got.refused) > 0 {
			t.Errorf("%v, refused %v", got.err, got.refused)
		}
	}
	w.server.Clear("")
	w.poll(intel.Ask{}).ok(t, 30)
}

func TestDeepPagesThatFailDoNotHideNewOnes(t *testing.T) {
	w := newWorld(t, Config{}, "")
	w.put(0, 60)
	deep := `page=(1[0-9]|[2-9][0-9])$|limit=(20|10|5)&.*page=[3-9]$`
	w.fail(simulator.Fault{Kind: simulator.Status, Status: 504, Match: deep})
	for i := range 3 {
		got := w.poll(intel.Ask{})
		if i == 0 && len(got.reports) != 40 || i < 2 && got.err == nil || i == 2 && (got.err != nil || len(got.refused) != 1 || !strings.Contains(got.refused[0], "older reports")) {
			t.Errorf("poll %d: %d reports, refused %v, error %v", i, len(got.reports), got.refused, got.err)
		}
	}
	w.clock.Advance(time.Hour)
	w.put(100, 101)
	if got := w.poll(intel.Ask{}); got.reports[idOf(100)].ID == "" {
		t.Errorf("%v, %v", got.ids, got.err)
	}
	w.server.Clear("")
	w.poll(intel.Ask{Reconcile: true}).ok(t, 61)
}

func TestResumesAtEveryStep(t *testing.T) {
	for most := 1; most < 5; most++ {
		w := newWorld(t, Config{}, "")
		w.put(0, 55)
		got := map[string]bool{}
		for range 20 {
			part := w.pollSome(intel.Ask{}, most)
			if part.err != nil || len(part.refused) > 0 {
				t.Fatal(part.err, part.refused)
			}
			for _, id := range part.ids {
				got[id] = true
			}
			if len(part.steps) < most {
				break
			}
		}
		if len(got) != 55 {
			t.Errorf("after every %d steps: %d reports", most, len(got))
		}
	}
	// The cap ends a poll; the next goes on.
	w := newWorld(t, Config{Pages: 2}, "")
	w.put(0, 55)
	w.poll(intel.Ask{}).ok(t, 40)
	w.poll(intel.Ask{}).ok(t, 15)
}

func TestDeletedReports(t *testing.T) {
	w := newWorld(t, Config{}, "")
	w.put(0, 3)
	w.poll(intel.Ask{}).ok(t, 3)
	w.clock.Advance(time.Hour)
	if err := w.server.Withdraw("otx", idOf(1)); err != nil {
		t.Fatal(err)
	}
	if got := w.poll(intel.Ask{}); !slices.Equal(got.gone, []string{idOf(1)}) || got.err != nil {
		t.Errorf("gone %v, %v", got.gone, got.err)
	}
	w.clock.Advance(time.Hour)
	if err := w.server.Withdraw("otx", idOf(2)); err != nil {
		t.Fatal(err)
	}
	w.fail(simulator.Fault{Kind: simulator.Status, Status: 504, Match: "events"})
	if got := w.poll(intel.Ask{}); got.err != nil || len(got.refused) != 1 || !strings.Contains(got.refused[0], "deleted reports stay for now") {
		t.Errorf("refused %v, %v", got.refused, got.err)
	}
	w.server.Clear("")
	if got := w.poll(intel.Ask{}); !slices.Contains(got.gone, idOf(2)) || got.err != nil {
		t.Errorf("gone %v, %v", got.gone, got.err)
	}
}

func TestTheRestOfTheIndicators(t *testing.T) {
	var list []string
	for i := range 250 {
		list = append(list, fmt.Sprintf(`{"indicator":"h%d.example","type":"hostname","is_active":1}`, i))
	}
	list = append(list, `{"indicator":"cve-2099-7777","type":"CVE"}`)
	raw := fmt.Sprintf(`{"name":"Large","indicators":[%s]}`, strings.Join(list, ","))
	w := newWorld(t, Config{}, "")
	simtest.Put(t, w.server, "otx", map[string]string{idOf(1): raw})
	w.clock.Advance(time.Second)
	r := w.poll(intel.Ask{}).reports[idOf(1)]
	if len(r.Indicators) != 251 || r.Partial || !slices.Equal(r.CVEs, []string{"CVE-2099-7777"}) {
		t.Errorf("%d indicators, partial %t, %v", len(r.Indicators), r.Partial, r.CVEs)
	}
	w.fail(simulator.Fault{Kind: simulator.Status, Status: 504, Match: "indicators.*page=2"})
	w.poll(intel.Ask{Reconcile: true}).ok(t, 1) // in smaller pages, or not at all: the report is kept
	w.fail(simulator.Fault{Kind: simulator.Status, Status: 404, Match: "indicators"})
	if r := w.poll(intel.Ask{Reconcile: true}).reports[idOf(1)]; len(r.Indicators) != otxInline || !r.Partial {
		t.Errorf("%d indicators, partial %t", len(r.Indicators), r.Partial)
	}
}

// otxInline is how many the simulator shows in a listing.
const otxInline = 100

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault simulator.Fault
		kind  problem.Kind // empty: passes
		words string
	}{
		{"503 that passes", simulator.Fault{Kind: simulator.Status, Status: 503, Times: 5}, "", ""},
		{"429 with a lie", simulator.Fault{Kind: simulator.Status, Status: 429, Times: 4, Header: map[string]string{"Retry-After": "0"}}, "", ""},
		{"429 that stays", simulator.Fault{Kind: simulator.Status, Status: 429}, problem.RateLimited, "429"},
		{"503 that stays", simulator.Fault{Kind: simulator.Status, Status: 503}, problem.Unavailable, "503"},
		{"403 of a proxy", simulator.Fault{Kind: simulator.Status, Status: 403, Body: "<html>Blocked"}, problem.Forbidden, "proxy"},
		{"a web page once", simulator.Fault{Kind: simulator.HTML, Times: 1}, "", ""},
		{"a web page", simulator.Fault{Kind: simulator.HTML}, problem.Unavailable, "web page"},
		{"breaks off once", simulator.Fault{Kind: simulator.Truncate, Times: 1}, "", ""},
		{"cut once", simulator.Fault{Kind: simulator.Cut, Times: 1}, "", ""},
		{"moves while it is read", simulator.Fault{Kind: simulator.ShiftTotals}, "", ""},
		{"news in the schema", simulator.Fault{Kind: simulator.Schema}, "", ""},
		{"its clock is wrong", simulator.Fault{Kind: simulator.ClockSkew, Delay: 1000 * time.Hour}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, Config{}, "")
			w.put(0, 25)
			w.fail(c.fault)
			got := w.poll(intel.Ask{})
			if c.kind == "" {
				if c.fault.Kind == simulator.ShiftTotals {
					// The last of a list that moved is found by the next reading of all.
					w.server.Clear("")
					w.poll(intel.Ask{Reconcile: true}).ok(t, 25)
					return
				}
				got.ok(t, 25)
				return
			}
			if !problem.Is(got.err, c.kind) || !strings.Contains(got.err.Error(), c.words) || strings.Contains(got.err.Error(), goodKey) {
				t.Errorf("%v, want %s and %q", got.err, c.kind, c.words)
			}
			w.server.Clear("")
			w.clock.Advance(time.Hour)
			w.poll(intel.Ask{}).ok(t, 25)
		})
	}
}

// TestMassChange: every report bears a new time, and all come again.
func TestMassChange(t *testing.T) {
	w := newWorld(t, Config{}, "")
	w.put(0, 25)
	w.poll(intel.Ask{}).ok(t, 25)
	w.clock.Advance(24 * time.Hour)
	if err := w.server.Touch("otx"); err != nil {
		t.Fatal(err)
	}
	w.poll(intel.Ask{}).ok(t, 25)
}
