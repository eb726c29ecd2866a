package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/runtime/app"
)

const (
	wantedVersion = 16
	// spare is the guide's allowance for everybody else: people with psql, backups, monitoring.
	spare = 10
	// clockSlip is how far the database's clock may be from ours before schedules and sessions suffer.
	clockSlip = 30 * time.Second
)

func database(ctx context.Context, c config.Config, tasks int) []Finding {
	pool, err := pg.Open(ctx, pg.Config{URL: c.DatabaseURL, MaxConns: 1})
	if err != nil {
		f := Finding{State: Wrong, What: "database", Seen: said(err), Remedy: "check DATABASE_URL"}
		var p *problem.Error
		if errors.As(err, &p) && p.Remedy != "" {
			f.Remedy = p.Remedy
		}
		return []Finding{f}
	}
	defer pool.Close()
	out := []Finding{{Fine, "database", "answers", ""}}
	for _, look := range []func(context.Context, *pgxpool.Pool) (Finding, error){
		version, encryption, clock,
		func(ctx context.Context, p *pgxpool.Pool) (Finding, error) {
			return connections(ctx, p, tasks, c.DBMaxOpenConns)
		},
		func(ctx context.Context, p *pgxpool.Pool) (Finding, error) { return schema(ctx, p, c) },
	} {
		f, err := look(ctx, pool)
		if err != nil {
			f.State, f.Seen = Wrong, said(pg.Problem(err))
		}
		out = append(out, f)
	}
	return out
}

func version(ctx context.Context, pool *pgxpool.Pool) (Finding, error) {
	f := Finding{State: Fine, What: "database version"}
	var number int
	if err := pool.QueryRow(ctx, `select current_setting('server_version_num')::int, current_setting('server_version')`).Scan(&number, &f.Seen); err != nil {
		return f, fmt.Errorf("ask for the version: %w", err)
	}
	f.Seen = "PostgreSQL " + f.Seen
	switch {
	case number/10000 < wantedVersion:
		f.State, f.Remedy = Wrong, "ThreatWerk is made for PostgreSQL 16: upgrade the database"
	case number/10000 > wantedVersion:
		f.State, f.Remedy = Unclear, "ThreatWerk is tested with PostgreSQL 16"
	}
	return f, nil
}

func encryption(ctx context.Context, pool *pgxpool.Pool) (Finding, error) {
	f := Finding{State: Fine, What: "database encryption"}
	var encrypted, local, private bool
	var protocol string
	err := pool.QueryRow(ctx, `
		select s.ssl, coalesce(s.version, ''), coalesce(a.client_addr <<= any (array['127.0.0.0/8', '::1/128']::inet[]), true),
		       coalesce(a.client_addr <<= any (array['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']::inet[]), false)
		from pg_stat_ssl s join pg_stat_activity a using (pid) where s.pid = pg_backend_pid()`).Scan(&encrypted, &protocol, &local, &private)
	switch {
	case err != nil:
		return f, fmt.Errorf("ask for the connection's encryption: %w", err)
	case encrypted:
		f.Seen = protocol
	case local:
		f.Seen = "none, and the database is on this machine"
	case private:
		f.State, f.Seen, f.Remedy = Unclear, "none, on a private network", "right between containers of one machine; anywhere else end DATABASE_URL with ?sslmode=require"
	default:
		f.State, f.Seen, f.Remedy = Wrong, "passwords and data cross the network in the clear", "end DATABASE_URL with ?sslmode=require; on RDS set rds.force_ssl to 1"
	}
	return f, nil
}

func clock(ctx context.Context, pool *pgxpool.Pool) (Finding, error) {
	f := Finding{State: Fine, What: "clocks"}
	var theirs time.Time
	if err := pool.QueryRow(ctx, `select clock_timestamp()`).Scan(&theirs); err != nil {
		return f, fmt.Errorf("ask for the time: %w", err)
	}
	slip := time.Since(theirs).Abs()
	f.Seen = fmt.Sprintf("the database's is within %s of ours", max(slip.Round(time.Second), time.Second))
	if slip > clockSlip {
		f.State, f.Seen, f.Remedy = Wrong, fmt.Sprintf("the database's is %s from ours", slip.Round(time.Second)), "let both machines keep time (NTP)"
	}
	return f, nil
}

func connections(ctx context.Context, pool *pgxpool.Pool, tasks, each int) (Finding, error) {
	f := Finding{State: Fine, What: "database connections"}
	var most, reserved, used int
	err := pool.QueryRow(ctx, `
		select current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int,
		       (select count(*) from pg_stat_activity where backend_type = 'client backend')`).Scan(&most, &reserved, &used)
	if err != nil {
		return f, fmt.Errorf("ask for connections: %w", err)
	}
	needed := tasks*each + spare
	f.Seen = fmt.Sprintf("max_connections is %d (%d of them reserved), %d in use; %d tasks x %d + %d = %d are needed", most, reserved, used, tasks, each, spare, needed)
	if most-reserved < needed {
		f.State, f.Remedy = Wrong, "raise max_connections (a larger instance), lower DB_MAX_OPEN_CONNS, or run fewer tasks; a deployment doubles them for a while"
	}
	return f, nil
}

var migrationFile = regexp.MustCompile(`^(\d{3})_.*\.sql$`)

func schema(ctx context.Context, pool *pgxpool.Pool, c config.Config) (Finding, error) {
	f := Finding{State: Fine, What: "schema"}
	dir, err := app.Migrations(c.MigrationsDir)
	if err != nil {
		f.Remedy = "set MIGRATIONS_DIR; the image holds them in /migrations"
		return f, err
	}
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return f, fmt.Errorf("list the migrations: %w", err)
	}
	newest := 0
	for _, e := range entries {
		if m := migrationFile.FindStringSubmatch(e.Name()); m != nil {
			n, _ := strconv.Atoi(m[1]) // three digits
			newest = max(newest, n)
		}
	}
	var at int
	err = pool.QueryRow(ctx, `select version from public.schema_version`).Scan(&at)
	var state *pgconn.PgError
	switch {
	case errors.As(err, &state) && state.Code == "42P01": // undefined_table
		f.State, f.Seen, f.Remedy = Unclear, "there is none yet", "threatwerk serve makes it at its start; threatwerk migrate does so now"
		return f, nil
	case err != nil:
		return f, fmt.Errorf("ask for the schema's version: %w", err)
	}
	f.Seen = fmt.Sprintf("at migration %d; this program's newest is %d", at, newest)
	switch {
	case at < newest:
		f.State, f.Remedy = Unclear, "the next start of threatwerk serve brings it up to date; threatwerk migrate does so now"
	case at > newest:
		f.State, f.Remedy = Unclear, "a newer version has run here; this one works on, see docs/upgrade.md before staying with it"
	}
	return f, nil
}
