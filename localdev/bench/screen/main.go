// Command screen measures how soon a new advisory is seen: from the moment a poll is asked for to the finding rows and to
// the hint that open pages listen to, for 1, 100 and 2,000 releases that it reaches; how soon an upload has its findings while
// a first load of NVD is under way; and that four servers poll each feed once.
//
//	go run ./localdev/run --fresh -- go run ./localdev/bench/screen
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/jobs"
	"github.com/threatwerk/threatwerk/internal/platform/live"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/localdev/feeds/simulator"
	"github.com/threatwerk/threatwerk/runtime/app"
)

type bench struct {
	binary, base, database string
	feeds                  *simulator.Server
	stores                 *app.Stores
	desk                   *app.Feeds
}

func main() {
	binary := flag.String("binary", "bin/threatwerk", "the built product")
	nvd := flag.Int("nvd", 420_000, "made-up records of NVD for the load beside uploads")
	flag.Parse()
	if err := run(context.Background(), *binary, *nvd); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, binary string, nvd int) error {
	b := &bench{binary: binary, database: os.Getenv("DATABASE_URL")}
	if b.database == "" {
		return errors.New("DATABASE_URL is not set: run this through localdev/run")
	}
	var err error
	if b.feeds, err = simulator.New(simulator.Config{Now: time.Now, NVD: nvd}); err != nil {
		return err
	}
	if err := b.feeds.Open(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: b.feeds, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	b.base = "http://" + listener.Addr().String()
	if err := b.advise("TW-0", "bench-none"); err != nil {
		return err
	}
	if out, err := b.command("migrate").CombinedOutput(); err != nil {
		return fmt.Errorf("migrate: %w\n%s", err, out)
	}
	settings, err := app.Settings(ctx, b.environment())
	if err != nil {
		return err
	}
	if b.stores, b.desk, err = app.OpenFeeds(ctx, settings, zap.NewNop(), "bench"); err != nil {
		return err
	}
	defer b.stores.Pool.Close()
	if err := b.fourServers(ctx); err != nil {
		return err
	}
	if err := b.seen(ctx); err != nil {
		return err
	}
	return b.besideALoad(ctx)
}

// environment is that of the servers and of this process: OSV's npm alone, from the simulator.
func (b *bench) environment(more ...string) []string {
	return append(append(os.Environ(), "INTEL_BASE_URL="+b.base, "INTEL_FEEDS=osv", "INTEL_OSV_ECOSYSTEMS=npm", "LOG_LEVEL=error",
		"LISTEN_ADDR=127.0.0.1:0", "MIGRATIONS_DIR=migrations", "LICENSE_MODE=jwt"), more...)
}

func (b *bench) command(args ...string) *exec.Cmd {
	cmd := exec.Command(b.binary, args...)
	cmd.Env = b.environment()
	return cmd
}

// serve starts a server; the result ends it.
func (b *bench) serve(more ...string) (func(), error) {
	cmd := exec.Command(b.binary, "serve")
	cmd.Env = b.environment(more...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}, nil
}

func (b *bench) advise(id, pkg string) error {
	return b.feeds.Put("osv", id, json.RawMessage(fmt.Sprintf(`{"schema_version":"1.7.5","id":%q,"modified":%q,"summary":"measured",
		"affected":[{"package":{"ecosystem":"npm","name":%q},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"2.0.0"}]}]}]}`,
		id, time.Now().UTC().Format(time.RFC3339), pkg)))
}

// await asks the database until the answer is n.
func (b *bench) await(ctx context.Context, n int, sql string, args ...any) error {
	for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); {
		var got int
		if err := b.stores.Pool.QueryRow(ctx, sql, args...).Scan(&got); err != nil {
			return err
		}
		if got >= n {
			return nil
		}
		<-time.After(20 * time.Millisecond)
	}
	return fmt.Errorf("never came to %d: %s", n, sql)
}

