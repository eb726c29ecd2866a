// Package pg is the one thin layer over pgx: opening the pool, transactions that are retried where PostgreSQL asks for
// it, migrations, and the difference between "the database is gone" and every other error.
package pg

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DB is what a store needs of a database; a pool and a transaction both are one, so that a method serves alone and as a
// part of a larger transaction.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error)
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
	Begin(ctx context.Context) (pgx.Tx, error)
}

var (
	_ DB = (*pgxpool.Pool)(nil)
	_ DB = (pgx.Tx)(nil)
)

// Config says which database and how many connections.
type Config struct {
	// URL is a connection string, as a URL or in key=value form.
	URL string
	// MaxConns bounds the pool; 0 leaves pgx's default (the larger of 4 and the number of CPUs).
	MaxConns int
	// MaxIdle is how many unused connections are kept; 0 keeps all of them for pgx's idle time.
	MaxIdle int
	// Wait is how long a database that is not there yet is waited for; 0 tries once.
	Wait time.Duration
}

// connectTimeout bounds one attempt, unless the connection string sets connect_timeout itself. A task of half a processor that
// opens many at once on a busy machine was seen to need more than 5 s.
const connectTimeout = 10 * time.Second

// The pauses between attempts while Config.Wait lasts: they double, so that many tasks do not hammer a database that is starting.
const (
	firstPause = 250 * time.Millisecond
	maxPause   = 4 * time.Second
)

// Open makes a pool and proves that the database answers. The error is a problem of kind Unavailable whose words begin
// with "database not reachable"; it never holds the password.
func Open(ctx context.Context, c Config) (*pgxpool.Pool, error) {
	if c.URL == "" {
		return nil, unreachable(errNoURL)
	}
	settings, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, unreachable(errBadURL)
	}
	if settings.ConnConfig.ConnectTimeout == 0 {
		settings.ConnConfig.ConnectTimeout = connectTimeout
	}
	params := settings.ConnConfig.RuntimeParams
	setDefault(params, "application_name", "threatwerk")
	setDefault(params, "timezone", "UTC")
	if c.MaxConns > 0 {
		settings.MaxConns = int32(min(c.MaxConns, maxPool))
	}
	// pgx knows no upper bound of idle connections, so one that comes back to a full bench is closed.
	var made atomic.Pointer[pgxpool.Pool]
	if c.MaxIdle > 0 {
		settings.AfterRelease = func(*pgx.Conn) bool {
			pool := made.Load()
			return pool == nil || int(pool.Stat().IdleConns()) < c.MaxIdle
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("make the database pool: %w", err)
	}
	made.Store(pool)
	if err := await(ctx, pool, c.Wait); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// maxPool keeps a slip of the keyboard from becoming thousands of connections.
const maxPool = 1000

func await(ctx context.Context, pool *pgxpool.Pool, wait time.Duration) error {
	deadline := time.Now().Add(wait)
	for rest := firstPause; ; rest = min(2*rest, maxPause) {
		err := pool.Ping(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !mayComeUp(err) || time.Now().Add(rest).After(deadline) {
			return unreachable(err)
		}
		if err := pause(ctx, rest); err != nil {
			return unreachable(err)
		}
	}
}

// pause waits, or returns the context's error at once when it ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func setDefault(params map[string]string, name, value string) {
	if _, ok := params[name]; !ok {
		params[name] = value
	}
}
