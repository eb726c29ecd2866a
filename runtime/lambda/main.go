// Command bootstrap is ThreatWerk as a Lambda function: the same routes as the container for events of API Gateway (v1 and v2),
// function URLs and application load balancers, and the scheduled poll of the feeds for scheduled events.
//
// It inserts jobs and works none, listens for nothing and brings no schema up to date unless LAMBDA_MIGRATE asks for it: a
// container of the same version does these. What an event may carry is bounded by AWS: 6 MB to and from a function, 1 MB each
// way behind a load balancer; larger documents go to the container.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/logging"
	"github.com/threatwerk/threatwerk/runtime/app"
)

// version is stamped in by the build: -ldflags "-X main.version=...".
var version = "dev"

func main() {
	settings, err := app.Settings(context.Background(), os.Environ())
	if err != nil {
		fmt.Fprintln(os.Stderr, "threatwerk:", err)
		os.Exit(2)
	}
	log, err := logging.New(settings.LogLevel, version)
	if err != nil {
		fmt.Fprintln(os.Stderr, "threatwerk:", err)
		os.Exit(2)
	}
	f := &function{open: opener(settings, log), log: log, poll: func(ctx context.Context) error { return poll(ctx, settings, log) }}
	lambda.Start(f.handle)
}

// poll asks every feed once.
func poll(ctx context.Context, c config.Config, log *zap.Logger) error {
	stores, feeds, err := app.OpenFeeds(ctx, c, log, version)
	if err != nil {
		return err
	}
	defer stores.Pool.Close()
	return feeds.Poll(ctx, app.PollOptions{Done: func(r intel.RunResult, err error) {
		if err == nil {
			log.Info("intel feed polled", zap.String("feed", r.Feed), zap.Int64("seen", r.Seen), zap.Int64("added", r.Added),
				zap.Int64("changed", r.Changed))
		}
	}})
}
