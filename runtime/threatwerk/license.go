package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/internal/license"
)

// maxKeyFile bounds what is read as a key.
const maxKeyFile = 64 << 10

func licenseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "license", Short: "Issue signed licences, for LICENSE_MODE=jwt",
		Long: `license makes what LICENSE_MODE=jwt takes: keys makes a pair of keys once, issue signs a licence with the private one.
The server is given the licence as LICENSE_TOKEN and the public key as LICENSE_PUBLIC_KEY.`,
	}
	cmd.AddCommand(licenseKeysCommand(), licenseIssueCommand())
	return cmd
}

func licenseKeysCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "keys --out FILE", Short: "Make a pair of keys: the private one into FILE, the public one to standard output", Args: takes("no arguments", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			private, public, err := license.NewKeys()
			if err != nil {
				return err
			}
			f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return err
			}
			if _, err := f.Write(private); err != nil {
				return errors.Join(err, f.Close())
			}
			if err := f.Close(); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), public)
			return err
		},
	}
	cmd.Flags().StringVar(&file, "out", "", "where the private key goes; a file that exists is never written over")
	_ = cmd.MarkFlagRequired("out") // fails only for flags that are not there
	return cmd
}

func licenseIssueCommand() *cobra.Command {
	var (
		file, customer, until string
		seats                 int
	)
	cmd := &cobra.Command{
		Use: "issue --key FILE --customer NAME --seats N --until DATE", Short: "Sign a licence", Args: takes("no arguments", 0, 0),
		Example: `  threatwerk license keys --out licence-key.pem
  threatwerk license issue --key licence-key.pem --customer "Example Ltd" --seats 25 --until 2027-12-31`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			day, err := time.Parse(time.DateOnly, until)
			if err != nil {
				return usage(cmd, fmt.Errorf("--until %q: want a date such as 2027-12-31", until))
			}
			f, err := os.Open(file)
			if err != nil {
				return err
			}
			defer f.Close()
			text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
			if err != nil {
				return err
			}
			key, err := license.ParsePrivateKey(string(text))
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			// The day named is the last one, wherever the customer is.
			token, err := license.Issue(license.Grant{
				ID: rand.Text(), Customer: customer, Seats: seats, Issued: time.Now().UTC(), Expires: day.AddDate(0, 0, 1).Add(12 * time.Hour),
			}, key)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&file, "key", "", "the private key")
	flags.StringVar(&customer, "customer", "", "who may use the product")
	flags.IntVar(&seats, "seats", 0, "how many people; 0: any number")
	flags.StringVar(&until, "until", "", "the last day")
	for _, name := range []string{"key", "customer", "seats", "until"} {
		_ = cmd.MarkFlagRequired(name) // fails only for flags that are not there
	}
	return cmd
}
