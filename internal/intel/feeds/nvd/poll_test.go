package nvd

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/localdev/feeds/simulator"
)

func TestFirstLoadAndThenChanges(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]func(*Settings){"files": nil, "pages": byPages} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 600, how)
			w.must(w.poll(0, intel.Ask{}))
			for _, slept := range w.clock.Slept() {
				if slept >= 30*time.Second {
					t.Errorf("ran into NVD's limit and waited %v", slept)
				}
			}
			w.complete("after the first load")
			if w.last.Done < 600 || w.last.Done > w.last.Total {
				t.Errorf("%d of %d done", w.last.Done, w.last.Total)
			}
			newest := readCursor(w.cursor).Watermark
			w.clock.Advance(12 * time.Hour)
			w.must(w.poll(0, intel.Ask{}))
			w.complete("after a poll without changes")
			if w.last.Done > 60 || readCursor(w.cursor).Watermark.Before(newest) {
				t.Errorf("read %d records for nothing, cursor %s", w.last.Done, w.cursor)
			}
			w.put("CVE-2026-0001", "CVE-2026-0002")
			w.must(w.sim.Withdraw("nvd", "CVE-2026-0001"))
			w.clock.Advance(time.Minute)
			w.must(w.poll(0, intel.Ask{}))
			w.complete("after changes")
			if w.records["CVE-2026-0001"].Withdrawn.IsZero() || !w.last.Newest.Equal(w.records["CVE-2026-0002"].Modified) {
				t.Errorf("newest %v, withdrawn %v", w.last.Newest, w.records["CVE-2026-0001"].Withdrawn)
			}
		})
	}
}

// TestKilledAtEveryStep: whatever step was the last that was stored, going on from there ends with the same records.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]func(*Settings){"files": nil, "pages": byPages} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 300, how)
			for kills, loaded := 0, false; !loaded; kills++ {
				if kills > 200 {
					t.Fatalf("no end: %s", w.cursor)
				}
				w.must(w.poll(1, intel.Ask{}))
				loaded = w.steps == 0 || !readCursor(w.cursor).Watermark.IsZero() && readCursor(w.cursor).Window == nil
			}
			w.must(w.poll(0, intel.Ask{}))
			w.complete("load, killed after each step")
			w.clock.Advance(time.Hour)
			w.must(w.sim.Touch("nvd"))
			w.clock.Advance(time.Minute)
			for range 20 {
				w.must(w.poll(1, intel.Ask{}))
			}
			w.must(w.poll(0, intel.Ask{}))
			w.complete("mass change, killed after each step")
		})
	}
}

// TestCase25EmptySuccess: shared case 25. An empty success moves nothing, and is counted.
func TestCase25EmptySuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30, byPages)
	w.must(w.poll(0, intel.Ask{}))
	w.clock.Advance(12 * time.Hour)
	w.put("CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003")
	w.clock.Advance(time.Hour)
	before := readCursor(w.cursor).Watermark
	w.strike(simulator.Fault{Kind: simulator.Empty})
	since := w.clock.Now()
	for n := 1; n <= 6; n++ {
		w.must(w.poll(0, intel.Ask{}))
		got, at := Silence(w.cursor)
		if got != n || at.Sub(since) > time.Minute || !readCursor(w.cursor).Watermark.Equal(before) {
			t.Fatalf("after %d empty polls: %s", n, w.cursor)
		}
		w.clock.Advance(time.Hour)
	}
	w.sim.Clear("nvd")
	w.must(w.poll(0, intel.Ask{}))
	w.complete("after the silence")
	if n, since := Silence(w.cursor); n != 0 || !since.IsZero() {
		t.Errorf("still silent: %s", w.cursor)
	}
}

func TestNoRecordsAtAllAreNoFirstLoad(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20, byPages)
	w.strike(simulator.Fault{Kind: simulator.Empty})
	if err := w.poll(0, intel.Ask{}); !problem.Is(err, problem.Unavailable) || !strings.Contains(err.Error(), "no record at all") {
		t.Fatalf("believed: %v, %s", err, w.cursor)
	}
	w.sim.Clear("nvd")
	w.must(w.poll(0, intel.Ask{}))
	w.complete("afterwards")
}

