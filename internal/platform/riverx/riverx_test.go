package riverx

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/threatwerk/threatwerk/internal/platform/logging"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// beWorker makes this test binary a process that takes the job in this database and works on it for ever.
const beWorker = "RIVERX_TEST_BE_WORKER"

const patience = 30 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(beWorker) == "" {
		os.Exit(m.Run())
	}
	pool, err := pg.Open(context.Background(), pg.Config{URL: os.Getenv(beWorker)})
	if err == nil {
		var c *Client
		c, err = New(pool, Config{ID: "doomed", Queues: queue, Workers: working(func(ctx context.Context) error {
			os.Stdout.WriteString("working\n")
			<-ctx.Done()
			return ctx.Err()
		})})
		if err == nil {
			err = c.Start(context.Background())
		}
	}
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	select {}
}

type task struct{}

func (task) Kind() string { return "task" }

var queue = map[string]int{river.QueueDefault: 1}

func working(do func(context.Context) error) *river.Workers {
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[task]) error { return do(ctx) }))
	return workers
}

func start(t *testing.T, pool *pgxpool.Pool, c Config) *Client {
	t.Helper()
	c.Queues = queue
	client, err := New(pool, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := client.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return client
}

func insert(t *testing.T, pool *pgxpool.Pool, opts *river.InsertOpts) int64 {
	t.Helper()
	inserter, err := Inserter(pool)
	if err != nil {
		t.Fatal(err)
	}
	result, err := inserter.Insert(context.Background(), task{}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return result.Job.ID
}

func await[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("no sign of: %s", what)
		panic("unreachable")
	}
}

func TestAKilledProcessesJobIsWorkedByAnotherWithinSeconds(t *testing.T) {
	t.Parallel()
	pool := testkit.DB(t)
	id := insert(t, pool, nil)
	doomed := exec.Command(os.Args[0])
	doomed.Env = append(os.Environ(), beWorker+"="+pool.Config().ConnString())
	out, err := doomed.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := doomed.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = doomed.Process.Kill() })
	said := make(chan string, 1)
	go func() {
		line := bufio.NewScanner(out)
		line.Scan()
		said <- line.Text()
	}()
	if word := await(t, "the doomed process at work", said); word != "working" {
		t.Fatal(word)
	}
	if err := doomed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = doomed.Wait()
	killed := time.Now()

	done := make(chan struct{}, 5)
	client := start(t, pool, Config{Workers: working(func(context.Context) error {
		done <- struct{}{}
		return nil
	})})
	finished, cancel := client.Subscribe(river.EventKindJobCompleted)
	defer cancel()
	await(t, "the job at work again", done)
	if took := time.Since(killed); took > 15*time.Second {
		t.Errorf("handed back after %s", took)
	}
	await(t, "the job's end", finished)
	if len(done) != 0 {
		t.Errorf("worked %d times more than once", len(done))
	}
	var attempts int
	var clients []string
	var history []json.RawMessage
	err = pool.QueryRow(context.Background(), "select attempt, attempted_by, errors from river_job where id = $1", id).
		Scan(&attempts, &clients, &history)
	if err != nil {
		t.Fatal(err)
	}
	if attempts != 2 || len(clients) != 2 || clients[0] != "doomed" || len(history) != 1 || !strings.Contains(string(history[0]), "doomed") {
		t.Errorf("attempts %d by %v with errors %s: want both attempts on record", attempts, clients, history)
	}
}

func TestSweepTakesNothingFromTheLiving(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := testkit.DB(t)
	began, finish := make(chan struct{}), make(chan struct{})
	client := start(t, pool, Config{ID: "living", Workers: working(func(context.Context) error {
		close(began)
		<-finish
		return nil
	})})
	finished, cancel := client.Subscribe(river.EventKindJobCompleted)
	defer cancel()
	insert(t, pool, nil)
	await(t, "the job at work", began)

	now := time.Now()
	s := newSweeper(pool, Config{Grace: 5 * time.Second})
	s.now = func() time.Time { return now }
	for range 3 {
		n, err := s.sweep(ctx)
		if err != nil || n != 0 {
			t.Fatalf("swept %d (%v), want 0: the job's client lives", n, err)
		}
		now = now.Add(time.Minute)
	}
	// A sign of life that breaks is restored before the time of grace is over.
	if _, err := pool.Exec(ctx, "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = $1", int64(lockClass)); err != nil {
		t.Fatal(err)
	}
	if n, err := s.sweep(ctx); err != nil || n != 0 {
		t.Fatalf("swept %d (%v) without grace", n, err)
	}
	restored := time.Now().Add(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		seen, err := s.orphans(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) == 0 {
			break
		}
		if time.Now().After(restored) {
			t.Fatal("the sign of life does not come back")
		}
		<-tick.C
	}
	close(finish)
	await(t, "the job's end", finished)
}

