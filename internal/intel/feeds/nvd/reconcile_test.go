package nvd

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/localdev/feeds/simulator"
)

// TestReconcile: a record that was lost on this side comes back, and a list of a year says what NVD has, today's
// newcomers included.
func TestReconcile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 400, nil)
	w.must(w.poll(0, intel.Ask{}))
	w.clock.Advance(10 * time.Hour)
	w.put("CVE-2002-0042", "CVE-2001-0007") // not in the file yet, which was written at midnight
	w.clock.Advance(time.Minute)
	w.must(w.poll(0, intel.Ask{}))
	lost := ""
	for id := range w.records {
		if strings.HasPrefix(id, "CVE-2002-1") {
			lost = id
		}
	}
	delete(w.records, lost)
	w.must(w.poll(0, intel.Ask{Reconcile: true}))
	w.complete("after reconciling")
	if n := len(w.held); n < 2 || w.held[n-1].Part != "2002" || w.held[n-2].Part != "2001" {
		t.Fatalf("held: %v", w.held)
	}
	for i := range w.held {
		year := w.held[i].Part
		for id := range w.records {
			if strings.HasPrefix(id, "CVE-"+year) != slices.Contains(w.held[i].IDs, id) {
				t.Errorf("%s: %s", year, id)
			}
		}
	}
	if readCursor(w.cursor).Year != 2003 {
		t.Errorf("cursor %s", w.cursor)
	}
	for year := 2003; year <= 2026; year++ {
		w.must(w.poll(0, intel.Ask{Reconcile: true}))
	}
	years := map[string]int{}
	for id := range w.records {
		years[id[len("CVE-"):][:4]]++
	}
	for _, held := range w.held {
		if len(held.IDs) != years[held.Part] {
			t.Errorf("%s: %d records, %d held", held.Part, len(held.IDs), years[held.Part])
		}
	}
	if len(w.held) != len(years) {
		t.Errorf("%d lists of %d years", len(w.held), len(years))
	}
	w.must(w.poll(0, intel.Ask{Reconcile: true}))
	if readCursor(w.cursor).Year != 2003 {
		t.Errorf("does not begin again: %s", w.cursor)
	}
}

// TestReconcileKeepsTheNewerState: the file has a record as it was at midnight.
func TestReconcileKeepsTheNewerState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100, nil)
	w.must(w.poll(0, intel.Ask{}))
	w.must(w.sim.Touch("nvd"))
	w.clock.Advance(time.Minute)
	w.must(w.poll(0, intel.Ask{Reconcile: true}))
	w.complete("after a mass change")
}

func TestReconcileGoesPastABadYear(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 400, nil)
	w.must(w.poll(0, intel.Ask{}))
	w.strike(simulator.Fault{Kind: simulator.Status, Status: 404, Match: "2002"})
	if err := w.poll(0, intel.Ask{Reconcile: true}); err == nil || len(w.held) > 0 {
		t.Errorf("held %v without a file: %v", w.held, err)
	}
	for range 5 {
		w.must(w.poll(0, intel.Ask{Reconcile: true}))
	}
	if len(w.held) == 0 || w.held[0].Part <= "2002" || readCursor(w.cursor).Year != 2008 {
		t.Errorf("held %v, cursor %s", w.held, w.cursor)
	}
}

// TestReconcileWithoutFiles reads the listing again, a stretch at a time.
func TestReconcileWithoutFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 450, func(s *Settings) { s.FilesURL, s.PerPoll = "none", 200 })
	w.must(w.poll(0, intel.Ask{}))
	clear(w.records)
	for range 4 {
		w.must(w.poll(0, intel.Ask{Reconcile: true}))
	}
	w.complete("after three stretches")
	if len(w.held) > 0 {
		t.Errorf("held %v", w.held)
	}
}
