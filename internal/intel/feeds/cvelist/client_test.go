package cvelist

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/localdev/feeds/simulator"
	"github.com/threatwerk/threatwerk/localdev/feeds/simulator/simtest"
)

type world struct {
	t      *testing.T
	server *simulator.Server
	clock  *simtest.Clock
	client *Client
	cursor json.RawMessage
}

func newWorld(t *testing.T, c Config) *world {
	t.Helper()
	clock := simtest.NewClock(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
	server, base := simtest.Start(t, simulator.Config{Now: clock.Now})
	c.URL, c.Releases = base+"/cve/main", base+"/cve/releases/download"
	w := &world{t: t, server: server, clock: clock}
	w.client = New(c, fetch.Options{Now: clock.Now, Sleep: clock.Sleep, Random: func() float64 { return 0.5 }})
	return w
}

func (w *world) put(from, to int) {
	w.t.Helper()
	for i := from; i < to; i++ {
		id := fmt.Sprintf("CVE-2099-%04d", i)
		simtest.Put(w.t, w.server, "cve", map[string]string{id: fmt.Sprintf(`{"cveMetadata":{"cveId":%q,"state":"PUBLISHED"},"containers":{"cna":{"title":"t"},
			"adp":[{"providerMetadata":{"shortName":"CISA-ADP"},"metrics":[{"other":{"type":"ssvc","content":{"options":[{"Exploitation":"poc"}]}}}]}]}}`, id)})
		w.clock.Advance(time.Second)
	}
}

type outcome struct {
	steps   []intel.Step
	ids     []string
	decided int
	refused []string
	err     error
}

func (w *world) poll(ask intel.Ask) outcome { return w.pollSome(ask, -1) }

// pollSome ends the poll after some steps as a killed task does: with the cursors of those steps stored.
func (w *world) pollSome(ask intel.Ask, most int) outcome {
	var out outcome
	ask.Cursor = w.cursor
	for step, err := range w.client.Poll(w.t.Context(), ask) {
		if err != nil {
			out.err = err
			break
		}
		out.steps = append(out.steps, step)
		out.decided += len(step.Assessments)
		for _, in := range step.Advisories {
			if in.Refused != nil {
				out.refused = append(out.refused, in.Refused.Error())
			} else {
				out.ids = append(out.ids, in.Advisory.ID)
			}
		}
		w.cursor = step.Cursor
		if len(out.steps) == most {
			break
		}
	}
	return out
}

func (o outcome) ok(t *testing.T, records int) {
	t.Helper()
	if o.err != nil || len(o.refused) > 0 || len(o.ids) != records || o.decided != records {
		t.Errorf("%d records, %d decisions, want %d; refused %v; error %v", len(o.ids), o.decided, records, o.refused, o.err)
	}
}

func (w *world) asked(part string) int {
	n := 0
	for _, r := range w.server.Requests("cve") {
		if strings.Contains(r.URI, part) {
			n++
		}
	}
	return n
}

func TestTheLogSaysWhatChanged(t *testing.T) {
	w := newWorld(t, Config{})
	w.put(1, 4)
	first := w.poll(intel.Ask{})
	first.ok(t, 3)
	if s := first.steps[0]; s.Done != 3 || s.Total != 3 || s.Newest.IsZero() {
		t.Errorf("done %d of %d, newest %v", s.Done, s.Total, s.Newest)
	}
	if idle := w.poll(intel.Ask{}); len(idle.steps) != 0 || idle.err != nil {
		t.Errorf("nothing changed: %+v", idle)
	}
	w.clock.Advance(3 * time.Hour)
	w.put(3, 5)
	w.server.Forget()
	w.poll(intel.Ask{}).ok(t, 4) // and two within the overlap
	w.clock.Advance(3 * time.Hour)
	w.put(5, 6)
	w.poll(intel.Ask{}).ok(t, 3)
	w.clock.Advance(3 * time.Hour)
	if err := w.server.Withdraw("cve", "CVE-2099-0001"); err != nil {
		t.Fatal(err)
	}
	got := w.poll(intel.Ask{})
	if a := got.steps[0].Advisories[0].Advisory; a.ID != "CVE-2099-0001" || a.Withdrawn.IsZero() {
		t.Errorf("%+v %v", got.ids, got.err)
	}
}

func TestManyChangesOfADayTakeItsArchive(t *testing.T) {
	w := newWorld(t, Config{Single: 5, Step: 10})
	w.put(0, 25)
	w.clock.Advance(24 * time.Hour)
	w.put(100, 103)
	w.poll(intel.Ask{}).ok(t, 28)
	if w.asked("2026-11-20_delta") != 1 || w.asked("xxx/") != 3 {
		t.Errorf("asked %+v", w.server.Requests("cve"))
	}
	// The mass normalisation of dates: every record, on a day that is not over. The poll does its share, the next goes on.
	w.clock.Advance(24 * time.Hour)
	if err := w.server.Touch("cve"); err != nil {
		t.Fatal(err)
	}
	w.client.config.Most = 20
	w.poll(intel.Ask{}).ok(t, 20)
	w.poll(intel.Ask{}).ok(t, 8)
	if idle := w.poll(intel.Ask{}); len(idle.ids) != 0 || idle.err != nil {
		t.Errorf("%v %v", idle.ids, idle.err)
	}
}

func TestADayWithoutAnArchive(t *testing.T) {
	for _, fault := range []simulator.Fault{{Kind: simulator.Status, Status: 404}, {Kind: simulator.Cut}} {
		w := newWorld(t, Config{Single: 5})
		w.put(0, 12)
		w.clock.Advance(24 * time.Hour)
		fault.Service, fault.Match = "cve", "_delta_"
		simtest.Break(t, w.server, fault)
		w.poll(intel.Ask{}).ok(t, 12)
	}
}

// TestResumesAtEveryStep ends polls after each number of steps and wants every record, none lost and none invented.
func TestResumesAtEveryStep(t *testing.T) {
	for _, baseline := range []bool{false, true} {
		for most := 1; most < 7; most++ {
			t.Run(fmt.Sprintf("%d,%t", most, baseline), func(t *testing.T) {
				w := newWorld(t, Config{Single: 8, Step: 4, Baseline: baseline})
				w.put(0, 20)
				w.clock.Advance(24 * time.Hour)
				w.put(30, 36)
				w.put(2, 5)
				got := map[string]bool{}
				for i := range 60 {
					part := w.pollSome(intel.Ask{}, most)
					if part.err != nil || len(part.refused) > 0 {
						t.Fatal(part.err, part.refused)
					}
					for _, id := range part.ids {
						got[id] = true
					}
					if i == 2 {
						// Logged while a part of the day is handed out, with ids before and after those handed out.
						w.put(0, 1)
						w.put(90, 91)
					}
					if i > 2 && len(part.steps) == 0 {
						break
					}
				}
				if len(got) != 27 {
					t.Errorf("%d records, want 27: %v", len(got), slices.Sorted(maps.Keys(got)))
				}
				var c cursor
				if err := json.Unmarshal(w.cursor, &c); err != nil || c.Day != nil || c.Baseline != nil || c.ETag == "" {
					t.Errorf("ends with the cursor %s", w.cursor)
				}
			})
		}
	}
}

func TestALogThatDoesNotReachBackIsToldOf(t *testing.T) {
	w := newWorld(t, Config{})
	w.put(0, 2)
	w.poll(intel.Ask{}).ok(t, 2)
	w.clock.Advance(40 * 24 * time.Hour)
	w.put(5, 6)
	got := w.poll(intel.Ask{})
	if got.err != nil || len(got.ids) != 1 || len(got.refused) != 1 || !strings.Contains(got.refused[0], "what changed between is missed") {
		t.Errorf("%+v", got)
	}
}

func TestBaseline(t *testing.T) {
	w := newWorld(t, Config{Baseline: true, Step: 4})
	w.put(0, 10)
	w.clock.Advance(50 * 24 * time.Hour)
	w.put(10, 11)
	got := w.poll(intel.Ask{})
	if got.err != nil || len(got.refused) > 0 {
		t.Fatal(got.err, got.refused)
	}
	var held *intel.HeldRecords
	for _, s := range got.steps {
		if s.Held != nil {
			held = s.Held
		}
	}
	if len(got.ids) != 12 || held == nil || held.Part != "" || len(held.IDs) != 11 {
		t.Errorf("%v, held %+v", got.ids, held)
	}
	simtest.Break(t, w.server, simulator.Fault{Service: "cve", Kind: simulator.Status, Status: 404, Match: "midnight"})
	if got := w.poll(intel.Ask{Reconcile: true}); !problem.Is(got.err, problem.NotFound) || !strings.Contains(got.err.Error(), "no archive of all records") {
		t.Error(got.err)
	}
	w.server.Clear("")
	simtest.Break(t, w.server, simulator.Fault{Service: "cve", Kind: simulator.Cut, Match: "midnight"})
	if got := w.poll(intel.Ask{Reconcile: true}); !problem.Is(got.err, problem.Malformed) {
		t.Error(got.err)
	}
}

func TestReconcileReadsAWeekAgain(t *testing.T) {
	w := newWorld(t, Config{})
	w.put(0, 2)
	w.clock.Advance(10 * 24 * time.Hour)
	w.put(2, 4)
	w.poll(intel.Ask{}).ok(t, 4)
	w.clock.Advance(5 * 24 * time.Hour)
	w.poll(intel.Ask{Reconcile: true}).ok(t, 2)
}

func TestAWrongClockHidesNothing(t *testing.T) {
	w := newWorld(t, Config{})
	w.clock.Advance(1000 * time.Hour)
	w.put(0, 1)
	w.clock.Advance(-1000 * time.Hour)
	w.poll(intel.Ask{}).ok(t, 1)
	w.clock.Advance(2 * time.Hour)
	w.put(1, 2)
	if got := w.poll(intel.Ask{}); !slices.Contains(got.ids, "CVE-2099-0001") {
		t.Errorf("%v %v", got.ids, got.err)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name    string
		fault   simulator.Fault
		kind    problem.Kind // of the poll's error; empty: none
		words   string
		refused string // of the one record
	}{
		{"503 that passes", simulator.Fault{Kind: simulator.Status, Status: 503, Times: 3}, "", "", ""},
		{"429 that passes", simulator.Fault{Kind: simulator.Status, Status: 429, Times: 2, Header: map[string]string{"Retry-After": "0"}}, "", "", ""},
		{"503 that stays", simulator.Fault{Kind: simulator.Status, Status: 503}, problem.Unavailable, "503", ""},
		{"503 at a record", simulator.Fault{Kind: simulator.Status, Status: 503, Match: "xxx"}, problem.Unavailable, "503", ""},
		{"404 of the log", simulator.Fault{Kind: simulator.Status, Status: 404, Match: "Log"}, problem.NotFound, "Check the setting", ""},
		{"404 of a record", simulator.Fault{Kind: simulator.Status, Status: 404, Match: "0001.json"}, "", "", "not there"},
		{"a web page", simulator.Fault{Kind: simulator.HTML}, problem.Unavailable, "web page", ""},
		{"breaks off", simulator.Fault{Kind: simulator.Truncate, Times: 2}, "", "", ""},
		{"log cut once", simulator.Fault{Kind: simulator.Cut, Match: "Log", Times: 1}, "", "", ""},
		{"log cut for ever", simulator.Fault{Kind: simulator.Cut, Match: "Log"}, problem.Unavailable, "broke off", ""},
		{"record cut once", simulator.Fault{Kind: simulator.Cut, Match: "0001.json", Times: 1}, "", "", ""},
		{"record cut for ever", simulator.Fault{Kind: simulator.Cut, Match: "0001.json"}, "", "", "cut off"},
		{"empty", simulator.Fault{Kind: simulator.Empty}, problem.Malformed, "never is", ""},
		{"news in the schema", simulator.Fault{Kind: simulator.Schema}, "", "", ""},
		{"conditions ignored", simulator.Fault{Kind: simulator.NoRange}, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, Config{})
			w.put(0, 3)
			c.fault.Service = "cve"
			simtest.Break(t, w.server, c.fault)
			got := w.poll(intel.Ask{})
			switch {
			case c.kind != "":
				if !problem.Is(got.err, c.kind) || !strings.Contains(got.err.Error(), c.words) || len(got.ids) > 0 {
					t.Errorf("%v with %d records, want %s and %q", got.err, len(got.ids), c.kind, c.words)
				}
			case c.refused != "":
				if got.err != nil || len(got.ids) != 2 || len(got.refused) != 1 || !strings.Contains(got.refused[0], c.refused) {
					t.Errorf("%+v, want %q", got, c.refused)
				}
			default:
				got.ok(t, 3)
			}
			w.server.Clear("")
			w.clock.Advance(time.Minute)
			w.put(3, 4)
			if got := w.poll(intel.Ask{}); got.err != nil || !slices.Contains(got.ids, "CVE-2099-0003") {
				t.Errorf("after the fault: %v", errors.Join(got.err, fmt.Errorf("%v", got.ids)))
			}
		})
	}
}
