// Command bootstrap is ThreatWerk as a Lambda function: the same routes as the container for events of API Gateway (v1 and v2),
// function URLs and application load balancers, and the scheduled poll of the feeds for scheduled events.
//
// It inserts jobs and works none, listens for nothing and brings no schema up to date unless LAMBDA_MIGRATE asks for it: a
// container of the same version does these. What an event may carry is bounded by AWS: 6 MB to and from a function, 1 MB each
// way behind a load balancer; larger documents go to the container.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/logging"
)

// version is stamped in by the build: -ldflags "-X main.version=...".
var version = "dev"

func main() {
	settings, err := config.Parse(os.Environ())
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

// errNoPoll is what a build without feeds answers a scheduled event with.
var errNoPoll = errors.New("polling is not part of this build")

// poll asks every feed once.
func poll(context.Context, config.Config, *zap.Logger) error { return errNoPoll }
