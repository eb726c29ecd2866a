// Package product builds and runs the whole product from the checkout: for `make run`, and for the browser tests.
package product

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/localdev/demo"
	"github.com/threatwerk/threatwerk/localdev/process"
)

// Options says where and for whom it runs.
type Options struct {
	Root        string   // the repository
	Env         []string // the environment of its processes
	DatabaseURL string
	// Listen is LISTEN_ADDR; empty: port 8080, or any other when that is taken.
	Listen string
	// LogLevel is the server's; empty: warnings, since a person reads the terminal.
	LogLevel string
	Out      io.Writer
}

// Product is a running server.
type Product struct {
	// Address is where it answers: "http://127.0.0.1:8080".
	Address string

	options Options
	binary  string
	token   string
	server  *process.Child
	ended   chan struct{}
	err     error
}

const (
	defaultListen = ":8080"
	readyTimeout  = 2 * time.Minute
	demoTimeout   = 2 * time.Minute
)

// Start builds what is missing, starts the server and returns when it answers. The server ends with ctx.
func Start(ctx context.Context, o Options) (*Product, error) {
	if err := BuildFrontend(ctx, o.Root); err != nil {
		return nil, err
	}
	binary, err := BuildServer(ctx, o.Root)
	if err != nil {
		return nil, err
	}
	listen, address, err := freeAddress(o)
	if err != nil {
		return nil, err
	}
	if o.LogLevel == "" {
		o.LogLevel = "warn"
	}
	// Keys of this checkout, so that a restart signs nobody out.
	if o.Env, err = LocalEnv(o.Root, o.Env); err != nil {
		return nil, err
	}
	o.Env = append(o.Env[:len(o.Env):len(o.Env)],
		"DATABASE_URL="+o.DatabaseURL, "LISTEN_ADDR="+listen, "APP_URL="+address, "LOG_LEVEL="+o.LogLevel,
		"MIGRATIONS_DIR="+filepath.Join(o.Root, "migrations"), "FRONTEND_DIR="+filepath.Join(o.Root, "frontend", "dist"))
	feeds, err := simulateFeeds(ctx, o)
	if err != nil {
		return nil, err
	}
	o.Env = append(o.Env, feeds...)
	p := &Product{Address: address, options: o, binary: binary, ended: make(chan struct{})}
	if p.server, err = process.Start(o.Env, o.Root, binary, "serve"); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.ended)
		code, err := p.server.Wait(ctx)
		if err == nil && code != 0 && ctx.Err() == nil {
			err = fmt.Errorf("the server ended with code %d", code)
		}
		p.err = err
	}()
	if err := p.awaitHealth(ctx); err != nil {
		return p, err
	}
	p.token, err = p.access(ctx, "token", "--scope", "read,upload,write")
	return p, err
}

// adminMail is the account of whoever runs the product locally.
const adminMail = "admin@localhost"

// access lets the local admin in by the command that operators use.
func (p *Product) access(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, p.binary, append([]string{"access", args[0], "--mail", adminMail}, args[1:]...)...)
	cmd.Env, cmd.Stderr = p.options.Env, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("threatwerk access %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(out)), nil
}

// SignInLink is a link that signs the local admin in once.
func (p *Product) SignInLink(ctx context.Context) (string, error) { return p.access(ctx, "link") }

// Token is an API token of the local admin.
func (p *Product) Token() string { return p.token }

// Wait returns when the server has ended.
func (p *Product) Wait() error {
	<-p.ended
	return p.err
}

// LoadSamples puts the sample portfolio into a database without products, and the sample intel into one without
// advisories; it reports whether it loaded a portfolio.
func (p *Product) LoadSamples(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, demoTimeout)
	defer cancel()
	products, advisories, err := p.holds(ctx)
	if err != nil || products {
		return false, err
	}
	fmt.Fprintln(p.options.Out, "Loading the samples ...")
	samples := p.samples()
	if !advisories {
		load := exec.CommandContext(ctx, p.binary, demo.IntelArgs(samples.Dir)...)
		load.Env = p.options.Env
		if out, err := load.CombinedOutput(); err != nil {
			return false, fmt.Errorf("import the sample intel: %w: %s", err, strings.TrimSpace(string(out)))
		}
	}
	return demo.Load(ctx, samples)
}

// PrintWorst writes the five worst open findings.
func (p *Product) PrintWorst(ctx context.Context) error { return demo.PrintWorst(ctx, p.samples()) }

func (p *Product) samples() demo.Options {
	return demo.Options{BaseURL: p.Address, Token: p.token, Dir: filepath.Join(p.options.Root, "localdev", "demo"), Out: p.options.Out}
}

func (p *Product) holds(ctx context.Context) (products, advisories bool, err error) {
	conn, err := pgx.Connect(ctx, p.options.DatabaseURL)
	if err != nil {
		return false, false, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = conn.QueryRow(ctx, "select exists (select from products), exists (select from advisories)").Scan(&products, &advisories)
	return products, advisories, err
}

func (p *Product) awaitHealth(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !p.healthy(ctx) {
		select {
		case <-p.ended:
			return errors.Join(errors.New("the server did not come up"), p.err)
		case <-ctx.Done():
			return errors.New("the server does not answer at " + p.Address)
		case <-tick.C:
		}
	}
	return nil
}

func (p *Product) healthy(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Address+"/health", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// freeAddress is what the server listens on, and its URL.
func freeAddress(o Options) (listen, address string, err error) {
	listen = o.Listen
	if listen == "" {
		listen = defaultListen
	}
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", "", fmt.Errorf("LISTEN_ADDR %q is not host:port", listen)
	}
	probe, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil && o.Listen == "" {
		fmt.Fprintf(os.Stderr, "run: port %s is taken, using another\n", port)
		probe, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return "", "", fmt.Errorf("listen on %s: %w", listen, err)
	}
	listen = probe.Addr().String()
	// By name, since passkeys need one.
	_, port, err = net.SplitHostPort(listen)
	return listen, "http://localhost:" + port, errors.Join(err, probe.Close())
}
