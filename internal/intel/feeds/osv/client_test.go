package osv

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/localdev/feeds/simulator"
	"github.com/threatwerk/threatwerk/localdev/feeds/simulator/simtest"
)

var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// world is a bucket, its clock and a client that polls it.
type world struct {
	t      *testing.T
	server *simulator.Server
	clock  *simtest.Clock
	client *Client
	cursor json.RawMessage
}

func newWorld(t *testing.T, c Config, faults ...simulator.Fault) *world {
	t.Helper()
	clock := simtest.NewClock(start)
	server, base := simtest.Start(t, simulator.Config{Now: clock.Now})
	c.URL = base + "/osv"
	if c.Ecosystems == nil {
		c.Ecosystems = []string{"npm"}
	}
	w := &world{t: t, server: server, clock: clock}
	w.client = New(c, fetch.Options{Now: clock.Now, Sleep: clock.Sleep, Random: func() float64 { return 0.5 }})
	simtest.Break(t, server, faults...)
	return w
}

func recordOf(id, ecosystem, name string) string {
	return fmt.Sprintf(`{"id":%q,"summary":"s","affected":[{"package":{"ecosystem":%q,"name":%q},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2"}]}]}]}`,
		id, ecosystem, name)
}

func (w *world) put(ecosystem string, from, to int) {
	w.t.Helper()
	for i := from; i < to; i++ {
		id := fmt.Sprintf("OSV-%s-%04d", strings.ToUpper(ecosystem[:2]), i)
		simtest.Put(w.t, w.server, "osv", map[string]string{id: recordOf(id, ecosystem, "w")})
		w.clock.Advance(time.Millisecond)
	}
}

// outcome is what a poll brought.
type outcome struct {
	steps   []intel.Step
	ids     []string
	refused []intel.Incoming
	err     error
}

// poll runs one poll to its end, storing each step's cursor as the poller does.
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
		for _, in := range step.Advisories {
			if in.Refused != nil {
				out.refused = append(out.refused, in)
			} else {
				out.ids = append(out.ids, in.Advisory.ID)
			}
		}
		if step.Cursor != nil {
			w.cursor = step.Cursor
		}
		if len(out.steps) == most {
			break
		}
	}
	slices.Sort(out.ids)
	return out
}

func (o outcome) ok(t *testing.T, records int) {
	t.Helper()
	if o.err != nil || len(o.refused) > 0 || len(o.ids) != records {
		t.Errorf("%d records, want %d; refused %v; error %v", len(o.ids), records, o.refused, o.err)
	}
}

func (w *world) asked(file string) int {
	n := 0
	for _, r := range w.server.Requests("osv") {
		if strings.HasSuffix(r.URI, file) {
			n++
		}
	}
	return n
}

func TestFirstLoadThenOnlyWhatChanged(t *testing.T) {
	w := newWorld(t, Config{Ecosystems: []string{"npm", "Rocky Linux"}, Step: 10})
	w.put("npm", 0, 24)
	w.clock.Advance(2 * time.Hour)
	w.put("npm", 24, 25)
	w.put("Rocky Linux", 0, 3)
	first := w.poll(intel.Ask{})
	first.ok(t, 28)
	if len(first.steps) != 4 {
		t.Errorf("%d steps, want 3 of npm and 1 of Rocky Linux", len(first.steps))
	}
	last := first.steps[len(first.steps)-1]
	if last.Done != 28 || last.Total != 28 || !last.Newest.After(start) {
		t.Errorf("done %d of %d, newest %v", last.Done, last.Total, last.Newest)
	}

	w.server.Forget()
	w.poll(intel.Ask{}).ok(t, 4) // those within the overlap
	w.clock.Advance(3 * time.Hour)
	w.put("npm", 100, 101)
	w.server.Forget()
	w.poll(intel.Ask{}).ok(t, 2)
	if w.asked("all.zip") != 0 || w.asked("OSV-NP-0100.json") != 1 {
		t.Errorf("asked %+v", w.server.Requests("osv"))
	}
	w.server.Forget()
	idle := w.poll(intel.Ask{})
	idle.ok(t, 0)
	if len(idle.steps) != 0 || len(w.server.Requests("osv")) != 2 {
		t.Errorf("nothing changed: %d steps, %+v", len(idle.steps), w.server.Requests("osv"))
	}
}

func TestManyChangesTakeTheArchive(t *testing.T) {
	w := newWorld(t, Config{Single: 5, Step: 4})
	w.put("npm", 0, 29)
	w.clock.Advance(2 * time.Hour)
	w.put("npm", 29, 30)
	w.poll(intel.Ask{}).ok(t, 30)
	w.clock.Advance(2 * time.Hour)
	w.put("npm", 10, 20)
	w.server.Forget()
	w.poll(intel.Ask{}).ok(t, 11)
	if w.asked("all.zip") != 1 || len(w.server.Requests("osv")) != 2 {
		t.Errorf("asked %+v", w.server.Requests("osv"))
	}
	// A mass change: the list names nothing that is known, so all of the archive is read.
	w.clock.Advance(2 * time.Hour)
	if err := w.server.Touch("osv"); err != nil {
		t.Fatal(err)
	}
	w.poll(intel.Ask{}).ok(t, 30)
}

