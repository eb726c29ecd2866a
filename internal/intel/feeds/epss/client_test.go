package epss

import (
	"encoding/json"
	"fmt"
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

func newWorld(t *testing.T) *world {
	clock := simtest.NewClock(time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC))
	server, base := simtest.Start(t, simulator.Config{Now: clock.Now})
	w := &world{t: t, server: server, clock: clock}
	w.client = New(Config{URL: base + "/epss"}, fetch.Options{Now: clock.Now, Sleep: clock.Sleep, Random: func() float64 { return 0.5 }})
	w.put(0.1)
	return w
}

func (w *world) put(score float64) {
	w.t.Helper()
	for i := range 200 {
		simtest.Put(w.t, w.server, "epss", map[string]string{
			fmt.Sprintf("CVE-2099-%04d", i): fmt.Sprintf(`{"epss":%g,"percentile":0.5}`, score),
		})
	}
}

// poll gives the rows of the day that came, and the cursor once they were read; -1: no day came.
func (w *world) poll(ask intel.Ask) (rows int, err error) {
	ask.Cursor = w.cursor
	rows = -1
	for step, err := range w.client.Poll(w.t.Context(), ask) {
		if err != nil {
			return rows, err
		}
		rows = 0
		for row, err := range step.EPSS.Rows {
			if err != nil {
				return rows, err
			}
			if row.Refused == nil {
				rows++
			}
		}
		w.cursor = step.Cursor
	}
	return rows, nil
}

func (w *world) want(ask intel.Ask, rows int) {
	w.t.Helper()
	if got, err := w.poll(ask); got != rows || err != nil {
		w.t.Errorf("%d rows, want %d; %v", got, rows, err)
	}
}

func (w *world) known() (c cursor) {
	w.t.Helper()
	if err := json.Unmarshal(w.cursor, &c); err != nil {
		w.t.Fatal(err)
	}
	return c
}

func TestADayIsReadOnce(t *testing.T) {
	w := newWorld(t)
	w.want(intel.Ask{}, 200)
	w.want(intel.Ask{}, -1)
	w.want(intel.Ask{Reconcile: true}, 200)
	simtest.Break(t, w.server, simulator.Fault{Service: "epss", Kind: simulator.NoRange})
	w.want(intel.Ask{}, -1) // the header tells
	w.clock.Advance(24 * time.Hour)
	w.put(0.2)
	w.want(intel.Ask{}, 200)
	if c := w.known(); c.ScoreDate != "2026-11-25T13:00:00Z" || c.ModelVersion != "v2026.06.15" || c.ModelSince != "2026-11-24T13:00:00Z" {
		t.Errorf("%+v", c)
	}
	// A cache that still has yesterday's.
	w.clock.Advance(-24 * time.Hour)
	w.put(0.1)
	w.want(intel.Ask{}, -1)
}

func TestAnotherModelIsNoted(t *testing.T) {
	w := newWorld(t)
	w.want(intel.Ask{}, 200)
	w.clock.Advance(24 * time.Hour)
	simtest.Put(t, w.server, "epss", map[string]string{"model": `"v2027.01.01"`})
	w.want(intel.Ask{}, 200)
	if c := w.known(); c.ModelVersion != "v2027.01.01" || c.ModelSince != "2026-11-25T13:00:00Z" {
		t.Errorf("%+v", c)
	}
}

func TestBeforeNoonYesterdayStays(t *testing.T) {
	gone := simulator.Fault{Service: "epss", Kind: simulator.Status, Status: 404, Match: "current|2026-11-25"}
	w := newWorld(t)
	w.clock.Advance(18 * time.Hour) // 25 November, 7:00
	simtest.Break(t, w.server, gone)
	w.want(intel.Ask{}, 200) // yesterday's by its name
	w.want(intel.Ask{}, -1)  // and it stays
	for _, r := range w.server.Requests("epss")[3:] {
		if strings.Contains(r.URI, "11-24") {
			t.Errorf("asks again for what is held: %s", r.URI)
		}
	}
	w.server.Clear("")
	w.clock.Advance(7 * time.Hour)
	w.put(0.3)
	w.want(intel.Ask{}, 200)
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault simulator.Fault
		kind  problem.Kind // empty: passes
		words string
	}{
		{"404 everywhere", simulator.Fault{Kind: simulator.Status, Status: 404}, problem.NotFound, "it may have moved"},
		{"503 once", simulator.Fault{Kind: simulator.Status, Status: 503, Times: 1}, "", ""},
		{"504 for ever", simulator.Fault{Kind: simulator.Status, Status: 504}, problem.Unavailable, "504"},
		{"403", simulator.Fault{Kind: simulator.Status, Status: 403}, problem.Forbidden, "403"},
		{"a web page", simulator.Fault{Kind: simulator.HTML}, problem.Unavailable, "web page"},
		{"breaks off", simulator.Fault{Kind: simulator.Truncate, Match: "2026", Times: 2}, "", ""},
		{"cut", simulator.Fault{Kind: simulator.Cut, Match: "2026"}, problem.Malformed, "EPSS file breaks off"},
		{"empty", simulator.Fault{Kind: simulator.Empty}, problem.Malformed, "no EPSS file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.fault.Service = "epss"
			simtest.Break(t, w.server, c.fault)
			if c.kind == "" {
				w.want(intel.Ask{}, 200)
				return
			}
			if _, err := w.poll(intel.Ask{}); !problem.Is(err, c.kind) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%v, want %s and %q", err, c.kind, c.words)
			}
			w.server.Clear("")
			w.want(intel.Ask{}, 200)
		})
	}
}
