package main

import (
	"context"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/runtime/app"
)

// withStores runs a command's work on the database of DATABASE_URL.
func withStores(ctx context.Context, do func(ctx context.Context, stores *app.Stores) error) error {
	return withSettings(ctx, func(ctx context.Context, _ config.Config, stores *app.Stores) error { return do(ctx, stores) })
}

// withSettings is withStores for work that needs the settings, too.
func withSettings(ctx context.Context, do func(ctx context.Context, c config.Config, stores *app.Stores) error) error {
	settings, err := app.Settings(ctx, os.Environ())
	if err != nil {
		return err
	}
	stores, err := app.OpenStores(ctx, settings)
	if err != nil {
		return err
	}
	defer stores.Pool.Close()
	return do(ctx, settings, stores)
}

// withDatabase is withStores for work that only reads.
func withDatabase(ctx context.Context, do func(ctx context.Context, pool *pgxpool.Pool) error) error {
	return withStores(ctx, func(ctx context.Context, stores *app.Stores) error { return do(ctx, stores.Pool) })
}