// TestResumesAtEveryStep ends the poll after each number of steps, loads and changes alike, and wants the very records
// of a poll that nobody disturbs.
func TestResumesAtEveryStep(t *testing.T) {
	for _, reconcile := range []bool{false, true} {
		for most := 1; most < 9; most++ {
			t.Run(fmt.Sprintf("%d,%t", most, reconcile), func(t *testing.T) {
				w := newWorld(t, Config{Ecosystems: []string{"npm", "Go"}, Single: 5, Step: 6})
				w.put("npm", 0, 19)
				w.put("Go", 0, 9)
				w.clock.Advance(2 * time.Hour)
				w.put("npm", 19, 20)
				got := map[string]int{}
				steps := 0
				all := func() {
					for range 40 {
						part := w.pollSome(intel.Ask{Reconcile: reconcile && steps == 0}, most)
						if part.err != nil || len(part.refused) > 0 {
							t.Fatal(part.err, part.refused)
						}
						for _, id := range part.ids {
							got[id]++
						}
						steps += len(part.steps)
						if len(part.steps) == 0 {
							return
						}
					}
					t.Fatal("comes to no end")
				}
				all()
				if len(got) != 29 {
					t.Errorf("%d records of the first load, want 29", len(got))
				}
				w.clock.Advance(2 * time.Hour)
				w.put("npm", 5, 17)
				got = map[string]int{}
				all()
				if want := 13; len(got) != want { // the 12, and the newest of before
					t.Errorf("%d changed records, want %d: %v", len(got), want, slices.Sorted(maps.Keys(got)))
				}
			})
		}
	}
}

func TestAnotherArchiveIsReadFromItsStart(t *testing.T) {
	w := newWorld(t, Config{Step: 5})
	w.put("npm", 10, 30)
	w.pollSome(intel.Ask{}, 2)
	w.put("npm", 0, 5)
	w.poll(intel.Ask{}).ok(t, 25)
}

