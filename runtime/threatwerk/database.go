package main

import (
	"context"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// withDatabase runs a command's work on the database of DATABASE_URL.
func withDatabase(ctx context.Context, do func(ctx context.Context, pool *pgxpool.Pool) error) error {
	settings, err := config.Parse(os.Environ())
	if err != nil {
		return err
	}
	pool, err := pg.Open(ctx, pg.Config{URL: settings.DatabaseURL, MaxConns: settings.DBMaxOpenConns, MaxIdle: settings.DBMaxIdleConns})
	if err != nil {
		return err
	}
	defer pool.Close()
	return do(ctx, pool)
}