func TestSweepOfTheDead(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pool := testkit.DB(t)
	cases := []struct {
		name                 string
		attempt, maxAttempts int
		metadata             string
		state                string
		rested               bool
	}{
		{"first attempt", 1, 25, "{}", "available", false},
		{"fourth attempt", 4, 25, "{}", "available", true},
		{"last attempt", 3, 3, "{}", "discarded", false},
		{"cancelled meanwhile", 1, 25, `{"cancel_attempted_at": "2026-01-01T00:00:00Z"}`, "cancelled", false},
	}
	ids := make([]int64, len(cases))
	for i, c := range cases {
		ids[i] = insert(t, pool, &river.InsertOpts{MaxAttempts: c.maxAttempts})
		_, err := pool.Exec(ctx, `update river_job set state = 'running', attempt = $2, attempted_at = now(), attempted_by = '{other,dead}', metadata = $3
			where id = $1`, ids[i], c.attempt, c.metadata)
		if err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	s := newSweeper(pool, Config{Grace: 5 * time.Second})
	s.now = func() time.Time { return now }
	for _, step := range []struct {
		after time.Duration
		want  int64
	}{{0, 0}, {4 * time.Second, 0}, {2 * time.Second, int64(len(cases))}, {time.Minute, 0}} {
		now = now.Add(step.after)
		if n, err := s.sweep(ctx); err != nil || n != step.want {
			t.Fatalf("swept %d (%v), want %d", n, err, step.want)
		}
	}
	for i, c := range cases {
		var state string
		var rested bool
		var failures, attempt int
		err := pool.QueryRow(ctx, "select state, attempt, scheduled_at > now() + interval '10 s', cardinality(errors) from river_job where id = $1", ids[i]).
			Scan(&state, &attempt, &rested, &failures)
		if err != nil {
			t.Fatal(err)
		}
		if state != c.state || attempt != c.attempt || failures != 1 || (state == "available" && rested != c.rested) {
			t.Errorf("%s: state %s, attempt %d, rested %t, %d errors; want %s, %d, %t, 1", c.name, state, attempt, rested, failures, c.state, c.attempt, c.rested)
		}
	}
}

func TestEachAttemptWritesOneLine(t *testing.T) {
	t.Parallel()
	pool := testkit.DB(t)
	core, lines := observer.New(zap.InfoLevel)
	outcomes := []func(context.Context) error{
		func(ctx context.Context) error { logging.Add(ctx, zap.Int("matched", 3)); return nil },
		func(context.Context) error { return river.JobCancel(errors.New("cannot be done")) },
		func(context.Context) error { panic("a bug") },
	}
	turn := 0
	client := start(t, pool, Config{Log: zap.New(core), Workers: working(func(ctx context.Context) error {
		turn++
		return outcomes[turn-1](ctx)
	})})
	ended, cancel := client.Subscribe(river.EventKindJobCompleted, river.EventKindJobCancelled, river.EventKindJobFailed)
	defer cancel()
	for range outcomes {
		insert(t, pool, &river.InsertOpts{MaxAttempts: 1})
		await(t, "the job's end", ended)
	}
	jobs := lines.FilterMessage("job").All()
	if len(jobs) != len(outcomes) {
		t.Fatalf("%d lines for %d attempts: %v", len(jobs), len(outcomes), jobs)
	}
	for i, want := range []string{"done", "given up", "panicked"} {
		fields := jobs[i].ContextMap()
		if fields["outcome"] != want || fields["kind"] != "task" {
			t.Errorf("line %d: %v, want outcome %s", i, fields, want)
		}
	}
	if got := jobs[0].ContextMap()["matched"]; got != int64(3) {
		t.Errorf("the worker's own field = %v, want 3", got)
	}
}