// TestFaults: each strikes in the middle of a poll, and all changes are held in the end.
func TestFaults(t *testing.T) {
	t.Parallel()
	status := func(code int, header ...string) simulator.Fault {
		f := simulator.Fault{Kind: simulator.Status, Status: code, Body: "<html>sorry</html>", Header: map[string]string{}, After: 1, Times: 2}
		for i := 0; i < len(header); i += 2 {
			f.Header[header[i]] = header[i+1]
		}
		return f
	}
	for name, f := range map[string]simulator.Fault{
		"403":             status(403),
		"404":             status(404),
		"408":             status(408),
		"429":             status(429, "Retry-After", "0", "Content-Type", "text/plain"),
		"502":             status(502),
		"503":             status(503, "Retry-After", "86400"),
		"504":             status(504),
		"524":             status(524),
		"page":            {Kind: simulator.HTML, After: 1, Times: 2},
		"truncated":       {Kind: simulator.Truncate, After: 1, Times: 2},
		"cut":             {Kind: simulator.Cut, After: 1, Times: 2},
		"slow":            {Kind: simulator.Slow, Delay: 5 * time.Millisecond, After: 1, Times: 2},
		"empty":           {Kind: simulator.Empty, After: 2, Times: 3},
		"shifting totals": {Kind: simulator.ShiftTotals},
		"schema":          {Kind: simulator.Schema},
		"clock ahead":     {Kind: simulator.ClockSkew, Delay: 400 * 24 * time.Hour},
		"clock behind":    {Kind: simulator.ClockSkew, Delay: -2 * time.Hour, Match: "resultsPerPage=1&"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 250, byPages)
			w.must(w.poll(0, intel.Ask{}))
			w.clock.Advance(24 * time.Hour)
			w.must(w.sim.Touch("nvd"))
			w.clock.Advance(time.Hour)
			w.strike(f)
			w.must(w.poll(0, intel.Ask{}))
			if strings.HasPrefix(name, "clock") { // what is wrong by a clock comes right with it
				w.sim.Clear("nvd")
				w.clock.Advance(time.Hour)
				w.must(w.poll(0, intel.Ask{}))
			}
			w.complete(name)
			for _, slept := range w.clock.Slept() {
				if slept > 15*time.Minute {
					t.Errorf("waited %v", slept)
				}
			}
		})
	}
}

func TestFirstLoadUnderFaults(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]simulator.Fault{
		"shifting totals":  {Kind: simulator.ShiftTotals},
		"schema":           {Kind: simulator.Schema},
		"503 now and then": {Kind: simulator.Status, Status: 503, After: 3, Times: 3},
		"truncated":        {Kind: simulator.Truncate, After: 2, Times: 2},
	} {
		for how, change := range map[string]func(*Settings){"files": nil, "pages": byPages} {
			t.Run(name+" "+how, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, 450, change)
				w.strike(f)
				w.must(w.poll(0, intel.Ask{}))
				w.complete("load")
			})
		}
	}
}

// TestFilesThatCannotBeUsed: then the API is read, and the run says why.
func TestFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault simulator.Fault
		want  string
	}{
		"gone":            {simulator.Fault{Kind: simulator.Status, Status: 404, Match: "nvdcve-2.0-2015"}, "404"},
		"always busy":     {simulator.Fault{Kind: simulator.Status, Status: 503, Match: "nvdcve-2.0-2015"}, "503"},
		"a page":          {simulator.Fault{Kind: simulator.HTML, Match: "nvdcve-2.0-2015.json"}, "web page"},
		"not what's said": {simulator.Fault{Kind: simulator.Status, Status: 200, Body: "sha256:" + strings.Repeat("ab", 32), Header: map[string]string{"Content-Type": "text/plain"}, Match: "2015.meta"}, "SHA-256"},
		"says nothing":    {simulator.Fault{Kind: simulator.Status, Status: 200, Body: "hello", Header: map[string]string{"Content-Type": "text/plain"}, Match: "2015.meta"}, "SHA-256"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 300, nil)
			w.strike(c.fault)
			w.must(w.poll(0, intel.Ask{}))
			w.complete(name)
			if len(w.refused) != 1 || !strings.Contains(w.refused[0], c.want) || !strings.Contains(w.refused[0], "nvdcve-2.0-2015") {
				t.Errorf("the run says %q", w.refused)
			}
		})
	}
}

