// Command feeds measures the first load of all feeds from the simulators: time, memory, records a second; a second poll
// that must write nothing; and a load that is killed again and again, whose end state must equal an undisturbed one's.
//
//	go run ./localdev/run --fresh -- go run ./localdev/bench/feeds -data DIR [-nvd 420000] [-kills 10] [-cpu 0.5 -memory 1024]
//
// The limits on processor and memory need cgroups (version 1) that this user may write; without them it says so and goes on.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/localdev/feeds/simulator"
)

type bench struct {
	binary, base string
	feeds        []string
	cpu          float64
	memory       int
	group        []string // the cgroups' task files; none: no limits
	first        time.Duration
}

func main() {
	var b bench
	data := flag.String("data", "../shared/data", "folder of records")
	nvd := flag.Int("nvd", 420_000, "made-up records of NVD")
	kills := flag.Int("kills", 10, "how often the second load is killed")
	flag.Float64Var(&b.cpu, "cpu", 0.5, "processors that the polling process may use; 0: no limit")
	flag.IntVar(&b.memory, "memory", 1024, "MiB that it may use; 0: no limit")
	flag.StringVar(&b.binary, "binary", "bin/threatwerk", "the built product")
	only := flag.String("feeds", "nvd,osv,kev,epss", "feeds to load")
	flag.Parse()
	b.feeds = strings.Split(*only, ",")
	if err := b.run(context.Background(), *data, *nvd, *kills); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context, data string, nvd, kills int) error {
	feeds, err := simulator.New(simulator.Config{Data: data, Now: time.Now, NVD: nvd})
	if err == nil {
		err = feeds.Open()
	}
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: feeds, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	b.base = "http://" + listener.Addr().String()
	b.limit()

	calm := os.Getenv("DATABASE_URL")
	if calm == "" {
		return errors.New("DATABASE_URL is not set: run this through localdev/run")
	}
	fmt.Println("| load | wall | peak memory | processor | records |\n|---|---|---|---|---|")
	for _, what := range []string{"first", "again, unchanged"} {
		if err := b.measure(ctx, what, calm); err != nil {
			return err
		}
	}
	want, err := contents(ctx, calm)
	if err != nil || kills == 0 {
		return err
	}
	return b.killed(ctx, calm, kills, want)
}

// limit makes the cgroups, or says that there are none.
func (b *bench) limit() {
	set := func(kind, file, value string) {
		dir := filepath.Join("/sys/fs/cgroup", kind, "threatwerk-bench")
		if err := os.MkdirAll(dir, 0o755); err == nil {
			err = os.WriteFile(filepath.Join(dir, file), []byte(value), 0o644)
			if err == nil {
				b.group = append(b.group, filepath.Join(dir, "tasks"))
				return
			}
		}
		fmt.Fprintf(os.Stderr, "bench: no limit on %s: cgroups of version 1 are not to be had here\n", kind)
	}
	if b.cpu > 0 {
		set("cpu", "cpu.cfs_quota_us", strconv.Itoa(int(b.cpu*100_000)))
	}
	if b.memory > 0 {
		set("memory", "memory.limit_in_bytes", strconv.Itoa(b.memory<<20))
	}
}

func (b *bench) command(database string, args ...string) *exec.Cmd {
	line := ""
	for _, tasks := range b.group {
		line += "echo $$ > " + tasks + "; "
	}
	cmd := exec.Command("sh", "-c", line+`exec "$0" "$@"`, b.binary)
	cmd.Args = append(cmd.Args, args...)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+database, "INTEL_BASE_URL="+b.base, "LOG_LEVEL=error", "MIGRATIONS_DIR=migrations")
	return cmd
}

func (b *bench) poll(database string) *exec.Cmd {
	args := []string{"poll", "--once"}
	for _, f := range b.feeds {
		args = append(args, "--feed", f)
	}
	return b.command(database, args...)
}

func (b *bench) measure(ctx context.Context, what, database string) error {
	if out, err := b.command(database, "migrate").CombinedOutput(); err != nil {
		return fmt.Errorf("migrate: %w\n%s", err, out)
	}
	cmd := b.poll(database)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s load: %w\n%s", what, err, out)
	}
	wall := time.Since(began)
	b.first = max(b.first, wall)
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	counts, err := lastRuns(ctx, database, b.feeds)
	if err != nil {
		return err
	}
	fmt.Printf("| %s | %.0f s | %d MiB | %.0f s | %s |\n", what, wall.Seconds(), usage.Maxrss>>10,
		(cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), counts)
	return nil
}

