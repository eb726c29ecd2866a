package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/runtime/app"
)

func mailCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "mail", Short: "Try out the mail settings"}
	cmd.AddCommand(&cobra.Command{
		Use: "test ADDRESS", Short: "Send a test mail and say what the server answered", Args: takes("one address", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := app.Settings(cmd.Context(), os.Environ())
			if err != nil {
				return err
			}
			mailer, err := app.OpenMailer(cmd.Context(), c)
			if err != nil {
				return err
			}
			if err := mailer.SendTest(cmd.Context(), args[0], c.AppURL); err != nil {
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "The server took the mail.")
			return nil
		},
	})
	return cmd
}
