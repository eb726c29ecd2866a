//go:build integration

package integration

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/testcontainers/testcontainers-go"
)

// connsEach is DB_MAX_OPEN_CONNS unless it is set.
const connsEach = 20

// Three backends are replaced one after the other, as a rolling deployment does, while people work: no request fails and no
// upload is lost. Those that leave run the previous version, where PREVIOUS_BACKEND_IMAGE names one.
func TestRollingUpgradeUnderLoad(t *testing.T) {
	s := newStack(t)
	old := make([]*testcontainers.DockerContainer, 3)
	for i := range old {
		old[i] = s.backend(previous(), nil)
	}
	person := register(t, s.page())
	document := sample(t)

	var (
		asked, accepted atomic.Int64
		mu              sync.Mutex
		failures        []string
		took            []time.Duration
		work            sync.WaitGroup
		stop            = make(chan struct{})
	)
	attempt := func(do func() error) bool {
		began := time.Now()
		err := do()
		mu.Lock()
		defer mu.Unlock()
		asked.Add(1)
		took = append(took, time.Since(began))
		if err != nil {
			failures = append(failures, fmt.Sprintf("after %s: %v", time.Since(began), err))
		}
		return err == nil
	}
	every := func(pause time.Duration, do func(i int)) {
		work.Go(func() {
			tick := time.NewTicker(pause)
			defer tick.Stop()
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-tick.C:
					work.Go(func() { do(i) })
				}
			}
		})
	}
	paths := []string{"/api/v1/products", "/api/v1/findings", "/health", "/api/v1/components?q=log4j"}
	every(50*time.Millisecond, func(i int) {
		attempt(func() error { return person.ask("GET", paths[i%len(paths)], nil, 200, nil) })
	})
	every(time.Second, func(i int) {
		if attempt(func() error {
			return person.ask("POST", fmt.Sprintf("/api/v1/sboms?product=Shop&release=%d", i), document, 202, nil)
		}) {
			accepted.Add(1)
		}
	})
	// While one is replaced, four run: max_connections is sized for that.
	watcher, most := s.connect(), 0
	work.Go(func() {
		for open := true; open; {
			var n int
			if err := watcher.QueryRow(t.Context(), `select count(*) from pg_stat_activity where datname = 'threatwerk' and application_name like 'threatwerk%'`).Scan(&n); err != nil {
				t.Error(err)
				return
			}
			most = max(most, n)
			select {
			case <-stop:
				open = false
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	// Pages that hear of changes are told to come back, and find another task.
	hearing, hearNoMore := context.WithCancel(t.Context())
	defer hearNoMore()
	var codes []websocket.StatusCode
	work.Go(func() {
		var err error
		if codes, err = person.hear(hearing); err != nil {
			t.Error(err)
		}
	})
	s.eventually("the load is on its way", func() bool { return accepted.Load() > 0 && asked.Load() > 20 })
	grace := 30 * time.Second
	for _, leaving := range old {
		s.backend(current(), nil)
		if err := leaving.Stop(t.Context(), &grace); err != nil {
			t.Fatal(err)
		}
	}
	before := accepted.Load()
	s.eventually("uploads go on afterwards", func() bool { return accepted.Load() > before+1 })
	close(stop)
	hearNoMore()
	work.Wait()
	if len(codes) == 0 && previous() == current() || slices.ContainsFunc(codes, func(c websocket.StatusCode) bool { return c != websocket.StatusServiceRestart }) {
		t.Errorf("live connections were closed with %v, want 1012 each time", codes)
	}

	slices.Sort(took)
	t.Logf("%d requests, %d uploads, %d failed; median %s, 99 %% below %s, slowest %s", asked.Load(), accepted.Load(), len(failures),
		took[len(took)/2], took[len(took)*99/100], took[len(took)-1])
	t.Logf("at most %d connections to the database", most)
	if most > 4*connsEach {
		t.Errorf("four tasks with %d connections each opened %d", connsEach, most)
	}
	if len(failures) > 0 {
		t.Errorf("%d of %d requests failed:\n%s", len(failures), asked.Load(), strings.Join(failures[:min(len(failures), 10)], "\n"))
	}
	conn := s.connect()
	if n := count(t, conn, `select count(*) from sboms`); int64(n) < accepted.Load() {
		t.Errorf("%d uploads were accepted, %d are stored", accepted.Load(), n)
	}
	s.eventually("every upload is matched", func() bool {
		return count(t, conn, `select count(*) from river_job where kind = 'match_sbom' and state <> 'completed'`) == 0
	})
	if n := count(t, conn, `select count(*) from river_job where kind = 'match_sbom'`); n != count(t, conn, `select count(*) from sboms`) {
		t.Errorf("the documents left %d jobs", n)
	}
}

// A task that is told to end while it works on a document gives the job back within its time, and another finishes it.
func TestAJobOfAnEndingTaskIsHandedBack(t *testing.T) {
	s := newStack(t)
	first := s.backend(current(), nil)
	conn := s.connect()
	// Matches cannot be written while this is held, so that the job is under way for certain.
	hold, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hold.Exec(t.Context(), `lock table matches in access exclusive mode`); err != nil {
		t.Fatal(err)
	}
	if err := register(t, "http://"+s.endpoint(first, "8080/tcp")).ask("POST", "/api/v1/sboms?product=Shop&release=1", sample(t), 202, nil); err != nil {
		t.Fatal(err)
	}
	watch := s.connect()
	s.eventually("the job runs", func() bool {
		return count(t, watch, `select count(*) from river_job where kind = 'match_sbom' and state = 'running'`) == 1
	})
	began := time.Now()
	grace := 30 * time.Second
	if err := first.Stop(t.Context(), &grace); err != nil {
		t.Fatal(err)
	}
	state, err := first.State(t.Context())
	if err != nil || state.ExitCode != 0 {
		t.Errorf("it ended with %+v after %s (%v)", state, time.Since(began), err)
	}
	t.Logf("told to end in the middle of a job, the task ended after %s", time.Since(began).Round(100*time.Millisecond))
	if err := hold.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.backend(current(), nil)
	s.eventually("another task finishes the job", func() bool {
		return count(t, watch, `select count(*) from river_job where kind = 'match_sbom' and state = 'completed'`) == 1
	})
}
