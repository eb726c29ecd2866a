package nvd

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/testkit"
	"github.com/threatwerk/threatwerk/localdev/feeds/simulator"
	"github.com/threatwerk/threatwerk/localdev/feeds/simulator/simtest"
)

// The morning on which the tests take place.
var morning = time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)

// world is a simulated NVD, the feed that polls it, and what a store would hold of it.
type world struct {
	t     *testing.T
	clock *testkit.Clock
	sim   *simulator.Server
	feed  *Service
	shelf
}

// shelf is what a store keeps.
type shelf struct {
	records map[string]intel.Advisory
	refused []string
	held    []intel.HeldRecords
	cursor  json.RawMessage
	last    intel.Step // of the latest poll
	steps   int        // of the latest poll
}

func newWorld(t *testing.T, records int, change func(*Settings)) *world {
	t.Helper()
	clock := testkit.NewClock(morning)
	sim, url := simtest.Start(t, simulator.Config{NVD: records, Now: clock.Now, Limits: true, Keys: map[string]string{"nvd": "the-right-key"}})
	settings := Settings{
		BaseURL: url + "/nvd/rest/json/cves/2.0", FilesURL: url + "/nvd/feeds/json/cve/2.0", PageSize: 100,
		Fetch: fetch.Options{Now: clock.Now, Sleep: clock.Sleep, Random: func() float64 { return 1 }},
	}
	if change != nil {
		change(&settings)
	}
	feed := New(settings)
	feed.batch = 40
	return &world{t: t, clock: clock, sim: sim, feed: feed, shelf: shelf{records: map[string]intel.Advisory{}}}
}

func byPages(s *Settings) { s.FilesURL = "none" }

// poll stores what one poll yields, and ends it after some steps (0: does not).
func (w *world) poll(stop int, ask intel.Ask) error {
	w.t.Helper()
	ask.Cursor = w.cursor
	w.last, w.steps = intel.Step{}, 0
	for step, err := range w.feed.Poll(w.t.Context(), ask) {
		if err != nil {
			return err
		}
		w.steps++
		w.last = step
		for _, in := range step.Advisories {
			if in.Refused != nil {
				w.refused = append(w.refused, in.Refused.Error())
				continue
			}
			w.records[in.Advisory.ID] = in.Advisory
		}
		if step.Held != nil {
			w.held = append(w.held, *step.Held)
		}
		if step.Cursor != nil {
			w.cursor = step.Cursor
		}
		if w.steps == stop {
			return nil
		}
	}
	return nil
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// put places records at the simulator, at its time.
func (w *world) put(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		w.must(w.sim.Put("nvd", id, fmt.Appendf(nil, `{"cve":{"id":%q,"published":"2026-11-01T00:00:00.000","vulnStatus":"Received",
			"descriptions":[{"lang":"en","value":"changed %s"}],"metrics":{},"references":[]}}`, id, w.clock.Now().Format(time.RFC3339))))
	}
}

func (w *world) strike(faults ...simulator.Fault) {
	w.t.Helper()
	for i := range faults {
		faults[i].Service = "nvd"
	}
	simtest.Break(w.t, w.sim, faults...)
}

// truth is what the simulator holds, read without the feed's own paging.
func (w *world) truth() map[string]intel.Advisory {
	w.t.Helper()
	w.sim.Clear("nvd")
	whole := New(w.feed.settings)
	p := &poll{Service: whole, ctx: context.Background(), client: whole.clientFor("the-right-key")}
	all := map[string]intel.Advisory{}
	for {
		got, err := p.page(query{start: len(all), size: 2000})
		w.must(err)
		for _, in := range got.records {
			all[in.Advisory.ID] = in.Advisory
		}
		if len(all) >= got.Total {
			return all
		}
	}
}

// complete fails where the shelf is not what NVD holds.
func (w *world) complete(why string) {
	w.t.Helper()
	want := w.truth()
	if len(want) != len(w.records) {
		missing := slices.Collect(maps.Keys(want))
		missing = slices.DeleteFunc(missing, func(id string) bool { _, held := w.records[id]; return held })
		w.t.Fatalf("%s: %d records of %d; missing %v", why, len(w.records), len(want), missing[:min(len(missing), 5)])
	}
	for id, a := range want {
		if !reflect.DeepEqual(a, w.records[id]) {
			w.t.Fatalf("%s: %s (-NVD +held):\n%s", why, id, cmp.Diff(a, w.records[id]))
		}
	}
}
