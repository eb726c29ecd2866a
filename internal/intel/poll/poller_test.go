package poll_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/poll"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

func threeSteps() []intel.Step {
	newest := time.Date(2098, 2, 1, 0, 0, 0, 0, time.UTC)
	return []intel.Step{
		{Advisories: advisories(0, 40), Done: 40, Total: 90},
		{Advisories: append(advisories(40, 60), intel.Incoming{Path: "page 2, record 20", Refused: errors.New("no id")}), Done: 61, Total: 90},
		{Advisories: advisories(60, 90), Done: 90, Total: 90, Newest: newest},
	}
}

func TestAPollStoresItsStepsAndIsOnRecord(t *testing.T) {
	t.Parallel()
	feed := &service{name: "nvd", steps: threeSteps()}
	b := newBench(t, poll.Source{Feed: feed, Title: "NVD"})
	var shown []poll.Progress
	r := b.mustPoll("nvd", poll.Options{Progress: func(p poll.Progress) { shown = append(shown, p) }})
	if r.Seen != 91 || r.Added != 90 || r.Refused != 1 {
		t.Errorf("counts %+v, want 91 seen, 90 added, 1 refused", r.Counts)
	}
	if len(shown) != 3 || shown[2].Done != 90 || shown[2].Total != 90 {
		t.Errorf("progress %+v", shown)
	}
	f := b.status("nvd")
	if f.LastRun.Outcome != intel.OutcomeDone || f.LastSuccessAt == nil || f.Records != 90 || f.Newest == nil || f.LastRun.Total != 90 {
		t.Errorf("status %+v, last run %+v", f, f.LastRun)
	}
	run, err := b.store.Run(t.Context(), "nvd", r.RunID)
	if err != nil || len(run.Faults) != 1 || run.Faults[0].Path != "page 2, record 20" {
		t.Errorf("run %+v, %v; want the refused record named", run, err)
	}
	// The cursor stands at the end, so there is nothing left to tell.
	before := b.content()
	again := b.mustPoll("nvd", poll.Options{})
	if again.Seen != 0 || b.content() != before {
		t.Errorf("a second poll saw %d records", again.Seen)
	}
	if got := b.status("nvd").EmptyPolls; got != 1 {
		t.Errorf("%d empty polls, want 1", got)
	}
}

