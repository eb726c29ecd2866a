package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/runtime/doctor"
)

func doctorCommand() *cobra.Command {
	o := doctor.Options{}
	var format string
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look at settings, secrets, database, mail, licence and network, and say what to do about faults", Args: takes("no arguments", 0, 0),
		Long: `doctor looks at the settings in the environment, the secret, the database (version, encryption, connections, schema, clock), the
way out for mail, the licence and the ways to the feeds. It changes nothing and sends nothing. Exit status: 0 when it works, even if
something is worth knowing; 2 when something is wrong.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return usage(cmd, fmt.Errorf("--format %q: use text or json", format))
			}
			o.Environ = os.Environ()
			findings := doctor.Look(cmd.Context(), o)
			worst := doctor.Worst(findings)
			if format == "json" {
				out := json.NewEncoder(cmd.OutOrStdout())
				out.SetIndent("", "  ")
				if err := out.Encode(map[string]any{"worst": worst, "findings": findings}); err != nil {
					return err
				}
			} else {
				for _, f := range findings {
					fmt.Fprintln(cmd.OutOrStdout(), cleanLines(f.String()))
				}
			}
			if worst == doctor.Wrong {
				return errors.New("something is wrong: see above")
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&o.Tasks, "tasks", 4, "backend tasks at once, those of a deployment under way included")
	cmd.Flags().BoolVar(&o.Offline, "offline", false, "leave the feeds' sites alone")
	cmd.Flags().StringVar(&format, "format", "text", "text, or json for programs")
	return cmd
}
