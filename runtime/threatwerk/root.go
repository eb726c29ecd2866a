package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// The exit codes.
const (
	exitDone  = 0
	exitFound = 1
	exitError = 2
)

// run executes a command line and gives the exit code. Answers go to out, what happens meanwhile and errors to stderr.
func run(ctx context.Context, args []string, in io.Reader, out, stderr io.Writer) int {
	root := rootCommand()
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errGate):
		fmt.Fprintln(stderr, "threatwerk:", err)
		return exitFound
	case errors.Is(err, errLogged):
		return exitError
	}
	complain(stderr, err)
	return exitError
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "threatwerk",
		Short: "Which known vulnerabilities reach what you ship, why, and the smallest upgrade that ends it",
		Long: `Which known vulnerabilities reach what you ship, why, and the smallest upgrade that ends it.

Commands that work on the database take DATABASE_URL and the other settings from the environment.
Exit status: 0 done; 1 push found what --fail-on names; 2 the command is wrong or could not be carried out.`,
		SilenceErrors: true, SilenceUsage: true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(usage)
	root.AddCommand(serveCommand(), migrateCommand(), importCommand(), bundleCommand(), scanCommand(), pushCommand(), explainCommand(), rematchCommand(),
		accessCommand(), licenseCommand(), mailCommand(), resealCommand(), pollCommand(), doctorCommand(), healthCommand(), versionCommand(), openapiCommand())
	return root
}

// usage is what a wrong command line is answered with.
func usage(cmd *cobra.Command, err error) error {
	return fmt.Errorf("%w\nSee: %s --help", err, cmd.CommandPath())
}

// takes refuses a command line with too few or too many arguments, in words. high below 0 is no bound.
func takes(words string, low, high int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < low || high >= 0 && len(args) > high {
			return usage(cmd, fmt.Errorf("%s takes %s", cmd.Name(), words))
		}
		return nil
	}
}

// maxFaultsShown bounds what a terminal is filled with.
const maxFaultsShown = 20

// complain writes an error for a person: what happened, then each fault with its place, then the cause.
func complain(w io.Writer, err error) {
	var p *problem.Error
	var state *pgconn.PgError
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "threatwerk: stopped")
	case errors.As(err, &state) && state.Code == "42P01": // undefined_table
		fmt.Fprintln(w, "threatwerk: the database has no schema yet, or an older one: run threatwerk migrate")
	case isJoined(err):
		for _, one := range joined(err) {
			complain(w, one)
		}
	case errors.As(err, &p):
		fmt.Fprintf(w, "threatwerk: %s%s\n", before(err, p), clean(told(p)))
		for i, f := range p.Faults {
			if i == maxFaultsShown {
				fmt.Fprintf(w, "  and %d more\n", len(p.Faults)-i)
				break
			}
			fmt.Fprintf(w, "  %s: %s\n", clean(f.Path), clean(f.Message))
		}
		if p.Cause != nil {
			fmt.Fprintln(w, "  cause:", clean(p.Cause.Error()))
		}
	default:
		fmt.Fprintln(w, "threatwerk:", cleanLines(err.Error()))
	}
}

// isJoined: several faults were found together, each with words of its own.
func isJoined(err error) bool {
	return len(joined(err)) > 1 && !isProblem(err) && allProblems(joined(err))
}

func joined(err error) []error {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		return several.Unwrap()
	}
	return nil
}

func allProblems(errs []error) bool {
	return !slices.ContainsFunc(errs, func(err error) bool { return !isProblem(err) })
}

// told is a problem's message with its remedy.
func told(p *problem.Error) string {
	if p.Remedy == "" {
		return p.Message
	}
	return p.Message + " (" + p.Remedy + ")"
}

// before is what was wrapped around a problem, such as the file that it is about.
func before(err error, p *problem.Error) string {
	whole, inner := err.Error(), p.Error()
	if len(whole) > len(inner) && whole[len(whole)-len(inner):] == inner {
		return clean(whole[:len(whole)-len(inner)])
	}
	return ""
}
