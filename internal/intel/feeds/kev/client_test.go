package kev

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
	clock := simtest.NewClock(time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC))
	server, base := simtest.Start(t, simulator.Config{Now: clock.Now})
	w := &world{t: t, server: server, clock: clock}
	w.client = New(Config{URL: base + "/kev/known_exploited_vulnerabilities.json"},
		fetch.Options{Now: clock.Now, Sleep: clock.Sleep, Random: func() float64 { return 0.5 }})
	w.put(1, 3)
	return w
}

func (w *world) put(from, to int) {
	w.t.Helper()
	for i := from; i < to; i++ {
		id := fmt.Sprintf("CVE-2099-%04d", i)
		simtest.Put(w.t, w.server, "kev", map[string]string{id: fmt.Sprintf(
			`{"cveID":%q,"vulnerabilityName":"W","dateAdded":"2026-11-05","dueDate":"2026-11-08","knownRansomwareCampaignUse":"Unknown","forensicTriage":"No","cwes":[]}`, id)})
	}
}

func (w *world) poll(ask intel.Ask) ([]intel.Step, error) {
	ask.Cursor = w.cursor
	var steps []intel.Step
	for step, err := range w.client.Poll(w.t.Context(), ask) {
		if err != nil {
			return steps, err
		}
		steps = append(steps, step)
		w.cursor = step.Cursor
	}
	return steps, nil
}

// want polls and expects so many entries; 0 for nothing new.
func (w *world) want(ask intel.Ask, entries int) {
	w.t.Helper()
	steps, err := w.poll(ask)
	got := 0
	for _, s := range steps {
		got += len(s.KEV.Entries)
	}
	if err != nil || got != entries {
		w.t.Errorf("%d entries, want %d; %v", got, entries, err)
	}
}

func TestPoll(t *testing.T) {
	w := newWorld(t)
	w.want(intel.Ask{}, 2)
	w.want(intel.Ask{}, 0)
	// A second edition of the same day has a name of its own or not: what counts is what it says.
	w.clock.Advance(time.Hour)
	w.put(3, 4)
	steps, err := w.poll(intel.Ask{})
	if err != nil || len(steps) != 1 || len(steps[0].KEV.Entries) != 3 || !steps[0].Newest.Equal(w.clock.Now()) {
		t.Errorf("%+v %v", steps, err)
	}
	w.want(intel.Ask{Reconcile: true}, 3)
	// Without a validator the content tells.
	simtest.Break(t, w.server, simulator.Fault{Service: "kev", Kind: simulator.NoRange})
	w.want(intel.Ask{}, 0)
	// A newer version number on the same entries is a new edition; the store then writes nothing.
	w.clock.Advance(time.Hour)
	if err := w.server.Touch("kev"); err != nil {
		t.Fatal(err)
	}
	w.want(intel.Ask{}, 3)
}

func TestAStaleCacheDoesNotTurnBack(t *testing.T) {
	w := newWorld(t)
	w.clock.Advance(24 * time.Hour)
	w.put(3, 4)
	w.want(intel.Ask{}, 3)
	w.clock.Advance(-48 * time.Hour)
	if err := w.server.Remove("kev", "CVE-2099-0003"); err != nil {
		t.Fatal(err)
	}
	w.want(intel.Ask{}, 0)
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault simulator.Fault
		kind  problem.Kind // empty: passes
		words string
	}{
		{"403", simulator.Fault{Kind: simulator.Status, Status: 403, Body: "<HTML>Access Denied"}, problem.Forbidden, "mirror"},
		{"404", simulator.Fault{Kind: simulator.Status, Status: 404}, problem.NotFound, "not at the address"},
		{"503 once", simulator.Fault{Kind: simulator.Status, Status: 503, Times: 1}, "", ""},
		{"429 with a lie", simulator.Fault{Kind: simulator.Status, Status: 429, Times: 2, Header: map[string]string{"Retry-After": "0"}}, "", ""},
		{"504 for ever", simulator.Fault{Kind: simulator.Status, Status: 504}, problem.Unavailable, "504"},
		{"a web page", simulator.Fault{Kind: simulator.HTML}, problem.Unavailable, "web page"},
		{"breaks off once", simulator.Fault{Kind: simulator.Truncate, Times: 1}, "", ""},
		{"cut once", simulator.Fault{Kind: simulator.Cut, Times: 1}, "", ""},
		{"cut for ever", simulator.Fault{Kind: simulator.Cut}, problem.Unavailable, "broke off"},
		{"empty", simulator.Fault{Kind: simulator.Empty}, problem.Malformed, "lists no vulnerabilities"},
		{"news in the schema", simulator.Fault{Kind: simulator.Schema}, "", ""},
		{"its clock is wrong", simulator.Fault{Kind: simulator.ClockSkew, Delay: -100 * time.Hour}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.fault.Service = "kev"
			simtest.Break(t, w.server, c.fault)
			steps, err := w.poll(intel.Ask{})
			if c.kind == "" {
				if err != nil || len(steps) != 1 || len(steps[0].KEV.Entries) != 2 {
					t.Errorf("%+v %v", steps, err)
				}
				return
			}
			if !problem.Is(err, c.kind) || !strings.Contains(err.Error(), c.words) || len(steps) > 0 {
				t.Errorf("%v, want %s and %q", err, c.kind, c.words)
			}
			w.server.Clear("")
			w.want(intel.Ask{}, 2)
		})
	}
}
