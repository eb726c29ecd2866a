package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/matching"
)

func explainCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "explain PURL ID",
		Short: "Say why an advisory or a vulnerability reaches a package, or why it does not",
		Example: `  threatwerk explain pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1 CVE-2021-44228
  threatwerk explain pkg:npm/lodash@4.17.21 GHSA-35jh-r3h4-6jhm`,
		Args: takes("a package URL and the id of an advisory or vulnerability", 2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDatabase(cmd.Context(), func(ctx context.Context, pool *pgxpool.Pool) error {
				explained, err := matching.NewExplainer(pool, intel.NewStore(pool, nil)).Explain(ctx, args[0], args[1])
				if err != nil {
					return err
				}
				evidence, identity := explained.Evidence, explained.Identity
				w := cmd.OutOrStdout()
				if format == "json" {
					encoder := json.NewEncoder(w)
					encoder.SetIndent("", " ")
					encoder.SetEscapeHTML(false)
					return encoder.Encode(map[string]any{"package": identity.Package, "version": identity.Version, "not_covered": identity.NotCovered, "evidence": evidence})
				}
				fmt.Fprintf(w, "%s is looked up as %s %s", clean(args[0]), identity.Package.Ecosystem, clean(identity.Package.Name))
				if identity.Package.Release != "" {
					fmt.Fprintf(w, " in release %s", identity.Package.Release)
				}
				fmt.Fprintf(w, " at version %q.\n", identity.Version)
				if identity.NotCovered != "" {
					fmt.Fprintf(w, "It is not covered. %s\n", ident.NotCoveredWords(identity.NotCovered))
				}
				if len(evidence) == 0 {
					fmt.Fprintf(w, "No entry of %s names this package.\n", args[1])
				}
				for _, e := range evidence {
					fmt.Fprintf(w, "\n%s, %s %s (%s)\n  %s\n", clean(e.Advisory), clean(e.Ecosystem), clean(e.Package), e.Rule, clean(e.Words))
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}
