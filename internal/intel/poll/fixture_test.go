package poll_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/poll"
	"github.com/threatwerk/threatwerk/internal/jobs"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// clock is set by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// service is a feed whose steps are written down. It yields those after the cursor, and then err.
type service struct {
	name  string
	steps []intel.Step
	err   error
	// before, where set, runs before step i is yielded.
	before func(i int)
	asked  []intel.Ask
	keyErr error
}

func (f *service) Name() string { return f.name }

func (f *service) Poll(_ context.Context, ask intel.Ask) iter.Seq2[intel.Step, error] {
	f.asked = append(f.asked, ask)
	at := 0
	if ask.Cursor != nil {
		if err := json.Unmarshal(ask.Cursor, &at); err != nil {
			return func(yield func(intel.Step, error) bool) { yield(intel.Step{}, err) }
		}
	}
	return func(yield func(intel.Step, error) bool) {
		for i := at; i < len(f.steps); i++ {
			if f.before != nil {
				f.before(i)
			}
			s := f.steps[i]
			s.Cursor = json.RawMessage(fmt.Sprint(i + 1))
			if !yield(s, nil) {
				return
			}
		}
		if f.err != nil {
			yield(intel.Step{}, f.err)
		}
	}
}

func (f *service) TestKey(context.Context, string) error { return f.keyErr }

// queued notes jobs in place of queueing them.
type queued struct {
	mu   sync.Mutex
	jobs []jobs.PollFeed
}

func (q *queued) InsertManyTx(_ context.Context, _ pgx.Tx, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range params {
		q.jobs = append(q.jobs, p.Args.(jobs.PollFeed))
	}
	return nil, nil
}

func (q *queued) take() []jobs.PollFeed {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := q.jobs
	q.jobs = nil
	return out
}

type bench struct {
	t         *testing.T
	pool      *pgxpool.Pool
	clock     *clock
	store     *intel.Store
	sources   poll.Sources
	keys      *poll.Keys
	poller    *poll.Poller
	scheduler *poll.Scheduler
	queued    *queued
	pace      intel.Pace
}

func newBench(t *testing.T, sources ...poll.Source) *bench {
	t.Helper()
	b := &bench{t: t, pool: testkit.DB(t), clock: &clock{at: time.Date(2099, 1, 1, 12, 0, 0, 0, time.UTC)}, queued: &queued{}, sources: sources}
	b.pace = intel.Pace{Interval: 12 * time.Hour, Reconcile: 24 * time.Hour}
	b.build()
	return b
}

func (b *bench) build() {
	b.store = intel.NewStore(b.pool, nil).At(b.clock.now)
	sealer, err := seal.New("0123456789abcdef0123456789abcdef")
	if err != nil {
		b.t.Fatal(err)
	}
	b.keys = poll.NewKeys(b.store, sealer, nil, b.sources)
	b.poller = poll.New(b.pool, b.store, b.sources, b.keys, zap.NewNop())
	b.scheduler = poll.NewScheduler(b.poller, b.pace).At(b.clock.now)
	b.scheduler.Use(b.queued)
}

func (b *bench) poll(feed string, o poll.Options) (intel.RunResult, error) {
	return b.poller.Poll(context.Background(), feed, o)
}

func (b *bench) mustPoll(feed string, o poll.Options) intel.RunResult {
	b.t.Helper()
	r, err := b.poll(feed, o)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bench) status(feed string) intel.FeedStatus {
	b.t.Helper()
	list, err := b.store.Feeds(context.Background(), []string{feed})
	if err != nil {
		b.t.Fatal(err)
	}
	return list[0]
}

func (b *bench) handOut() []jobs.PollFeed {
	b.t.Helper()
	if err := b.scheduler.HandOut(context.Background()); err != nil {
		b.t.Fatal(err)
	}
	return b.queued.take()
}

// content is everything that the feeds brought, without row ids and times of writing.
func (b *bench) content() string {
	b.t.Helper()
	var out string
	err := b.pool.QueryRow(context.Background(), `
		select coalesce(string_agg(line, e'\n' order by line), '') from (
			select concat_ws('|', a.feed, a.advisory_id, a.summary, a.modified, a.withdrawn is not null, a.content_hash,
				(select string_agg(l.alias, ',' order by l.alias) from advisory_aliases l where l.advisory_id = a.id),
				(select string_agg(p.ecosystem || '/' || p.match_name || p.ranges, ',' order by p.ordinal) from affected_packages p where p.advisory_id = a.id),
				(select string_agg(v.name || v.severity || v.summary, ',' order by v.name) from advisory_vulnerabilities l
					join vulnerabilities v on v.id = l.vulnerability_id where l.advisory_id = a.id)) as line
			from advisories a
			union all select concat_ws('|', 'kev', cve, date_added, name) from kev
			union all select concat_ws('|', 'epss', cve, score, percentile) from epss
			union all select concat_ws('|', 'cursor', feed, cursor) from feed_cursors) as lines`).Scan(&out)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func advisory(id string, day int) intel.Incoming {
	return intel.Incoming{Path: id, Advisory: intel.Advisory{
		ID: id, Source: "NVD", Kind: intel.KindVulnerability, Summary: "flaw of " + id,
		Modified: time.Date(2098, 1, day, 0, 0, 0, 0, time.UTC),
		Affected: []intel.Affected{{Package: ident.Package{Ecosystem: "npm", Name: "pkg-" + id}, Name: "pkg-" + id,
			Ranges: []intel.Range{{Type: "SEMVER", Events: []intel.Event{{Introduced: "0"}, {Fixed: "2.0.0"}}}}}},
	}}
}

func advisories(from, to int) []intel.Incoming {
	var out []intel.Incoming
	for i := from; i < to; i++ {
		out = append(out, advisory(fmt.Sprintf("CVE-2098-%04d", i), 1+i%28))
	}
	return out
}

func ids(list []intel.Incoming) []string {
	out := make([]string, len(list))
	for i, in := range list {
		out[i] = in.Advisory.ID
	}
	return out
}
