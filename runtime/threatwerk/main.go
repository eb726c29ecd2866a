// Command threatwerk is the whole product in one binary: the server, and what people and pipelines call.
//
// Exit codes: 0 done; 1 push found what --fail-on names; 2 the command is wrong or could not be carried out.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// version is stamped in by the build: -ldflags "-X main.version=...".
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
