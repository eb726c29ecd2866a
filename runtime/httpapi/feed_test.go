package httpapi_test

import (
	"context"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/poll"
	problems "github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// stillFeed is a feed that nothing comes from.
type stillFeed string

func (f stillFeed) Name() string { return string(f) }

func (stillFeed) Poll(context.Context, intel.Ask) iter.Seq2[intel.Step, error] {
	return func(func(intel.Step, error) bool) {}
}

// feedDesk has two feeds: one takes any key but "refused", the other needs one.
func feedDesk(t *testing.T, pool *pgxpool.Pool, jobs poll.Inserter) *poll.Desk {
	t.Helper()
	test := func(_ context.Context, key string) error {
		if key == "refused" {
			return problems.New(problems.Forbidden, "NVD does not accept this key.")
		}
		return nil
	}
	sources := poll.Sources{
		{Feed: stillFeed("nvd"), Title: "NVD", Notice: "not endorsed", Test: test},
		{Feed: stillFeed("otx"), Title: "OTX", Test: test, NeedsKey: true, WithoutKey: "Every account has one."},
	}
	sealer, err := seal.New("0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	store := intel.NewStore(pool, nil)
	keys := poll.NewKeys(store, sealer, nil, sources)
	scheduler := poll.NewScheduler(poll.New(pool, store, sources, keys, zap.NewNop()), intel.Pace{Interval: time.Hour, Reconcile: time.Hour})
	scheduler.Use(jobs)
	return poll.NewDesk(store, sources, keys, scheduler, time.Hour)
}

type feedStatus struct {
	Feed, State string
	NextPollAt  *time.Time `json:"next_poll_at"`
	Key         struct {
		From, Hint string
		TestedAt   *time.Time `json:"tested_at"`
	}
	LastRun *struct {
		RunID   int64 `json:"run_id"`
		Trigger string
		Outcome string
	} `json:"last_run"`
}

func TestFeeds(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	send := func(method, path, body string, want int, to any) answer {
		t.Helper()
		a := f.call(method, "/api/v1"+path, strings.NewReader(body), "Content-Type", "application/json")
		if a.status != want {
			t.Errorf("%s %s: %d %s, want %d", method, path, a.status, a.body, want)
		} else if to != nil {
			a.decode(t, to)
		}
		return a
	}
	var all struct{ Items []feedStatus }
	send(http.MethodGet, "/feeds", "", 200, &all)
	if len(all.Items) != 2 || all.Items[0].State != "waiting" || all.Items[1].State != "needs_key" {
		t.Fatalf("feeds %+v", all)
	}
	var one feedStatus
	send(http.MethodPost, "/feeds/nvd/poll", `{"reconcile":true}`, 202, &one)
	if one.Feed != "nvd" || one.NextPollAt == nil {
		t.Errorf("after the request for a poll: %+v", one)
	}
	var args string
	if err := f.pool.QueryRow(t.Context(), `select args::text from river_job where kind = 'poll_feed' and queue = 'feeds'`).Scan(&args); err != nil || !strings.Contains(args, `"nvd"`) {
		t.Errorf("queued %q, %v", args, err)
	}
	send(http.MethodPost, "/feeds/nvd/poll", `{}`, 202, nil)
	var queued int
	if err := f.pool.QueryRow(t.Context(), `select count(*) from river_job where kind = 'poll_feed'`).Scan(&queued); err != nil || queued != 1 {
		t.Errorf("%d polls queued, want the one (%v)", queued, err)
	}
	if a := send(http.MethodPost, "/feeds/otx/poll", `{}`, 409, nil); !strings.Contains(string(a.body), "Every account has one") {
		t.Errorf("a poll without the key it needs: %s", a.body)
	}
	send(http.MethodGet, "/feeds/none", "", 404, nil)

	send(http.MethodPost, "/feeds/nvd/pause", "", 200, &one)
	if one.State != "paused" {
		t.Errorf("paused: %+v", one)
	}
	one = feedStatus{}
	send(http.MethodPost, "/feeds/nvd/resume", "", 200, &one)
	if one.State == "paused" {
		t.Errorf("resumed: %+v", one)
	}

	const secret = "5f4dcc3b-0000-4000-8000-000000009f3c"
	a := send(http.MethodPut, "/feeds/nvd/key", `{"key":"`+secret+`"}`, 200, &one)
	if one.Key.From != "entered" || one.Key.TestedAt == nil || strings.Contains(string(a.body), secret) {
		t.Errorf("key %+v in %s", one.Key, a.body)
	}
	if a := send(http.MethodPut, "/feeds/nvd/key", `{"key":"refused"}`, 422, nil); !strings.Contains(string(a.body), "NVD does not accept this key") || !strings.Contains(string(a.body), "body.key") {
		t.Errorf("a refused key: %s", a.body)
	}
	one = feedStatus{}
	send(http.MethodDelete, "/feeds/nvd/key", "", 200, &one)
	if one.Key.From != "none" {
		t.Errorf("after its end: %+v", one.Key)
	}
}

func TestRunsOfAFeed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	store := intel.NewStore(f.pool, nil)
	for range 3 {
		p, err := store.BeginPoll(t.Context(), "nvd", intel.TriggerPoll, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.EndPoll(t.Context(), p, problems.New(problems.Unavailable, "NVD answered 503 five times")); err == nil {
			t.Fatal("no error")
		}
	}
	var page struct {
		Items []struct {
			RunID   int64 `json:"run_id"`
			Outcome string
			Error   string
		}
		NextCursor string `json:"next_cursor"`
	}
	f.call(http.MethodGet, "/api/v1/feeds/nvd/runs?limit=2", nil).decode(t, &page)
	if len(page.Items) != 2 || page.NextCursor == "" || page.Items[0].Outcome != "failed" || page.Items[0].Error != "NVD answered 503 five times" {
		t.Fatalf("runs %+v", page)
	}
	newest := page.Items[0].RunID
	page.NextCursor, page.Items = "", nil
	f.call(http.MethodGet, "/api/v1/feeds/nvd/runs?limit=2&cursor="+strconv.FormatInt(newest-1, 10), nil).decode(t, &page)
	if len(page.Items) != 1 || page.NextCursor != "" {
		t.Errorf("the last page %+v", page)
	}
	var run struct {
		RunID  int64 `json:"run_id"`
		Faults []any
	}
	f.call(http.MethodGet, "/api/v1/feeds/nvd/runs/"+strconv.FormatInt(newest, 10), nil).decode(t, &run)
	if run.RunID != newest || run.Faults == nil {
		t.Errorf("run %+v", run)
	}
	if a := f.call(http.MethodGet, "/api/v1/feeds/otx/runs/"+strconv.FormatInt(newest, 10), nil); a.status != 404 {
		t.Errorf("another feed's run: %d", a.status)
	}
	if a := f.call(http.MethodGet, "/api/v1/feeds/nvd/runs?cursor=x", nil); a.status != 422 {
		t.Errorf("no cursor: %d", a.status)
	}
}
