// Command run gives local work a PostgreSQL 16 of its own. Without a command it starts the whole product; with one
// (`go run ./localdev/run -- CMD ...`) it runs the command with DATABASE_URL set and passes its exit code on. The
// database ends afterwards, whatever happens, unless another such process still uses it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/threatwerk/threatwerk/localdev/embeddedpg"
	"github.com/threatwerk/threatwerk/localdev/process"
	"github.com/threatwerk/threatwerk/localdev/product"
)

const usage = `Usage:
  go run ./localdev/run                     start the product and its database, with sample data on the first start
  go run ./localdev/run [flags] -- CMD      run a command with DATABASE_URL (and TEST_DATABASE_URL) set

The database keeps its data in .local/postgres between runs, so that commands compose.

Flags:
`

// databaseName is the database that DATABASE_URL names.
const databaseName = "threatwerk"

func main() {
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	fresh := flag.Bool("fresh", false, "use an empty database and throw it away afterwards")
	fast := flag.Bool("fast", false, "with --fresh: do not wait for the disk, as tests need not")
	flag.Parse()
	ctx, stop := process.UntilEnded()
	defer stop()
	code, err := run(ctx, *fresh, *fresh && *fast, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
	}
	if code != 0 {
		os.Exit(code)
	}
}

// run returns the exit code: the command's own, or 1 beside an error.
func run(ctx context.Context, fresh, fast bool, command []string) (code int, err error) {
	root, err := repositoryRoot()
	if err != nil {
		return 1, err
	}
	options := embeddedpg.Options{
		Root: filepath.Join(root, ".local", "postgres"), Name: "dev",
		Notice: func(line string) { fmt.Fprintln(os.Stderr, "run:", line) },
	}
	if fresh {
		options.Name, options.Throwaway, options.Unsafe = embeddedpg.Throwaway(), true, fast
	}
	server, err := embeddedpg.Start(ctx, options)
	if err != nil {
		return 1, err
	}
	defer func() {
		if e := server.Stop(); e != nil && err == nil {
			code, err = max(code, 1), e
		}
	}()
	if err := server.EnsureDatabase(ctx, databaseName); err != nil {
		return 1, err
	}
	env, err := product.LocalEnv(root, os.Environ())
	if err != nil {
		return 1, err
	}
	if len(command) > 0 {
		return runCommand(ctx, environment(root, env, server), command)
	}
	err = runProduct(ctx, product.Options{
		Root: root, Env: env, DatabaseURL: server.URL(databaseName), Out: os.Stdout,
		Listen: os.Getenv("LISTEN_ADDR"), LogLevel: os.Getenv("LOG_LEVEL"),
	})
	if err != nil {
		return 1, err
	}
	return 0, nil
}

// environment is what a command gets: the database, and the checkout's migrations and frontend where an image has its own.
func environment(root string, env []string, server *embeddedpg.Server) []string {
	env = append(env, "DATABASE_URL="+server.URL(databaseName), "TEST_DATABASE_URL="+server.URL("postgres"))
	for name, dir := range map[string]string{
		"MIGRATIONS_DIR": filepath.Join(root, "migrations"), "FRONTEND_DIR": filepath.Join(root, "frontend", "dist"),
	} {
		if _, err := os.Stat(dir); err == nil && os.Getenv(name) == "" {
			env = append(env, name+"="+dir)
		}
	}
	return env
}

func runCommand(ctx context.Context, env, command []string) (int, error) {
	child, err := process.Start(env, "", command...)
	if err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return 127, err
		}
		return 126, err
	}
	return child.Wait(ctx)
}

// runProduct stays until it is told to end.
func runProduct(ctx context.Context, o product.Options) error {
	p, err := product.Start(ctx, o)
	if err != nil {
		return err
	}
	if err := welcome(ctx, p); err != nil && ctx.Err() == nil {
		// The product serves without its samples, too: say what is wrong and stay.
		fmt.Fprintln(os.Stderr, "run: samples not loaded:", err)
	}
	link, err := p.SignInLink(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("\n  Open %s   (Ctrl-C ends it)\n  It signs you in as the admin, once and within 15 minutes; set a password or a passkey in your profile.\n\n", link)
	return p.Wait()
}

// welcome loads the samples on the first start and shows what is worst.
func welcome(ctx context.Context, p *product.Product) error {
	if _, err := p.LoadSamples(ctx); err != nil {
		return err
	}
	fmt.Println("\nThe worst open findings:")
	return p.PrintWorst(ctx)
}

// repositoryRoot is the nearest folder upwards that holds go.mod.
func repositoryRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod here or above: run it inside the repository")
		}
		dir = parent
	}
}
