package poll_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/poll"
	"github.com/threatwerk/threatwerk/internal/jobs"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

func feedsOf(list []jobs.PollFeed) string {
	var names []string
	for _, j := range list {
		name := j.Feed
		if j.Reconcile {
			name += "+reconcile"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func TestPollsAreHandedOutWhenDue(t *testing.T) {
	t.Parallel()
	feed := &service{name: "nvd", steps: threeSteps()}
	b := newBench(t, poll.Source{Feed: feed, Title: "NVD"})
	due := func(want string) {
		t.Helper()
		if got := feedsOf(b.handOut()); got != want {
			t.Errorf("at %s: handed out %q, want %q", b.clock.now().Format(time.DateTime), got, want)
		}
	}
	due("nvd") // never polled: at once
	due("")
	b.mustPoll("nvd", poll.Options{})
	b.clock.pass(12*time.Hour - time.Second)
	due("")
	b.clock.pass(time.Second)
	due("nvd")
	b.mustPoll("nvd", poll.Options{})
	b.clock.pass(12 * time.Hour)
	due("nvd+reconcile") // a day after the first success
	b.mustPoll("nvd", poll.Options{Reconcile: true})
	b.clock.pass(12 * time.Hour)
	due("nvd")

	// A failure is tried again soon, then ever later, and never later than the interval.
	feed.err = problem.New(problem.Unavailable, "down")
	for _, wait := range []time.Duration{time.Minute, 4 * time.Minute, 16 * time.Minute, 64 * time.Minute, 256 * time.Minute, 12 * time.Hour, 12 * time.Hour} {
		if _, err := b.poll("nvd", poll.Options{}); err == nil {
			t.Fatal("no error")
		}
		if next := poll.NextPoll(b.status("nvd"), b.pace.Interval); next == nil || next.Sub(b.clock.now()) != wait {
			t.Errorf("the page says %v, want in %s", next, wait)
		}
		b.clock.pass(wait - time.Second)
		due("")
		b.clock.pass(time.Second)
		if got := b.handOut(); len(got) != 1 {
			t.Errorf("after %s: handed out %v", wait, got)
		}
	}

	if err := b.store.PauseFeed(t.Context(), "nvd", true); err != nil {
		t.Fatal(err)
	}
	b.clock.pass(100 * time.Hour)
	due("")
	if err := b.store.PauseFeed(t.Context(), "nvd", false); err != nil {
		t.Fatal(err)
	}
	if got := b.handOut(); len(got) != 1 {
		t.Errorf("resumed: handed out %v", got)
	}
}

func TestTheFirstPollMayWaitAnInterval(t *testing.T) {
	t.Parallel()
	b := newBench(t, poll.Source{Feed: &service{name: "nvd"}, Title: "NVD"})
	b.pace.FirstAfterInterval = true
	b.build()
	if got := b.handOut(); len(got) != 0 {
		t.Errorf("handed out %v at the start", got)
	}
	b.clock.pass(12 * time.Hour)
	if got := b.handOut(); len(got) != 1 {
		t.Errorf("handed out %v after an interval", got)
	}
}

// TestFourServersPollEachFeedOnceAnInterval: all look at the same moments.
func TestFourServersPollEachFeedOnceAnInterval(t *testing.T) {
	t.Parallel()
	b := newBench(t, poll.Source{Feed: &service{name: "nvd"}, Title: "NVD"}, poll.Source{Feed: &service{name: "osv"}, Title: "OSV"})
	total := 0
	for interval := range 5 {
		var wg sync.WaitGroup
		counts := make([]int, 4)
		for server := range 4 {
			wg.Go(func() {
				store := intel.NewStore(b.pool, nil).At(b.clock.now)
				s := poll.NewScheduler(poll.New(b.pool, store, b.sources, b.keys, zap.NewNop()), b.pace).At(b.clock.now)
				q := &queued{}
				s.Use(q)
				for range 5 {
					if err := s.HandOut(context.Background()); err != nil {
						t.Error(err)
					}
				}
				counts[server] = len(q.take())
			})
		}
		wg.Wait()
		sum := 0
		for _, n := range counts {
			sum += n
		}
		if sum != 2 {
			t.Errorf("interval %d: %v polls by server, want one a feed", interval, counts)
		}
		total += sum
		b.clock.pass(b.pace.Interval)
	}
	if total != 10 {
		t.Errorf("%d polls of 2 feeds in 5 intervals", total)
	}
}

func TestAFeedThatNeedsAKeyWaitsForIt(t *testing.T) {
	t.Parallel()
	feed := &service{name: "otx"}
	source := poll.Source{Feed: feed, Title: "OTX", Test: feed.TestKey, NeedsKey: true, WithoutKey: "AlienVault gives one to every account."}
	b := newBench(t, source)
	if got := b.handOut(); len(got) != 0 {
		t.Errorf("handed out %v without a key", got)
	}
	if s := poll.State(b.status("otx"), source, false, b.pace.Interval, b.clock.now()); s != poll.StateNeedsKey {
		t.Errorf("state %s", s)
	}
	err := b.scheduler.Ask(t.Context(), jobs.PollFeed{Feed: "otx"})
	if err == nil || !strings.Contains(err.Error(), "without a key") {
		t.Errorf("asked for a poll: %v", err)
	}
	const key = "0000000000000000000000000000000000000000000000000000000000001a2b"
	status, err := b.keys.Set(t.Context(), "otx", " "+key+"\n")
	if err != nil || status.TestedAt == nil || strings.Contains(status.Hint, "00000000") || !strings.HasSuffix(status.Hint, "1a2b") {
		t.Fatalf("status %+v, %v", status, err)
	}
	var inClear bool
	if err := b.pool.QueryRow(t.Context(), `select position(@key::text::bytea in sealed) > 0 from feed_keys`,
		map[string]any{"key": key}).Scan(&inClear); err == nil && inClear {
		t.Error("the key is stored in clear")
	}
	if got := b.handOut(); len(got) != 1 {
		t.Errorf("handed out %v with a key", got)
	}
	b.mustPoll("otx", poll.Options{})
	if feed.asked[0].Key != key {
		t.Error("the feed was not asked with the key")
	}
}

func TestAKeyThatTheServiceRefusesIsNotStored(t *testing.T) {
	t.Parallel()
	feed := &service{name: "nvd", keyErr: problem.New(problem.Invalid, "NVD does not accept this key")}
	b := newBench(t, poll.Source{Feed: feed, Title: "NVD", Test: feed.TestKey}, poll.Source{Feed: &service{name: "kev"}, Title: "KEV"})
	for _, c := range []struct{ feed, key, want string }{
		{"nvd", "a-key", "does not accept"}, {"nvd", " ", "empty"}, {"nvd", "two words", "no key"}, {"nvd", strings.Repeat("k", 600), "no key"},
		{"kev", "a-key", "takes no key"}, {"xyz", "a-key", "there is no feed"},
	} {
		if _, err := b.keys.Set(t.Context(), c.feed, c.key); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.feed, err, c.want)
		} else if len(c.key) > 3 && strings.Contains(err.Error(), c.key) {
			t.Errorf("the error quotes the key: %v", err)
		}
	}
	if k, err := b.keys.Key(t.Context(), "nvd"); err != nil || k != "" {
		t.Errorf("stored %q, %v", k, err)
	}
	// A service that cannot be asked is no reason to lose what a person typed.
	feed.keyErr = problem.New(problem.Unavailable, "NVD did not answer")
	if status, err := b.keys.Set(t.Context(), "nvd", "a-key"); err != nil || status.TestedAt != nil {
		t.Errorf("status %+v, %v; want it stored untested", status, err)
	}
}

func TestEnteredKeysComeBeforeThoseOfTheEnvironment(t *testing.T) {
	t.Parallel()
	feed := &service{name: "nvd"}
	b := newBench(t, poll.Source{Feed: feed, Title: "NVD", Test: feed.TestKey})
	given := poll.NewKeys(b.store, nil, map[string]string{"nvd": "from-the-environment"}, b.sources)
	if k, err := given.Key(t.Context(), "nvd"); err != nil || k != "from-the-environment" {
		t.Fatalf("%q, %v", k, err)
	}
	if _, err := b.keys.Set(t.Context(), "nvd", "entered"); err != nil {
		t.Fatal(err)
	}
	if k, err := b.keys.Key(t.Context(), "nvd"); err != nil || k != "entered" {
		t.Errorf("%q, %v", k, err)
	}
	// Another ENCRYPTION_KEY, or none, makes it unreadable; polls go on with what the environment has.
	status, err := given.Status(t.Context())
	if err != nil || !status["nvd"].Unreadable || status["nvd"].From != poll.FromPeople {
		t.Errorf("status %+v, %v", status, err)
	}
	if k, err := given.Key(t.Context(), "nvd"); err != nil || k != "from-the-environment" {
		t.Errorf("%q, %v", k, err)
	}
	if err := b.keys.Drop(t.Context(), "nvd"); err != nil {
		t.Fatal(err)
	}
	if status, err = given.Status(t.Context()); err != nil || status["nvd"].From != poll.FromEnvironment {
		t.Errorf("status %+v, %v", status, err)
	}
}

// TestOneIncidentNotThirty: a feed that fails for two days is behind once, and current again once.
func TestOneIncidentNotThirty(t *testing.T) {
	t.Parallel()
	feed := &service{name: "nvd", steps: threeSteps()}
	source := poll.Source{Feed: feed, Title: "NVD", Quiet: 12 * time.Hour}
	b := newBench(t, source)
	feed.steps[2].Newest = b.clock.now()
	b.handOut()
	b.mustPoll("nvd", poll.Options{})
	feed.err = problem.New(problem.Unavailable, "NVD answered 503")
	states := map[string]bool{}
	for range 48 {
		b.clock.pass(time.Hour)
		if len(b.handOut()) > 0 {
			_, _ = b.poll("nvd", poll.Options{}) // fails, which is the point
		}
		states[poll.State(b.status("nvd"), source, true, b.pace.Interval, b.clock.now())] = true
	}
	incidents := func() (all, open int) {
		err := b.pool.QueryRow(t.Context(), `select count(*), count(*) filter (where closed_at is null) from feed_incidents`).Scan(&all, &open)
		if err != nil {
			t.Fatal(err)
		}
		return all, open
	}
	if all, open := incidents(); all != 1 || open != 1 {
		t.Errorf("%d incidents, %d open; want 1 and 1", all, open)
	}
	if !states[poll.StateCurrent] || !states[poll.StateFailing] || !states[poll.StateBehind] {
		t.Errorf("states %v; want current, failing, behind in turn", states)
	}
	if f := b.status("nvd"); f.BehindSince == nil || !strings.Contains(f.BehindWhy, "the last poll that worked") {
		t.Errorf("status %+v", f)
	}
	feed.err = nil
	feed.steps = append(feed.steps, intel.Step{Advisories: advisories(200, 201), Newest: b.clock.now()})
	b.mustPoll("nvd", poll.Options{})
	b.handOut()
	if all, open := incidents(); all != 1 || open != 0 {
		t.Errorf("after recovery %d incidents, %d open; want 1 and 0", all, open)
	}
}

// TestSilenceIsAnAlarmThoughPollsSucceed: case 25's other half. Empty successes for longer than the service is ever
// silent are shown, and in the end an incident.
func TestSilenceIsAnAlarmThoughPollsSucceed(t *testing.T) {
	t.Parallel()
	feed := &service{name: "nvd", steps: threeSteps()}
	source := poll.Source{Feed: feed, Title: "NVD", Quiet: 6 * time.Hour}
	b := newBench(t, source)
	b.pace.Interval = 2 * time.Hour
	b.build()
	feed.steps[2].Newest = b.clock.now()
	b.mustPoll("nvd", poll.Options{})
	for range 3 {
		b.clock.pass(2 * time.Hour)
		b.mustPoll("nvd", poll.Options{})
	}
	if words := poll.Unusual(b.status("nvd"), source, b.clock.now()); words != "" {
		t.Errorf("after 6 hours: %q", words)
	}
	b.clock.pass(2 * time.Hour)
	b.mustPoll("nvd", poll.Options{})
	if words := poll.Unusual(b.status("nvd"), source, b.clock.now()); !strings.Contains(words, "0 records in the last 4 polls, unusual") {
		t.Errorf("after 8 hours: %q", words)
	}
	b.clock.pass(2 * time.Hour)
	b.mustPoll("nvd", poll.Options{})
	b.handOut()
	if f := b.status("nvd"); f.BehindSince == nil || !strings.Contains(f.BehindWhy, "nothing new since") {
		t.Errorf("after 10 hours: %+v", f)
	}
}
