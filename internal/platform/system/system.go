// Package system reads how the installation is, for admins: the database, its schema, the queues of background jobs, and the
// processes that work them.
package system

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// State is how the installation is at this moment.
type State struct {
	Database  Database
	Migration Migration
	Queues    []Queue
	Processes []Process
}

// Database is the server behind everything.
type Database struct {
	Version        string // of PostgreSQL: "16.9"
	Bytes          int64  // of this database on disk
	Connections    int    // to this database, from everyone
	MaxConnections int    // that the server admits
	Tables         []Table
}

// Table is one of the largest tables.
type Table struct {
	Name  string
	Bytes int64 // with its indexes and what is stored beside it
	Rows  int64 // by the planner's estimate
}

// Migration is where the schema stands.
type Migration struct {
	Held  int // the last one applied
	Known int // the last one that this program brings
}

// Queue counts background jobs of one queue in one state.
type Queue struct {
	Queue  string
	State  string // available, pending, running, retryable, scheduled, discarded, cancelled, completed
	Jobs   int64
	Oldest *time.Time // when the one that waits longest could have begun; nil for jobs that are at rest
}

// Process is one that works off jobs.
type Process struct {
	Address string // the client's, as the database sees it; empty over a socket
	Since   time.Time
}

// Reader reads the state.
type Reader struct {
	db    pg.DB
	known int
}

// NewReader makes a reader; known is the number of the last migration that the program brings.
func NewReader(db pg.DB, known int) *Reader { return &Reader{db, known} }

// State reads everything.
func (r *Reader) State(ctx context.Context) (State, error) {
	s := State{Migration: Migration{Known: r.known}}
	for _, read := range []func(context.Context, *State) error{r.database, r.tables, r.queues, r.processes} {
		if err := read(ctx, &s); err != nil {
			return State{}, fmt.Errorf("read the state of the system: %w", pg.Problem(err))
		}
	}
	return s, nil
}

func (r *Reader) database(ctx context.Context, s *State) error {
	return r.db.QueryRow(ctx, `
		select split_part(current_setting('server_version'), ' ', 1), pg_database_size(current_database()),
			(select count(*) from pg_stat_activity where datname = current_database()), current_setting('max_connections')::int,
			(select coalesce(max(version), 0) from public.schema_version)`).
		Scan(&s.Database.Version, &s.Database.Bytes, &s.Database.Connections, &s.Database.MaxConnections, &s.Migration.Held)
}

func (r *Reader) tables(ctx context.Context, s *State) error {
	rows, err := r.db.Query(ctx, `
		select c.relname, pg_total_relation_size(c.oid) as bytes, greatest(c.reltuples, 0)::bigint
		from pg_class c
		where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
		order by bytes desc, c.relname
		limit 8`)
	if err != nil {
		return err
	}
	s.Database.Tables, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Table])
	return err
}

func (r *Reader) queues(ctx context.Context, s *State) error {
	rows, err := r.db.Query(ctx, `
		select queue, state::text, count(*), min(scheduled_at) filter (where state in ('available', 'running', 'retryable'))
		from river_job
		group by queue, state
		order by queue, state`)
	if err != nil {
		return err
	}
	s.Queues, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Queue])
	return err
}

// processes are known by the connection with which each shows that it lives (internal/platform/riverx).
func (r *Reader) processes(ctx context.Context, s *State) error {
	rows, err := r.db.Query(ctx, `
		select coalesce(host(client_addr), ''), backend_start
		from pg_stat_activity
		where datname = current_database() and application_name = 'threatwerk sign of life'
		order by backend_start, pid`)
	if err != nil {
		return err
	}
	s.Processes, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Process])
	return err
}
