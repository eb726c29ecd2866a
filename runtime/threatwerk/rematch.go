package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/internal/matching"
	"github.com/threatwerk/threatwerk/runtime/app"
)

func rematchCommand() *cobra.Command {
	var (
		apply  bool
		format string
	)
	cmd := &cobra.Command{
		Use:   "rematch",
		Short: "Judge anew what an older version of the matcher judged; without --apply only say what would change",
		Example: `  threatwerk rematch
  threatwerk rematch --apply`,
		Args: takes("no arguments", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return usage(cmd, fmt.Errorf("--format %q: use text or json", format))
			}
			return withStores(cmd.Context(), func(ctx context.Context, stores *app.Stores) error {
				matcher := matching.NewMatcher(stores.Pool, stores.Inventory, stores.Intel, stores.Findings)
				report, err := matcher.Rematch(ctx, apply, rematchProgress(cmd.ErrOrStderr()))
				if err != nil {
					return err
				}
				if format == "json" {
					encoder := json.NewEncoder(cmd.OutOrStdout())
					encoder.SetIndent("", " ")
					encoder.SetEscapeHTML(false)
					return encoder.Encode(rematchJSON(report, apply))
				}
				writeRematch(cmd.OutOrStdout(), report, apply)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&apply, "apply", false, "change matches and findings")
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func rematchProgress(w io.Writer) func(matching.Rematch) {
	if !isTerminal(w) {
		return nil
	}
	return func(r matching.Rematch) { fmt.Fprintf(w, "\r%d components", r.Components) }
}

func writeRematch(w io.Writer, r matching.Rematch, applied bool) {
	for _, d := range r.Differences {
		name := d.PURL
		if name == "" {
			name = d.Name + " " + d.Version
		}
		after := d.After
		if d.Reason != "" {
			after += " (" + d.Reason + ")"
		}
		fmt.Fprintf(w, "%s %s: %s before, %s now\n", clean(name), clean(d.Advisory), d.Before, clean(after))
		if d.Words != "" {
			fmt.Fprintf(w, "  %s\n", clean(d.Words))
		}
	}
	if more := r.Added + r.Removed + r.Confirmed + r.Doubted - len(r.Differences); more > 0 {
		fmt.Fprintf(w, "and %d more\n", more)
	}
	for _, d := range r.Releases {
		fmt.Fprintf(w, "%s %s: %d findings opened, %d reopened, %d changed, %d resolved\n", clean(d.Product), clean(d.Version),
			d.Findings.Opened, d.Findings.Reopened, d.Findings.Updated, d.Findings.Resolved)
	}
	if r.Components == 0 {
		fmt.Fprintf(w, "Everything was judged by this version of the matcher (%d).\n", matching.Version)
		return
	}
	fmt.Fprintf(w, "%d components judged anew: %d matches added, %d removed, %d confirmed that were possible, %d possible that were confirmed.\n",
		r.Components, r.Added, r.Removed, r.Confirmed, r.Doubted)
	fmt.Fprintf(w, "Findings: %d opened, %d reopened, %d changed, %d resolved.\n",
		r.Findings.Opened, r.Findings.Reopened, r.Findings.Updated, r.Findings.Resolved)
	if !applied {
		fmt.Fprintln(w, "Nothing was written. To apply: threatwerk rematch --apply")
	}
}

func rematchJSON(r matching.Rematch, applied bool) map[string]any {
	differences := make([]map[string]any, len(r.Differences))
	for i, d := range r.Differences {
		differences[i] = map[string]any{
			"purl": d.PURL, "name": d.Name, "version": d.Version, "advisory": d.Advisory,
			"before": d.Before, "after": d.After, "reason": d.Reason, "words": d.Words,
		}
	}
	releases := make([]map[string]any, len(r.Releases))
	for i, d := range r.Releases {
		releases[i] = map[string]any{
			"release_id": d.ReleaseID, "product": d.Product, "version": d.Version,
			"opened": d.Findings.Opened, "reopened": d.Findings.Reopened, "changed": d.Findings.Updated, "resolved": d.Findings.Resolved,
		}
	}
	return map[string]any{
		"matcher_version": matching.Version, "applied": applied, "components": r.Components,
		"matches": map[string]int{"added": r.Added, "removed": r.Removed, "confirmed": r.Confirmed, "doubted": r.Doubted},
		"findings": map[string]int{
			"opened": r.Findings.Opened, "reopened": r.Findings.Reopened, "changed": r.Findings.Updated, "resolved": r.Findings.Resolved,
		},
		"releases": releases, "differences": differences,
	}
}
