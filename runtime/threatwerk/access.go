package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/runtime/app"
)

func accessCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "access", Short: "Let an admin in who cannot get in by the page", Args: takes("a command: link or token", 0, 0),
		Long: `access is for whoever runs the service and holds its database: the way in on a fresh start, and when the last admin is
locked out. An account that is not there yet is made, as an admin. What is done here is on record like everything else.`,
	}
	cmd.AddCommand(accessLinkCommand(), accessTokenCommand())
	return cmd
}

// operator are the flags that say whose account is meant.
type operator struct{ mail, name string }

func (o *operator) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.mail, "mail", "", "address of the account")
	cmd.Flags().StringVar(&o.name, "name", "Admin", "name of the person, where the account is made")
	cobra.CheckErr(cmd.MarkFlagRequired("mail"))
}

func accessLinkCommand() *cobra.Command {
	o := &operator{}
	cmd := &cobra.Command{
		Use: "link --mail ADDRESS", Short: "Print a link that signs the person in once", Args: takes("no arguments", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withAccounts(cmd.Context(), func(ctx context.Context, accounts *account.Store) error {
				link, err := accounts.OperatorLink(ctx, o.mail, o.name)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), link)
				return err
			})
		},
	}
	o.flags(cmd)
	return cmd
}

func accessTokenCommand() *cobra.Command {
	o := &operator{}
	in := account.NewToken{}
	days := 0
	cmd := &cobra.Command{
		Use: "token --mail ADDRESS", Short: "Print an API token of the person", Args: takes("no arguments", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			in.Life = time.Duration(days) * 24 * time.Hour
			return withAccounts(cmd.Context(), func(ctx context.Context, accounts *account.Store) error {
				token, err := accounts.OperatorToken(ctx, o.mail, o.name, in)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), token.Secret)
				return err
			})
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&in.Name, "token-name", "command line", "what the token is called in lists")
	cmd.Flags().StringSliceVar(&in.Scopes, "scope", []string{account.ScopeRead, account.ScopeUpload}, "upload, read, write")
	cmd.Flags().IntVar(&days, "days", 1, "how many days it serves")
	return cmd
}

// withAccounts runs a command's work on the accounts of the database of DATABASE_URL.
func withAccounts(ctx context.Context, do func(ctx context.Context, accounts *account.Store) error) error {
	settings, err := config.Parse(os.Environ())
	if err != nil {
		return err
	}
	return withStores(ctx, func(ctx context.Context, stores *app.Stores) error {
		accounts, err := app.Accounts(stores.Pool, settings, nil, nil)
		if err != nil {
			return err
		}
		return do(ctx, accounts)
	})
}
