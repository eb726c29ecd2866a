// Package riverx runs the background jobs: River's client, one event line a job, and what River lacks, the quick rescue
// of jobs whose process was killed (docs/decisions/0005-orphaned-jobs.md).
//
// Each client holds a session-level advisory lock named by its id for as long as it lives; PostgreSQL lets go of it
// when the connection ends, whatever killed the process. Each client sweeps: a running job whose client holds no lock
// goes back into the queue, with the attempt and what became of it on record. Jobs are therefore written to run twice.
package riverx

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/logging"
)

// Config says what a client works on. Zero values of the times mean the defaults below.
type Config struct {
	// ID tells this process from all others, also from those before it; empty makes one.
	ID string
	// Queues names the queues and how many jobs of each run at once.
	Queues map[string]int
	// Workers are the job kinds that this process can work.
	Workers *river.Workers
	// Periodic jobs are inserted by whichever client leads.
	Periodic []*river.PeriodicJob
	Log      *zap.Logger
	// Watch hears of every attempt of a job, for metrics; nil for nobody.
	Watch func(kind, outcome string, took time.Duration)
	// JobTimeout bounds one attempt of a job.
	JobTimeout time.Duration
	// SweepEvery is the time between looks for orphaned jobs, Grace how long a job must have been seen without a living
	// client: a client whose connection broke needs a moment to lock again.
	SweepEvery time.Duration
	Grace      time.Duration
}

const (
	defaultJobTimeout = 30 * time.Minute
	defaultSweepEvery = 2 * time.Second
	defaultGrace      = 5 * time.Second
	// softStop is how long running jobs may go on when the process is told to end; ECS kills after 30 s.
	softStop = 10 * time.Second
)

// Client is a River client that is alive in the sense above.
type Client struct {
	*river.Client[pgx.Tx]
	pool   *pgxpool.Pool
	config Config
	alive  *life
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// Inserter makes a client that only inserts jobs, as commands do.
func Inserter(pool *pgxpool.Pool) (*river.Client[pgx.Tx], error) {
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		return nil, fmt.Errorf("make the job client: %w", err)
	}
	return client, nil
}

// New makes a client that works jobs once started.
func New(pool *pgxpool.Pool, c Config) (*Client, error) {
	if c.ID == "" {
		c.ID = newID()
	}
	if c.Log == nil {
		c.Log = zap.NewNop()
	}
	if c.Watch == nil {
		c.Watch = func(string, string, time.Duration) {}
	}
	c.JobTimeout = orDefault(c.JobTimeout, defaultJobTimeout)
	c.SweepEvery = orDefault(c.SweepEvery, defaultSweepEvery)
	c.Grace = orDefault(c.Grace, defaultGrace)
	queues := map[string]river.QueueConfig{}
	for name, workers := range c.Queues {
		queues[name] = river.QueueConfig{MaxWorkers: workers}
	}
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		ID: c.ID, Queues: queues, Workers: c.Workers, PeriodicJobs: c.Periodic, Logger: logging.Slog(c.Log),
		JobTimeout: c.JobTimeout, SoftStopTimeout: softStop,
		Middleware: []rivertype.Middleware{eventLine(c.Log, c.Watch)}, ErrorHandler: panicLine{c.Log, c.Watch},
	})
	if err != nil {
		return nil, fmt.Errorf("make the job client: %w", err)
	}
	return &Client{Client: client, pool: pool, config: c}, nil
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// newID is unlike any before it: a process that starts in a dead one's place must not look like it.
func newID() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	if len(host) > 60 {
		host = host[:60]
	}
	var b [6]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), hex.EncodeToString(b[:]))
}

// Start shows the client as alive and then lets it work, in this order, so that no other takes its first job for an
// orphan. Ending ctx begins a stop; call Stop to wait for it.
func (c *Client) Start(ctx context.Context) error {
	alive, err := beAlive(ctx, c.pool, c.config.ID, c.config.Log)
	if err != nil {
		return err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.alive, c.stop = alive, stop
	c.done.Go(func() { alive.keep(background) })
	c.done.Go(func() { newSweeper(c.pool, c.config).run(background) })
	if err := c.Client.Start(ctx); err != nil {
		c.end()
		return fmt.Errorf("start the job client: %w", err)
	}
	return nil
}

// Stop lets running jobs finish for a while, cancels what is left, and then gives up the sign of life: what could not
// be finished goes to another process within seconds.
func (c *Client) Stop(ctx context.Context) error {
	defer c.end()
	if err := c.Client.Stop(ctx); err != nil {
		return fmt.Errorf("stop the job client: %w", err)
	}
	return nil
}

func (c *Client) end() {
	if c.stop == nil {
		return
	}
	c.stop()
	c.done.Wait()
	c.alive.end()
}
