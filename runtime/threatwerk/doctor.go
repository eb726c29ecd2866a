package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/runtime/doctor"
)

func doctorCommand() *cobra.Command {
	var tasks int
	var offline bool
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look at settings, database and network, and say what to do about faults", Args: takes("no arguments", 0, 0),
		Long: `doctor looks at the settings in the environment, the database (version, encryption, connections, schema, clock) and the ways
to the feeds. It changes nothing. Exit status: 0 when it works, even if something is worth knowing; 2 when something is wrong.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o := doctor.Options{Environ: os.Environ(), Tasks: tasks, Sites: doctor.Sites}
			if offline {
				o.Sites = nil
			}
			findings := doctor.Look(cmd.Context(), o)
			for _, f := range findings {
				fmt.Fprintln(cmd.OutOrStdout(), cleanLines(f.String()))
			}
			if doctor.Worst(findings) == doctor.Wrong {
				return errors.New("something is wrong: see above")
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&tasks, "tasks", 4, "backend tasks at once, those of a deployment under way included")
	cmd.Flags().BoolVar(&offline, "offline", false, "leave the feeds' sites alone")
	return cmd
}
