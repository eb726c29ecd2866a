package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/localdev/demo"
)

const (
	defaultListen = ":8080"
	readyTimeout  = 2 * time.Minute
	demoTimeout   = 2 * time.Minute
)

// runProduct builds what is missing, starts the server, loads the samples into an empty database and stays until it is
// told to end.
func runProduct(ctx context.Context, root string, env []string, databaseURL string) error {
	if err := buildFrontend(ctx, root); err != nil {
		return err
	}
	binary, err := buildServer(ctx, root)
	if err != nil {
		return err
	}
	listen, address, err := freeAddress(os.Getenv("LISTEN_ADDR"))
	if err != nil {
		return err
	}
	env = append(env, "LISTEN_ADDR="+listen, "APP_URL="+address,
		"MIGRATIONS_DIR="+filepath.Join(root, "migrations"), "FRONTEND_DIR="+filepath.Join(root, "frontend", "dist"))
	server, err := startChild(append(env, "LOG_LEVEL="+logLevel()), root, binary, "serve")
	if err != nil {
		return err
	}
	working, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		code, err := server.wait(ctx)
		if err == nil && code != 0 && ctx.Err() == nil {
			err = fmt.Errorf("the server ended with code %d", code)
		}
		ended <- err
		cancel()
	}()
	if err := welcome(working, root, env, binary, address, databaseURL); err != nil && working.Err() == nil {
		// The product serves without its samples, too: say what is wrong and stay.
		fmt.Fprintln(os.Stderr, "run: samples not loaded:", err)
	}
	return <-ended
}

// welcome waits for the server, loads the samples on the first start and says where to look.
func welcome(ctx context.Context, root string, env []string, binary, address, databaseURL string) error {
	if err := awaitHealth(ctx, address); err != nil {
		return err
	}
	defer fmt.Printf("\n  Open %s   (Ctrl-C ends it)\n\n", address)
	ctx, cancel := context.WithTimeout(ctx, demoTimeout)
	defer cancel()
	options := demo.Options{BaseURL: address, Dir: filepath.Join(root, "localdev", "demo"), Out: os.Stdout}
	empty, err := holdsNothing(ctx, databaseURL)
	if err != nil {
		return err
	}
	if empty {
		fmt.Println("Loading the samples ...")
		load := exec.CommandContext(ctx, binary, demo.IntelArgs(options.Dir)...)
		load.Env = env
		if out, err := load.CombinedOutput(); err != nil {
			return fmt.Errorf("import the sample intel: %w: %s", err, strings.TrimSpace(string(out)))
		}
		if _, err := demo.Load(ctx, options); err != nil {
			return err
		}
	}
	fmt.Println("\nThe worst open findings:")
	return demo.PrintWorst(ctx, options)
}

func holdsNothing(ctx context.Context, databaseURL string) (bool, error) {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return false, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var empty bool
	err = conn.QueryRow(ctx, "select not exists (select from products) and not exists (select from advisories)").Scan(&empty)
	return empty, err
}

func awaitHealth(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/health", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return errors.New("the server does not answer at " + address)
		case <-tick.C:
		}
	}
}

// freeAddress is what the server listens on and its URL: the wanted one, or another port when the default is taken.
func freeAddress(wanted string) (listen, address string, err error) {
	listen = wanted
	if listen == "" {
		listen = defaultListen
	}
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", "", fmt.Errorf("LISTEN_ADDR %q is not host:port", listen)
	}
	probe, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil && wanted == "" {
		fmt.Fprintf(os.Stderr, "run: port %s is taken, using another\n", port)
		probe, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return "", "", fmt.Errorf("listen on %s: %w", listen, err)
	}
	listen = probe.Addr().String()
	return listen, "http://" + listen, probe.Close()
}

// logLevel is quieter than the server's own default: a person reads this terminal.
func logLevel() string {
	if level := os.Getenv("LOG_LEVEL"); level != "" {
		return level
	}
	return "warn"
}
