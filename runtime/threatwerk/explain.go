package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/matching"
)

func explainCommand() *cobra.Command {
	var format, cpe string
	cmd := &cobra.Command{
		Use:   "explain PURL|CPE ID",
		Short: "Say why an advisory or a vulnerability reaches a component, or why it does not",
		Example: `  threatwerk explain pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1 CVE-2021-44228
  threatwerk explain pkg:npm/lodash@4.17.21 GHSA-35jh-r3h4-6jhm
  threatwerk explain cpe:2.3:a:openssl:openssl:3.0.1:*:*:*:*:*:*:* CVE-2022-0778
  threatwerk explain pkg:npm/tar@6.1.0 CVE-2021-32803 --cpe cpe:2.3:a:npmjs:tar:6.1.0:*:*:*:*:*:*:*`,
		Args: takes("a package URL or a CPE, and the id of an advisory or vulnerability", 2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usage(cmd, fmt.Errorf("--format %q: use text or json", format))
			}
			asked := matching.Asked{PURL: args[0], CPE: cpe}
			if strings.HasPrefix(strings.ToLower(args[0]), "cpe:") {
				if cpe != "" {
					return usage(cmd, errors.New("two CPEs are given: explain one at a time"))
				}
				asked = matching.Asked{CPE: args[0]}
			}
			return withDatabase(cmd.Context(), func(ctx context.Context, pool *pgxpool.Pool) error {
				explained, err := matching.NewExplainer(pool, intel.NewStore(pool, nil)).Explain(ctx, asked, args[1])
				if err != nil {
					return err
				}
				if format == "json" {
					encoder := json.NewEncoder(cmd.OutOrStdout())
					encoder.SetIndent("", " ")
					encoder.SetEscapeHTML(false)
					return encoder.Encode(map[string]any{
						"package": explained.Identity.Package, "version": explained.Identity.Version, "products": explained.Products,
						"not_covered": explained.Identity.NotCovered, "evidence": explained.Evidence,
					})
				}
				writeExplanation(cmd.OutOrStdout(), args[0], args[1], explained)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().StringVar(&cpe, "cpe", "", "a CPE that the component bears beside its package URL")
	return cmd
}

func writeExplanation(w io.Writer, component, id string, explained matching.Explanation) {
	identity := explained.Identity
	if p := identity.Package; p.Ecosystem != "" {
		fmt.Fprintf(w, "%s is looked up as %s %s", clean(component), p.Ecosystem, clean(p.Name))
		if p.Release != "" {
			fmt.Fprintf(w, " in release %s", clean(p.Release))
		}
		fmt.Fprintf(w, " at version %q.\n", identity.Version)
	}
	if len(explained.Products) > 0 {
		fmt.Fprintf(w, "By CPE it is looked up as %s.\n", clean(strings.Join(explained.Products, ", ")))
	}
	if identity.NotCovered != "" {
		fmt.Fprintf(w, "It is not covered. %s\n", ident.NotCoveredWords(identity.NotCovered))
	}
	if len(explained.Evidence) == 0 {
		fmt.Fprintf(w, "No entry of %s names this component.\n", clean(id))
	}
	for _, e := range explained.Evidence {
		fmt.Fprintf(w, "\n%s, %s %s (%s)\n  %s\n", clean(e.Advisory), clean(e.Ecosystem), clean(e.Package), e.Rule, clean(e.Words))
	}
}
