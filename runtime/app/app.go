// Package app puts the product together from one Config: the database, the domains' stores, the workers of background
// jobs and the HTTP server. Commands and tests use it alike.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/platform/riverx"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// Stores are the domains on one pool, for commands that work and end. They insert jobs and work none.
type Stores struct {
	Pool      *pgxpool.Pool
	Inventory *sbom.Store
	Intel     *intel.Store
	Findings  *finding.Store
}

// OpenStores connects to the database. Close the pool afterwards.
func OpenStores(ctx context.Context, c config.Config) (*Stores, error) {
	pool, err := openPool(ctx, c, 0, 0)
	if err != nil {
		return nil, err
	}
	client, err := riverx.Inserter(pool)
	if err != nil {
		pool.Close()
		return nil, err
	}
	return newStores(pool, client), nil
}

// openPool opens the pool. beside is how many connections the process opens beside it: DB_MAX_OPEN_CONNS is for both together.
func openPool(ctx context.Context, c config.Config, wait time.Duration, beside int) (*pgxpool.Pool, error) {
	most := c.DBMaxOpenConns - beside
	return pg.Open(ctx, pg.Config{URL: c.DatabaseURL, MaxConns: most, MaxIdle: min(c.DBMaxIdleConns, most), Wait: wait})
}

func newStores(pool *pgxpool.Pool, jobs inserter) *Stores {
	return &Stores{
		Pool: pool, Inventory: sbom.NewStore(pool, jobs), Intel: intel.NewStore(pool, enqueuer{jobs}), Findings: finding.NewStore(pool),
	}
}

// Migrate brings the schema up to date; any number of processes may do so at once.
func Migrate(ctx context.Context, pool *pgxpool.Pool, c config.Config) error {
	dir, err := Migrations(c.MigrationsDir)
	if err != nil {
		return err
	}
	return pg.Migrate(ctx, pool, dir)
}

// defaultMigrations is where the image holds them.
const defaultMigrations = "/migrations"

// Migrations finds the folder: the one named; in place of an absent default, the one of the checkout that the command is
// run in, or whose bin folder the binary lies in.
func Migrations(dir string) (fs.FS, error) {
	places := []string{dir}
	if dir == defaultMigrations {
		places = append(places, "migrations")
		if binary, err := os.Executable(); err == nil {
			places = append(places, filepath.Join(filepath.Dir(binary), "..", "migrations"))
		}
	}
	for _, place := range places {
		if info, err := os.Stat(place); err == nil && info.IsDir() {
			return os.DirFS(place), nil
		}
	}
	return nil, fmt.Errorf("the folder of migrations %s is not there: set MIGRATIONS_DIR", dir)
}

// lastMigration is the number of the newest migration at hand; 0 when there is none to be seen, as in Lambda.
func lastMigration(c config.Config) int {
	dir, err := Migrations(c.MigrationsDir)
	if err != nil {
		return 0
	}
	names, err := fs.Glob(dir, "[0-9][0-9][0-9]_*.sql")
	if err != nil || len(names) == 0 {
		return 0
	}
	number, _ := strconv.Atoi(names[len(names)-1][:3]) // three digits, by the pattern
	return number
}

// page opens the built frontend; nil when none is set.
func page(dir string, log *zap.Logger) (fs.FS, error) {
	if dir == "" {
		return nil, nil
	}
	files := os.DirFS(dir)
	if _, err := fs.Stat(files, "index.html"); errors.Is(err, fs.ErrNotExist) {
		log.Warn("no page is served: FRONTEND_DIR holds no index.html", zap.String("dir", dir))
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("open the page (FRONTEND_DIR): %w", err)
	}
	return files, nil
}