func TestWithdrawnAndOrphaned(t *testing.T) {
	w := newWorld(t, Config{Ecosystems: []string{"npm", "Go"}})
	w.put("npm", 0, 3)
	w.clock.Advance(2 * time.Hour)
	w.put("npm", 3, 4)
	w.put("Go", 0, 2)
	w.poll(intel.Ask{}).ok(t, 6)
	w.clock.Advance(2 * time.Hour)
	if err := errors.Join(w.server.Withdraw("osv", "OSV-NP-0001"), w.server.Remove("osv", "OSV-NP-0002")); err != nil {
		t.Fatal(err)
	}
	got := w.poll(intel.Ask{})
	got.ok(t, 4) // and those within the overlap
	if a := got.steps[0].Advisories[0].Advisory; a.ID != "OSV-NP-0001" || a.Withdrawn.IsZero() {
		t.Errorf("%s is not withdrawn", a.ID)
	}
	// The orphan shows only where all is compared, one ecosystem at a time.
	for _, want := range []*intel.HeldRecords{
		{Part: "npm", IDs: []string{"OSV-NP-0000", "OSV-NP-0001", "OSV-NP-0003"}},
		{Part: "Go", IDs: []string{"OSV-GO-0000", "OSV-GO-0001"}},
		{Part: "npm", IDs: []string{"OSV-NP-0000", "OSV-NP-0001", "OSV-NP-0003"}},
	} {
		var held []*intel.HeldRecords
		for _, s := range w.poll(intel.Ask{Reconcile: true}).steps {
			if s.Held != nil {
				held = append(held, s.Held)
			}
		}
		if diff := cmp.Diff([]*intel.HeldRecords{want}, held); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAMissingEcosystemCostsItselfAlone(t *testing.T) {
	w := newWorld(t, Config{Ecosystems: []string{"Cobol", "npm"}})
	w.put("npm", 0, 2)
	for range 2 {
		got := w.poll(intel.Ask{})
		if got.err != nil || len(got.ids) != 2 || len(got.refused) != 1 || !strings.Contains(got.refused[0].Refused.Error(), `no ecosystem "Cobol" (404)`) {
			t.Errorf("%v, refused %v, error %v", got.ids, got.refused, got.err)
		}
	}
}

func TestAWrongAddress(t *testing.T) {
	w := newWorld(t, Config{Ecosystems: []string{"npm", "Go"}})
	got := w.poll(intel.Ask{})
	if !problem.Is(got.err, problem.NotFound) || !strings.Contains(got.err.Error(), "Check the setting of its address") {
		t.Error(got.err)
	}
	// One that was there and is gone is told apart.
	w.put("npm", 0, 1)
	w.put("Go", 0, 1)
	w.poll(intel.Ask{}).ok(t, 2)
	simtest.Break(t, w.server, simulator.Fault{Service: "osv", Kind: simulator.Status, Status: 404, Match: "^/npm"})
	if got := w.poll(intel.Ask{}); got.err != nil || len(got.refused) != 1 || !strings.Contains(got.refused[0].Refused.Error(), "stay here as they were") {
		t.Errorf("%v %v", got.refused, got.err)
	}
}

func TestFaults(t *testing.T) {
	fail := func(kind, match string, times int) simulator.Fault {
		return simulator.Fault{Service: "osv", Kind: kind, Match: match, Times: times, Status: 503}
	}
	for _, c := range []struct {
		name  string
		fault simulator.Fault
		// what becomes of the load of 4 records, and of an update by 1
		load, update func(*testing.T, outcome)
	}{
		{"503 that passes", fail(simulator.Status, "", 3), all(4), fresh},
		{"503 that stays", fail(simulator.Status, "", 0), failed(problem.Unavailable, "503"), failed(problem.Unavailable, "503")},
		{"403", simulator.Fault{Service: "osv", Kind: simulator.Status, Status: 403}, failed(problem.Forbidden, "refuses"), failed(problem.Forbidden, "refuses")},
		{"a web page", fail(simulator.HTML, "", 0), failed(problem.Unavailable, "web page"), failed(problem.Unavailable, "web page")},
		{"a web page at first", fail(simulator.HTML, "", 2), all(4), fresh},
		{"archive breaks off", fail(simulator.Truncate, "zip", 2), all(4), fresh},
		{"archive cut for ever", fail(simulator.Cut, "zip", 0), refused("cut off"), fresh},
		{"record cut once", fail(simulator.Cut, "OSV-NP", 1), all(4), fresh},
		{"record cut for ever", fail(simulator.Cut, "OSV-NP-0009", 0), all(4), refused("cut off")},
		{"record gone", simulator.Fault{Service: "osv", Kind: simulator.Status, Status: 404, Match: "OSV-NP-0009"}, all(4), refused("not there")},
		{"record with news", fail(simulator.Schema, "OSV-NP", 0), all(4), fresh},
		{"empty list", fail(simulator.Empty, "csv", 0), all(4), refused("is empty, which it never is")},
		{"empty archive", fail(simulator.Empty, "zip", 0), refused("holds no record"), fresh},
		{"list breaks off", fail(simulator.Truncate, "csv", 2), all(4), fresh},
		{"list cut", fail(simulator.Cut, "csv", 0), all(4), nil},
		{"conditions ignored", fail(simulator.NoRange, "", 0), all(4), fresh},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, Config{}, c.fault)
			w.put("npm", 0, 4)
			c.load(t, w.poll(intel.Ask{}))

			w.server.Clear("")
			w.poll(intel.Ask{})
			w.clock.Advance(3 * time.Hour)
			w.put("npm", 9, 10)
			simtest.Break(t, w.server, c.fault)
			if c.update == nil {
				return
			}
			c.update(t, w.poll(intel.Ask{}))
			// Whatever happened: with the fault gone everything is there.
			w.server.Clear("")
			w.clock.Advance(time.Hour)
			w.put("npm", 10, 11)
			got := w.poll(intel.Ask{})
			if got.err != nil || !slices.Contains(got.ids, "OSV-NP-0010") {
				t.Errorf("after the fault: %v, %v", got.ids, got.err)
			}
		})
	}
}

// fresh wants the record that was placed last, beside those that the overlap brings again.
func fresh(t *testing.T, o outcome) {
	t.Helper()
	if o.err != nil || len(o.refused) > 0 || !slices.Contains(o.ids, "OSV-NP-0009") {
		t.Errorf("%v, refused %v; error %v", o.ids, o.refused, o.err)
	}
}

func all(n int) func(*testing.T, outcome) {
	return func(t *testing.T, o outcome) { t.Helper(); o.ok(t, n) }
}

func failed(kind problem.Kind, words string) func(*testing.T, outcome) {
	return func(t *testing.T, o outcome) {
		t.Helper()
		if !problem.Is(o.err, kind) || !strings.Contains(o.err.Error(), words) || len(o.ids) > 0 {
			t.Errorf("%v with %d records, want %s and %q", o.err, len(o.ids), kind, words)
		}
	}
}

func refused(words string) func(*testing.T, outcome) {
	return func(t *testing.T, o outcome) {
		t.Helper()
		if o.err != nil || len(o.refused) != 1 || !strings.Contains(o.refused[0].Refused.Error(), words) {
			t.Errorf("refused %v, want %q; error %v", o.refused, words, o.err)
		}
	}
}

