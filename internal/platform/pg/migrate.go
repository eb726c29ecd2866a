package pg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/tern/v2/migrate"
)

const (
	// versionTable holds the number of the newest migration that ran.
	versionTable = "public.schema_version"
	// migrationLock is this product's own advisory lock ("threatwe" in ASCII).
	migrationLock int64 = 0x7468726561747765
	// lockPoll is how often a task that waits for another's migration asks.
	lockPoll = 100 * time.Millisecond
)

// Migrate runs the migrations of dir (files NNN_words.sql, flat) that this database lacks, each in its transaction. Any
// number of processes may call it at once: one works, the others wait until the schema is there. A schema newer than
// dir is left alone: during a rolling upgrade, or after a step back, an older process runs on it, as every migration
// says in its head.
func Migrate(ctx context.Context, pool *pgxpool.Pool, dir fs.FS) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return Problem(fmt.Errorf("migrate: %w", err))
	}
	defer conn.Release()
	unlock, err := lockMigrations(ctx, conn.Conn())
	if err != nil {
		return Problem(err)
	}
	defer unlock()
	if err := migrateLocked(ctx, conn.Conn(), dir); err != nil {
		return Problem(err)
	}
	return nil
}

// lockMigrations asks again and again rather than wait inside PostgreSQL: a session that waits in a statement holds a
// snapshot, and CREATE INDEX CONCURRENTLY of the session that works would wait for it in turn.
func lockMigrations(ctx context.Context, conn *pgx.Conn) (func(), error) {
	for {
		var locked bool
		if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", migrationLock).Scan(&locked); err != nil {
			return nil, fmt.Errorf("lock migrations: %w", err)
		}
		if locked {
			break
		}
		if err := pause(ctx, lockPoll); err != nil {
			return nil, fmt.Errorf("wait for another process to migrate: %w", err)
		}
	}
	return func() {
		farewell, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer cancel()
		if _, err := conn.Exec(farewell, "select pg_advisory_unlock($1)", migrationLock); err != nil {
			// A session that cannot answer must not go back to the pool with the lock still held.
			_ = conn.Close(farewell)
		}
	}, nil
}

func migrateLocked(ctx context.Context, conn *pgx.Conn, dir fs.FS) error {
	m, err := migrate.NewMigrator(ctx, conn, versionTable)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if err := m.LoadMigrations(dir); err != nil {
		if errors.As(err, new(migrate.NoMigrationsFoundError)) {
			return errors.New("load migrations: the folder holds no NNN_words.sql (set MIGRATIONS_DIR)")
		}
		return fmt.Errorf("load migrations (MIGRATIONS_DIR): %w", err)
	}
	version, err := m.GetCurrentVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if int(version) >= len(m.Migrations) {
		return nil
	}
	if err := m.Migrate(ctx); err != nil {
		return fmt.Errorf("migrate from version %d: %w", version, err)
	}
	return nil
}
