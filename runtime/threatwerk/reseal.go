package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
	"github.com/threatwerk/threatwerk/runtime/app"
)

func resealCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reseal", Short: "Seal stored credentials anew under a changed ENCRYPTION_KEY", Args: takes("no arguments", 0, 0),
		Long: `reseal seals whatever ENCRYPTION_KEY_PREVIOUS sealed anew under ENCRYPTION_KEY. Afterwards ENCRYPTION_KEY_PREVIOUS can go. It may
be stopped at any moment and run again, also while servers run. What neither key opens stays as it is and is counted: people
enter it again.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withSettings(cmd.Context(), func(ctx context.Context, c config.Config, stores *app.Stores) error {
				return app.Reseal(ctx, stores.Pool, c, func(name string, t seal.Tally) {
					fmt.Fprintf(cmd.OutOrStdout(), "%s: %d sealed anew, %d to be entered again\n", name, t.Resealed, t.Unreadable)
				})
			})
		},
	}
}