func TestFilesAreEnoughToBeginWith(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100, nil)
	w.strike(simulator.Fault{Kind: simulator.Status, Status: 503, Match: "^/rest"})
	if err := w.poll(0, intel.Ask{}); !problem.Is(err, problem.Unavailable) {
		t.Fatalf("%v", err)
	}
	if len(w.records) != 100 || readCursor(w.cursor).Watermark.IsZero() {
		t.Errorf("%d records from the files, cursor %s", len(w.records), w.cursor)
	}
}

// TestMassChange: nearly all records change at once. A poll reads so many of them, and the next ones the rest.
func TestMassChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 700, func(s *Settings) { s.PerPoll, s.FilesURL = 200, "none" })
	w.must(w.poll(0, intel.Ask{}))
	w.clock.Advance(12 * time.Hour)
	w.must(w.sim.Touch("nvd"))
	w.clock.Advance(time.Hour)
	polls := 0
	for more := true; more; polls++ {
		w.must(w.poll(0, intel.Ask{}))
		more = w.last.Done < w.last.Total
		if w.last.Done > 300 || polls > 10 {
			t.Fatalf("poll %d read %d records", polls, w.last.Done)
		}
		if polls < 2 {
			w.put("CVE-2026-0001") // changes go on meanwhile
		}
		w.clock.Advance(time.Hour)
	}
	w.complete(fmt.Sprintf("after %d polls", polls))
}

func TestSmallerPagesWhereLargeOnesFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 300, byPages)
	w.strike(simulator.Fault{Kind: simulator.Status, Status: 503, Match: `resultsPerPage=(100|25)&`})
	w.must(w.poll(0, intel.Ask{}))
	w.complete("by pages of 10")
}

// TestLongAbsence: 119 days at a time.
func TestLongAbsence(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 50, byPages)
	w.must(w.poll(0, intel.Ask{}))
	for i := range 10 {
		w.clock.Advance(60 * 24 * time.Hour)
		w.put(fmt.Sprintf("CVE-2027-%04d", i))
	}
	w.clock.Advance(time.Hour)
	for range 20 {
		w.must(w.poll(1, intel.Ask{}))
	}
	w.must(w.poll(0, intel.Ask{}))
	w.complete("after 600 days")
}

// TestEmptyWindowBeforeOthers: a window of several is empty for an hour. The watermark does not leap over it.
func TestEmptyWindowBeforeOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 50, byPages)
	w.must(w.poll(0, intel.Ask{}))
	w.clock.Advance(100 * 24 * time.Hour)
	w.put("CVE-2027-0001")
	w.clock.Advance(150 * 24 * time.Hour)
	w.put("CVE-2027-0002")
	w.clock.Advance(time.Hour)
	w.strike(simulator.Fault{Kind: simulator.Empty, Match: "lastModStartDate=2027-0[23]", Times: 1})
	w.must(w.poll(0, intel.Ask{}))
	if _, held := w.records["CVE-2027-0001"]; held {
		t.Fatal("the fault did not strike")
	}
	w.must(w.poll(0, intel.Ask{}))
	w.complete("after the second poll")
	w.must(w.poll(0, intel.Ask{}))
	if c := readCursor(w.cursor); c.Watermark.Before(w.records["CVE-2027-0002"].Modified) {
		t.Errorf("held back for ever: %s", w.cursor)
	}
}

