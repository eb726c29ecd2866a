package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/runtime/app"
	"github.com/threatwerk/threatwerk/runtime/httpapi"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve the API and the page, and work background jobs", Args: takes("no arguments", 0, 0),
		Long: `serve brings the schema up to date, then serves the API and the page and works background jobs until it is told to
end (SIGTERM): it then accepts no more, finishes what runs and hands back the jobs that it cannot finish in time.

Settings come from the environment; docs/operating.md lists them.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return logged(cmd, func(ctx context.Context, c config.Config, log *zap.Logger) error {
				fields, err := app.TaskFields(ctx, os.Getenv("ECS_CONTAINER_METADATA_URI_V4"))
				if err != nil {
					log.Warn("the log does not name the task", zap.Error(err))
				}
				return app.Serve(ctx, c, log.With(fields...), version)
			})
		},
	}
}

func migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Bring the database's schema up to date", Args: takes("no arguments", 0, 0),
		Long: `migrate runs the migrations of MIGRATIONS_DIR that the database lacks. Any number of processes may do so at once; serve
does it by itself.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withSettings(cmd.Context(), func(ctx context.Context, c config.Config, stores *app.Stores) error {
				if err := app.Migrate(ctx, stores.Pool, c); err != nil {
					return err
				}
				fmt.Fprintln(cmd.ErrOrStderr(), "The schema is up to date.")
				return nil
			})
		},
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: takes("no arguments", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "threatwerk", version)
			return err
		},
	}
}

func openapiCommand() *cobra.Command {
	return &cobra.Command{
		Use: "openapi", Short: "Print the OpenAPI document", Hidden: true, Args: takes("no arguments", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			document, err := httpapi.Document()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(document)
			return err
		},
	}
}