func lastRuns(ctx context.Context, database string, feeds []string) (string, error) {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	var text string
	err = conn.QueryRow(ctx, `
		select string_agg(format('%s: %s seen, %s new, %s changed, %s refused, %s/s', feed, seen, added, changed, refused,
			round(seen / greatest(extract(epoch from finished_at - started_at), 0.001))), '; ' order by feed)
		from (select distinct on (feed) * from feed_runs where feed = any($1) order by feed, id desc) as r`, feeds).Scan(&text)
	return text, err
}

// killed loads another database, with a kill at random moments of the time that an undisturbed load would need.
func (b *bench) killed(ctx context.Context, calm string, kills int, want map[string]string) error {
	database, err := another(ctx, calm)
	if err != nil {
		return err
	}
	if out, err := b.command(database, "migrate").CombinedOutput(); err != nil {
		return fmt.Errorf("migrate: %w\n%s", err, out)
	}
	for i := range kills {
		cmd := b.poll(database)
		if err := cmd.Start(); err != nil {
			return err
		}
		life := time.Second + rand.N(2*b.first/time.Duration(kills+1))
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err := <-ended:
			if err != nil {
				return fmt.Errorf("a load that nobody killed: %w", err)
			}
			fmt.Printf("load %d ended before its kill\n", i+1)
		case <-time.After(life):
			if err := cmd.Process.Kill(); err != nil {
				return err
			}
			<-ended
			n, err := held(ctx, database)
			if err != nil {
				return err
			}
			fmt.Printf("killed %d of %d after %s, %d records held\n", i+1, kills, life, n)
		}
	}
	if out, err := b.poll(database).CombinedOutput(); err != nil {
		return fmt.Errorf("the load after the kills: %w\n%s", err, out)
	}
	got, err := contents(ctx, database)
	if err != nil {
		return err
	}
	for table, digest := range want {
		if got[table] != digest {
			return fmt.Errorf("%s differs from the undisturbed load's: %s and %s", table, got[table], digest)
		}
	}
	fmt.Printf("after %d kills %d tables equal the undisturbed load's, row for row\n", kills, len(want))
	return nil
}

func held(ctx context.Context, database string) (n int64, err error) {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, `select count(*) from advisories`).Scan(&n)
	return n, err
}

// another makes a second, empty database on the same server.
func another(ctx context.Context, database string) (string, error) {
	u, err := url.Parse(database)
	if err != nil {
		return "", errors.New("DATABASE_URL is no address")
	}
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `create database threatwerk_killed`); err != nil {
		return "", err
	}
	u.Path = "/threatwerk_killed"
	return u.String(), nil
}

// contents are digests of what the feeds brought, without row ids and times of writing.
func contents(ctx context.Context, database string) (map[string]string, error) {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	out := map[string]string{}
	for table, query := range map[string]string{
		"advisories":        `select (to_jsonb(x) - 'id' - 'first_seen' - 'changed_at')::text from advisories x`,
		"aliases":           `select a.feed || a.advisory_id || l.alias from advisory_aliases l join advisories a on a.id = l.advisory_id`,
		"affected packages": `select a.feed || a.advisory_id || (to_jsonb(p) - 'id' - 'advisory_id')::text from affected_packages p join advisories a on a.id = p.advisory_id`,
		"configurations":    `select a.feed || a.advisory_id || c.ordinal || c.configuration from affected_cpes c join advisories a on a.id = c.advisory_id`,
		"vulnerabilities":   `select (to_jsonb(v) - 'id')::text from vulnerabilities v`,
		"links":             `select a.feed || a.advisory_id || v.name from advisory_vulnerabilities l join advisories a on a.id = l.advisory_id join vulnerabilities v on v.id = l.vulnerability_id`,
		"kev":               `select k::text from kev k`,
		"epss":              `select e::text from epss e`,
		"ssvc":              `select s::text from ssvc s`,
	} {
		var digest string
		// A sum of hashes does not depend on the order of rows, and needs no sort.
		err := conn.QueryRow(ctx, `select count(*) || ' rows, ' || coalesce(sum(hashtextextended(line, 0)::numeric), 0) from (`+query+`) as t (line)`).Scan(&digest)
		if err != nil {
			return nil, fmt.Errorf("digest %s: %w", table, err)
		}
		out[table] = digest
	}
	return out, nil
}