func (b *bench) fourServers(ctx context.Context) error {
	var stops []func()
	for range 4 {
		stop, err := b.serve("INTEL_FEEDS=osv,kev", "DB_MAX_OPEN_CONNS=8")
		if err != nil {
			return err
		}
		stops = append(stops, stop)
	}
	defer func() {
		for _, stop := range stops {
			stop()
		}
	}()
	if err := b.await(ctx, 2, `select count(*) from feed_runs where outcome in ('done', 'failed')`); err != nil {
		return err
	}
	// Two looks at what is due pass by before it is counted.
	<-time.After(130 * time.Second)
	var runs string
	err := b.stores.Pool.QueryRow(ctx, `select string_agg(feed || ' ' || n, ', ' order by feed) from (select feed, count(*) as n from feed_runs group by 1) as r`).Scan(&runs)
	if err != nil {
		return err
	}
	fmt.Printf("four servers, two minutes after they started at once: runs by feed: %s; requests for KEV: %d\n", runs, len(b.feeds.Requests("kev")))
	return nil
}

func (b *bench) upload(ctx context.Context, product, pkg string) error {
	text := fmt.Sprintf(`{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"type":"library","bom-ref":"a","name":%q,"version":"1.0.0","purl":"pkg:npm/%s@1.0.0"},
		{"type":"library","bom-ref":"b","name":"own-of-%s","version":"1.0.0","purl":"pkg:npm/own-of-%s@1.0.0"}]}`, pkg, pkg, product, product)
	_, err := b.stores.Inventory.Receive(ctx, strings.NewReader(text), sbom.Incoming{Product: product, Release: "1"})
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (b *bench) seen(ctx context.Context) error {
	stop, err := b.serve()
	if err != nil {
		return err
	}
	defer stop()
	sizes := []int{1, 100, 2000}
	total := 0
	for _, n := range sizes {
		for i := range n {
			if err := b.upload(ctx, fmt.Sprintf("p-%d-%d", n, i), fmt.Sprintf("bench-%d", n)); err != nil {
				return err
			}
		}
		total += n
	}
	if err := b.await(ctx, total, `select count(*) from sboms where status = 'matched'`); err != nil {
		return err
	}
	listen, err := pgx.Connect(ctx, b.database)
	if err != nil {
		return err
	}
	defer listen.Close(ctx)
	if _, err := listen.Exec(ctx, "listen "+live.Channel); err != nil {
		return err
	}
	fmt.Println("| releases reached | finding rows | hint |\n|---|---|---|")
	for _, n := range sizes {
		if err := b.advise(fmt.Sprintf("TW-%d", n), fmt.Sprintf("bench-%d", n)); err != nil {
			return err
		}
		began := time.Now()
		if _, err := b.desk.Desk.Poll(ctx, jobs.PollFeed{Feed: "osv"}); err != nil {
			return err
		}
		hinted := make(chan time.Duration, 1)
		go func() {
			for {
				note, err := listen.WaitForNotification(ctx)
				if err != nil {
					return
				}
				if strings.Contains(note.Payload, `"`+live.Findings+`"`) {
					hinted <- time.Since(began)
					return
				}
			}
		}()
		err := b.await(ctx, n, `select count(*) from findings f join vulnerabilities v on v.id = f.vulnerability_id where v.name = $1`, fmt.Sprintf("TW-%d", n))
		if err != nil {
			return err
		}
		rows := time.Since(began)
		fmt.Printf("| %d | %.2f s | %.2f s |\n", n, rows.Seconds(), (<-hinted).Seconds())
	}
	return nil
}

// besideALoad uploads while NVD is loaded for the first time.
func (b *bench) besideALoad(ctx context.Context) error {
	stop, err := b.serve("INTEL_FEEDS=nvd")
	if err != nil {
		return err
	}
	defer stop()
	if err := b.await(ctx, 5000, `select count(*) from advisories where feed = 'nvd'`); err != nil {
		return err
	}
	var took []time.Duration
	for i := range 20 {
		product := fmt.Sprintf("beside-%d", i)
		began := time.Now()
		if err := b.upload(ctx, product, "bench-1"); err != nil {
			return err
		}
		err := b.await(ctx, 1, `select count(*) from findings f join releases r on r.id = f.release_id join products p on p.id = r.product_id where p.name = $1`, product)
		if err != nil {
			return err
		}
		took = append(took, time.Since(began))
	}
	var running int
	if err := b.stores.Pool.QueryRow(ctx, `select count(*) from feed_runs where feed = 'nvd' and outcome = 'running'`).Scan(&running); err != nil {
		return err
	}
	slices.Sort(took)
	fmt.Printf("20 uploads during a first load of NVD (still at work at the end: %t): findings after %.2f s in the middle, %.2f s at most\n",
		running == 1, took[10].Seconds(), took[19].Seconds())
	return nil
}