// TestNeverAsManyAsAnnounced: no miscount of NVD's holds the feed up for ever.
func TestNeverAsManyAsAnnounced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 50, byPages)
	w.must(w.poll(0, intel.Ask{}))
	w.clock.Advance(12 * time.Hour)
	w.put("CVE-2026-0001")
	w.clock.Advance(time.Hour)
	bad := fmt.Sprintf(`{"totalResults":205,"timestamp":%q,"vulnerabilities":[]}`, w.clock.Now().Format("2006-01-02T15:04:05.000"))
	first := fmt.Sprintf(`{"totalResults":205,"timestamp":%q,"vulnerabilities":[{"cve":{"id":"CVE-2026-0001","lastModified":"2026-11-25T20:00:00.000","metrics":{}}}]}`, w.clock.Now().Format("2006-01-02T15:04:05.000"))
	json := map[string]string{"Content-Type": "application/json"}
	from := "lastModStartDate=" + stamp(readCursor(w.cursor).Watermark.Add(-24*time.Hour))
	w.strike(simulator.Fault{Kind: simulator.Status, Status: 200, Body: bad, Header: json, Match: "startIndex=[1-9].*" + from},
		simulator.Fault{Kind: simulator.Status, Status: 200, Body: first, Header: json, Match: "startIndex=0&" + from})
	for n := 1; n <= 2; n++ {
		if err := w.poll(0, intel.Ask{}); err == nil || !strings.Contains(err.Error(), "announced 205 records and sent none") {
			t.Fatalf("poll %d: %v", n, err)
		}
	}
	w.must(w.poll(0, intel.Ask{}))
	if c := readCursor(w.cursor); c.Window != nil {
		t.Errorf("held up: %s", w.cursor)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30, byPages)
	for name, ask := range map[string]func() error{
		"poll": func() error { return w.poll(0, intel.Ask{Key: "a-wrong-key"}) },
		"try":  func() error { return w.feed.Try(t.Context(), "a-wrong-key") },
	} {
		err := ask()
		if !problem.Is(err, problem.Unauthenticated) || !strings.Contains(err.Error(), "Invalid apiKey.") || strings.Contains(fmt.Sprintf("%+v", err), "a-wrong") {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.must(w.feed.Try(t.Context(), "the-right-key"))
	for key, gap := range map[string]time.Duration{"": 6 * time.Second, "the-right-key": 600 * time.Millisecond} {
		w.sim.Forget()
		w.cursor = nil
		w.must(w.poll(0, intel.Ask{Key: key}))
		list := w.sim.Requests("nvd")
		for i := range list[1:] {
			if got := list[i+1].At.Sub(list[i].At); got < gap {
				t.Errorf("key %q: asked again after %v", key, got)
			}
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10, byPages)
	w.strike(simulator.Fault{Kind: simulator.Status, Status: http.StatusNotFound, Header: map[string]string{"message": "The maximum allowable range is 120 consecutive days."}})
	if err := w.poll(0, intel.Ask{}); err == nil || !strings.Contains(err.Error(), "120 consecutive days") || len(w.sim.Requests("nvd")) != 1 {
		t.Errorf("%v after %d requests", err, len(w.sim.Requests("nvd")))
	}
}

func TestACursorFromElsewhereBeginsAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20, byPages)
	w.cursor = json.RawMessage(`["of another feed"]`)
	w.must(w.poll(0, intel.Ask{}))
	w.complete("from the beginning")
}

func TestTimesToComeDoNotMoveTheWatermark(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20, nil)
	w.must(w.poll(0, intel.Ask{}))
	p := &poll{Service: w.feed}
	win := &window{}
	p.take(win, page{envelope: envelope{Time: morning}, records: []intel.Incoming{
		{Advisory: intel.Advisory{Modified: morning.AddDate(4, 0, 0)}}, {Advisory: intel.Advisory{Modified: morning.Add(-time.Hour)}}}})
	if !win.Newest.Equal(morning.Add(-time.Hour)) {
		t.Errorf("newest %v", win.Newest)
	}
}
