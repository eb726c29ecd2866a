package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/logging"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/runtime/app"
)

// errLogged stands for an error that is in the log already: the exit code is all that is left to say.
var errLogged = errors.New("failed; the log says why")

// logged runs a command that writes a log, as those do that run unattended, and puts its failure there: operators find
// the guide's words as a line's message, with remedy and cause beside it. On a terminal a person reads, and gets words.
func logged(cmd *cobra.Command, run func(ctx context.Context, c config.Config, log *zap.Logger) error) error {
	ctx := cmd.Context()
	settings, err := app.Settings(ctx, os.Environ())
	level := settings.LogLevel
	if err != nil {
		level = "info"
	}
	log, logErr := logging.New(level, version)
	if logErr != nil {
		return errors.Join(err, logErr)
	}
	defer func() { _ = log.Sync() }() // standard error cannot always be synced
	if err == nil {
		err = run(ctx, settings, log)
	}
	if err == nil || cmd.ErrOrStderr() != os.Stderr || isTerminal(os.Stderr) {
		return err
	}
	logFailure(log, err)
	return errLogged
}

// logFailure writes one line for each of the errors that were found together.
func logFailure(log *zap.Logger, err error) {
	var several interface{ Unwrap() []error }
	if errors.As(err, &several) && !isProblem(err) {
		for _, one := range several.Unwrap() {
			logFailure(log, one)
		}
		return
	}
	var p *problem.Error
	if !errors.As(err, &p) {
		log.Error("stopped by an error", zap.Error(err))
		return
	}
	fields := []zap.Field{zap.String("remedy", p.Remedy)}
	if p.Cause != nil {
		fields = append(fields, zap.NamedError("cause", p.Cause))
	}
	log.Error(p.Message, fields...)
}

// isProblem reports whether the next error down the chain with words for people comes before any that joins several.
func isProblem(err error) bool {
	for err != nil {
		if _, ok := err.(*problem.Error); ok {
			return true
		}
		if _, ok := err.(interface{ Unwrap() []error }); ok {
			return false
		}
		err = errors.Unwrap(err)
	}
	return false
}