// TestAListCutOffLosesNothing: half a list names fewer changes than there were and none that is known.
func TestAListCutOffLosesNothing(t *testing.T) {
	w := newWorld(t, Config{})
	w.put("npm", 0, 4)
	w.poll(intel.Ask{}).ok(t, 4)
	w.clock.Advance(3 * time.Hour)
	w.put("npm", 4, 10)
	simtest.Break(t, w.server, simulator.Fault{Service: "osv", Kind: simulator.Cut, Match: "csv"})
	got := w.poll(intel.Ask{})
	if got.err != nil || len(got.ids) != 10 {
		t.Errorf("%v, %v: want all of the archive", got.ids, got.err)
	}
}

func TestARecordFromTheFutureHidesNothing(t *testing.T) {
	w := newWorld(t, Config{})
	w.put("npm", 0, 2)
	w.clock.Advance(2400 * time.Hour)
	w.put("npm", 2, 3)
	w.clock.Advance(-2400 * time.Hour)
	w.poll(intel.Ask{}).ok(t, 3)
	w.clock.Advance(2 * time.Hour)
	w.put("npm", 3, 4)
	if got := w.poll(intel.Ask{}); !slices.Contains(got.ids, "OSV-NP-0003") {
		t.Errorf("%v, %v", got.ids, got.err)
	}
}

func TestAnArchiveThatUnpacksToTooMuch(t *testing.T) {
	w := newWorld(t, Config{Step: 2})
	w.put("npm", 0, 9)
	w.client.bounds = limits{record: 1 << 10, ratio: 0, floor: 600}
	got := w.poll(intel.Ask{})
	if got.err != nil || len(got.refused) != 1 || !strings.Contains(got.refused[0].Refused.Error(), "honestly hold") {
		t.Errorf("refused %v, error %v", got.refused, got.err)
	}
	if len(got.ids) > 4 {
		t.Errorf("%d records were read beyond the bound", len(got.ids))
	}
}

func TestTwoFailuresInARowEndThePoll(t *testing.T) {
	w := newWorld(t, Config{Ecosystems: []string{"Go", "npm", "PyPI", "Hex"}},
		simulator.Fault{Service: "osv", Kind: simulator.Status, Status: 500, Match: "npm/all|PyPI/all|Hex/all"})
	for _, name := range []string{"Go", "npm", "PyPI", "Hex"} {
		w.put(name, 0, 1)
	}
	got := w.poll(intel.Ask{})
	if len(got.ids) != 1 || got.err == nil || !strings.Contains(got.err.Error(), "npm could not be brought up to date") || w.asked("Hex/all.zip") != 0 {
		t.Errorf("%v, %v", got.ids, got.err)
	}
	w.server.Clear("")
	w.poll(intel.Ask{}).ok(t, 4) // Go's one is within the overlap
}

func TestAForeignCursorStartsAnew(t *testing.T) {
	w := newWorld(t, Config{})
	w.put("npm", 0, 2)
	w.cursor = json.RawMessage(`{"ecosystems":7}`)
	w.poll(intel.Ask{}).ok(t, 2)
}

func TestReadChanges(t *testing.T) {
	line := func(d time.Duration, id string) string {
		return start.Add(d*time.Hour).Format(time.RFC3339Nano) + "," + id + "\n"
	}
	for _, c := range []struct {
		name, list string
		want       changes
	}{
		{"down to what is known", line(2, "B") + line(1, "A") + line(-1, "old") + line(-2, "older"), changes{ids: []string{"B", "A"}, lines: 3, reached: true}},
		{"out of order", line(1, "A") + line(2, "B") + line(-1, "old") + line(3, "C"), changes{ids: []string{"A", "B", "C"}, lines: 4, reached: true}},
		{"twice, with the ecosystem", line(2, "npm/A") + line(1, "A"), changes{ids: []string{"A"}, lines: 2, reached: true}},
		{"nonsense", "x\n\n" + line(1, "../../up") + line(1, "..") + "2026-99-01T00:00:00Z,A\n" + line(1, "A"), changes{ids: []string{"A"}, lines: 1, reached: true, bad: 4}},
		{"nothing that is known", line(3, "A") + line(2, "B"), changes{ids: []string{"A", "B"}, lines: 2}},
		{"nothing", "", changes{}},
	} {
		got, err := readChanges(strings.NewReader(c.list), "npm", start.Add(overlap))
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(changes{})); err != nil || diff != "" {
			t.Errorf("%s: %v %s", c.name, err, diff)
		}
	}
	if _, err := readChanges(strings.NewReader(strings.Repeat("x", maxLine+1)), "npm", start); err == nil {
		t.Error("a line without end was read")
	}
}
