// Command big lays a portfolio of the size that ThreatWerk must stay quick with, and asks a server for every list on it.
//
//	seed     fills an empty, migrated database: 2,000 releases, a million occurrences, half a million findings; always the same
//	measure  starts the built server on it and prints how long first and further pages of every list, sort and filter take
//
// Both need DATABASE_URL: `make seed-big` and `make bench-big` give them one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

func main() {
	binary := flag.String("binary", "bin/threatwerk", "the built server")
	base := flag.String("base", "", "measure a server that runs already, at this address")
	rounds := flag.Int("rounds", 20, "how often each operation is asked")
	only := flag.String("only", "", "measure operations whose name contains this")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: big [flags] seed|measure")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	var err error
	switch flag.Arg(0) {
	case "seed":
		err = withDatabase(ctx, func(conn *pgx.Conn) error { return seed(ctx, conn) })
	case "measure":
		err = measure(ctx, question{binary: *binary, base: *base, rounds: *rounds, only: *only})
	default:
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "big:", err)
		os.Exit(1)
	}
}

func withDatabase(ctx context.Context, do func(*pgx.Conn) error) error {
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		return errors.New("DATABASE_URL is not set: run `make seed-big` or `make bench-big`")
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return do(conn)
}