// TestARepeatedStepWritesNoRow: a poll that tells everything again must leave rows as they lie.
func TestARepeatedStepWritesNoRow(t *testing.T) {
	t.Parallel()
	feed := &service{name: "nvd", steps: threeSteps()}
	b := newBench(t, poll.Source{Feed: feed, Title: "NVD"})
	b.mustPoll("nvd", poll.Options{})
	where := func() string {
		var s string
		err := b.pool.QueryRow(t.Context(), `
			select md5(string_agg(place, ',' order by place)) from (
				select 'a' || ctid || xmin::text from advisories union all select 'p' || ctid || xmin::text from affected_packages
				union all select 'l' || ctid || xmin::text from advisory_aliases union all select 'v' || ctid || xmin::text from vulnerabilities
				union all select 'c' || ctid || xmin::text from feed_cursors) as t (place)`).Scan(&s)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := where()
	if _, err := b.pool.Exec(t.Context(), `update feed_cursors set cursor = cursor where false`); err != nil {
		t.Fatal(err)
	}
	feed.steps = append(feed.steps, threeSteps()...)
	for i := range feed.steps {
		feed.steps[i].Newest = time.Time{}
	}
	r := b.mustPoll("nvd", poll.Options{})
	if r.Seen != 91 || r.Added+r.Changed+r.Withdrawn != 0 {
		t.Errorf("counts %+v, want 91 seen and nothing written", r.Counts)
	}
	if where() == before {
		t.Error("the cursor did not move")
	}
	if _, err := b.pool.Exec(t.Context(), `delete from feed_cursors`); err != nil {
		t.Fatal(err)
	}
	rest := where()
	feed.steps = threeSteps()
	b.mustPoll("nvd", poll.Options{})
	if _, err := b.pool.Exec(t.Context(), `delete from feed_cursors`); err != nil {
		t.Fatal(err)
	}
	if where() != rest {
		t.Error("rows were written for records that are as they were")
	}
}

// TestAPollCutOffAnywhereEndsAsAnUndisturbedOne cuts a poll off before each step, by an error and by the end of its
// context, and polls again.
func TestAPollCutOffAnywhereEndsAsAnUndisturbedOne(t *testing.T) {
	t.Parallel()
	calm := newBench(t, poll.Source{Feed: &service{name: "nvd", steps: threeSteps()}, Title: "NVD"})
	calm.mustPoll("nvd", poll.Options{})
	want := calm.content()
	for at := range 3 {
		feed := &service{name: "nvd", steps: threeSteps()}
		b := newBench(t, poll.Source{Feed: feed, Title: "NVD"})
		ctx, cancel := context.WithCancel(t.Context())
		feed.before = func(i int) {
			if i == at {
				cancel()
			}
		}
		if _, err := b.poller.Poll(ctx, "nvd", poll.Options{}); !errors.Is(err, context.Canceled) {
			t.Fatalf("cut before step %d: %v", at, err)
		}
		cancel()
		f := b.status("nvd")
		if f.LastRun.Outcome != intel.OutcomeCut || f.Failures != 0 || f.LastSuccessAt != nil {
			t.Errorf("cut before step %d: outcome %s, %d failures", at, f.LastRun.Outcome, f.Failures)
		}
		feed.before = nil
		b.mustPoll("nvd", poll.Options{})
		if diff := cmp.Diff(want, b.content()); diff != "" {
			t.Errorf("cut before step %d (-undisturbed +ours):\n%s", at, diff)
		}
	}
}

func TestARunWhoseProcessDiedIsMarkedSo(t *testing.T) {
	t.Parallel()
	b := newBench(t, poll.Source{Feed: &service{name: "nvd", steps: threeSteps()}, Title: "NVD"})
	if _, err := b.store.BeginPoll(t.Context(), "nvd", intel.TriggerPoll, false); err != nil {
		t.Fatal(err)
	}
	b.mustPoll("nvd", poll.Options{})
	runs, err := b.store.Runs(t.Context(), "nvd", 0, 10)
	if err != nil || len(runs) != 2 || runs[1].Outcome != intel.OutcomeCut || runs[1].FinishedAt == nil || runs[1].Error == "" {
		t.Errorf("runs %+v, %v; want the first marked as cut", runs, err)
	}
}

func TestTwoPollsOfAFeedKeepApart(t *testing.T) {
	t.Parallel()
	feed := &service{name: "nvd", steps: threeSteps()}
	b := newBench(t, poll.Source{Feed: feed, Title: "NVD"})
	var second error
	feed.before = func(i int) {
		if i == 1 {
			_, second = b.poll("nvd", poll.Options{})
		}
	}
	b.mustPoll("nvd", poll.Options{})
	if !errors.Is(second, poll.ErrBusy) {
		t.Errorf("a second poll at the same time: %v, want ErrBusy", second)
	}
	feed.before = nil
	b.mustPoll("nvd", poll.Options{})
}

func TestAFeedAsksBeforeItWithdrawsMuch(t *testing.T) {
	t.Parallel()
	all := advisories(0, 200)
	feed := &service{name: "nvd", steps: []intel.Step{{Advisories: all}}}
	b := newBench(t, poll.Source{Feed: feed, Title: "NVD"})
	b.mustPoll("nvd", poll.Options{})

	// A tenth may go.
	feed.steps = append(feed.steps, intel.Step{Held: &intel.HeldRecords{IDs: ids(all[20:])}})
	if r := b.mustPoll("nvd", poll.Options{Reconcile: true}); r.Withdrawn != 20 {
		t.Fatalf("withdrew %d, want 20", r.Withdrawn)
	}
	before := b.content()
	feed.steps = append(feed.steps, intel.Step{Held: &intel.HeldRecords{IDs: ids(all[60:])}})
	_, err := b.poll("nvd", poll.Options{Reconcile: true})
	if !errors.Is(err, intel.ErrAsks) || !strings.Contains(err.Error(), "withdraw 40 of the 180") {
		t.Fatalf("got %v, want a question with the numbers", err)
	}
	if b.content() != before {
		t.Error("records were withdrawn before the answer")
	}
	f := b.status("nvd")
	if f.LastRun.Outcome != intel.OutcomeAsks || f.Question == "" || f.Failures != 0 {
		t.Errorf("status %+v", f)
	}
	// It waits for the answer, however late.
	b.clock.pass(100 * time.Hour)
	if due := b.handOut(); len(due) != 0 {
		t.Errorf("%v was handed out while the feed waits for an answer", due)
	}
	if r := b.mustPoll("nvd", poll.Options{Reconcile: true, AcceptWithdrawals: true}); r.Withdrawn != 40 {
		t.Errorf("withdrew %d, want 40", r.Withdrawn)
	}
	if f := b.status("nvd"); f.Question != "" || f.Records != 140 {
		t.Errorf("after the answer: %q, %d records", f.Question, f.Records)
	}
	// What comes back unchanged is in force again.
	feed.steps = append(feed.steps, intel.Step{Advisories: all})
	if r := b.mustPoll("nvd", poll.Options{}); r.Changed != 60 || b.status("nvd").Records != 200 {
		t.Errorf("%d changed, %d records in force; want 60 and 200", r.Changed, b.status("nvd").Records)
	}
}

// TestWithdrawalsByRecordAreGuardedToo: a feed that marks its records as withdrawn one by one.
func TestWithdrawalsByRecordAreGuardedToo(t *testing.T) {
	t.Parallel()
	all := advisories(0, 100)
	feed := &service{name: "osv", steps: []intel.Step{{Advisories: all}}}
	b := newBench(t, poll.Source{Feed: feed, Title: "OSV"})
	b.mustPoll("osv", poll.Options{})
	gone := slices.Clone(all[:30])
	for i := range gone {
		gone[i].Advisory.Withdrawn = time.Date(2098, 3, 1, 0, 0, 0, 0, time.UTC)
		gone[i].Advisory.Modified = gone[i].Advisory.Withdrawn
	}
	feed.steps = append(feed.steps, intel.Step{Advisories: gone[:8]}, intel.Step{Advisories: gone[8:]})
	if _, err := b.poll("osv", poll.Options{}); !errors.Is(err, intel.ErrAsks) {
		t.Fatalf("got %v, want a question", err)
	}
	if f := b.status("osv"); f.Records != 92 {
		t.Errorf("%d records in force, want the first step's 8 withdrawn and no more", f.Records)
	}
}

func TestAPartThatIsListedWholeLeavesOtherPartsAlone(t *testing.T) {
	t.Parallel()
	npm := advisories(0, 30)
	other := advisories(100, 130)
	for i := range other {
		other[i].Advisory.Affected[0].Package.Ecosystem = "PyPI"
	}
	feed := &service{name: "osv", steps: []intel.Step{{Advisories: append(slices.Clone(npm), other...)}}}
	b := newBench(t, poll.Source{Feed: feed, Title: "OSV"})
	b.mustPoll("osv", poll.Options{})
	feed.steps = append(feed.steps, intel.Step{Held: &intel.HeldRecords{Part: "npm", IDs: ids(npm[3:])}})
	if r := b.mustPoll("osv", poll.Options{Reconcile: true}); r.Withdrawn != 3 {
		t.Errorf("withdrew %d, want 3", r.Withdrawn)
	}
	feed.steps = append(feed.steps, intel.Step{Held: &intel.HeldRecords{Part: "2097"}})
	if r := b.mustPoll("osv", poll.Options{Reconcile: true}); r.Withdrawn != 0 {
		t.Errorf("a year without records withdrew %d", r.Withdrawn)
	}
}

func TestKEVAndEPSSArriveBySteps(t *testing.T) {
	t.Parallel()
	kev := &service{name: "kev", steps: []intel.Step{{KEV: &intel.KEVCatalogue{Version: "2099.01.01", Entries: []intel.KEVEntry{
		{CVE: "CVE-2098-0001", DateAdded: time.Date(2098, 5, 1, 0, 0, 0, 0, time.UTC), Name: "x"}}}}}}
	epss := &service{name: "epss", steps: []intel.Step{{EPSS: &intel.EPSSDay{
		Header: intel.EPSSHeader{ModelVersion: "v2026.06.15", ScoreDate: "2099-01-01"},
		Rows: func(yield func(intel.EPSSRow, error) bool) {
			_ = yield(intel.EPSSRow{Line: 3, Score: intel.EPSSScore{CVE: "CVE-2098-0001", Score: 0.5, Percentile: 0.9}}, nil) &&
				yield(intel.EPSSRow{Line: 4, Refused: errors.New("no number")}, nil)
		}}}}}
	b := newBench(t, poll.Source{Feed: kev, Title: "KEV"}, poll.Source{Feed: epss, Title: "EPSS"})
	if r := b.mustPoll("kev", poll.Options{}); r.Added != 1 || r.Seen != 1 {
		t.Errorf("kev %+v", r.Counts)
	}
	if r := b.mustPoll("epss", poll.Options{}); r.Added != 1 || r.Refused != 1 || r.Seen != 2 {
		t.Errorf("epss %+v", r.Counts)
	}
	if got := b.status("epss").Facts["model_version"]; got != "v2026.06.15" {
		t.Errorf("model %q", got)
	}
	if got := b.status("kev").Facts["catalog_version"]; got != "2099.01.01" {
		t.Errorf("catalogue %q", got)
	}
}

// TestAPollThatEndsAtItsBoundIsDueAgainAtOnce: NVD changed nearly all of its records in a day before.
func TestAPollThatEndsAtItsBoundIsDueAgainAtOnce(t *testing.T) {
	t.Parallel()
	feed := &service{name: "nvd", steps: []intel.Step{{Advisories: advisories(0, 1200), Done: 1200, Total: 3000}}}
	b := newBench(t, poll.Source{Feed: feed, Title: "NVD"})
	b.handOut()
	b.mustPoll("nvd", poll.Options{})
	if due := b.handOut(); len(due) != 1 {
		t.Errorf("handed out %v, want the rest at once", due)
	}
	feed.steps = append(feed.steps, intel.Step{Advisories: advisories(1200, 3000), Done: 1800, Total: 1800})
	b.mustPoll("nvd", poll.Options{})
	if due := b.handOut(); len(due) != 0 {
		t.Errorf("handed out %v when all is told", due)
	}
}

func TestAFailureIsKeptInItsWordsAndCostsNothing(t *testing.T) {
	t.Parallel()
	feed := &service{name: "nvd", steps: threeSteps()[:2], err: problem.New(problem.Unavailable, "NVD answered 503 five times, last at 12:00")}
	b := newBench(t, poll.Source{Feed: feed, Title: "NVD"})
	if _, err := b.poll("nvd", poll.Options{}); err == nil {
		t.Fatal("no error")
	}
	f := b.status("nvd")
	if f.Failures != 1 || f.LastError != "NVD answered 503 five times, last at 12:00" || f.FailingSince == nil || f.Records != 60 {
		t.Errorf("status %+v", f)
	}
	feed.err = nil
	b.mustPoll("nvd", poll.Options{})
	if f := b.status("nvd"); f.Failures != 0 || f.LastError != "" || f.FailingSince != nil {
		t.Errorf("after a success: %+v", f)
	}
}
