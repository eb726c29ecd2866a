// Command bench measures the built server as a whole: the rate of a full import, and upload to findings for documents
// of three sizes, first time and again, with the peak memory of each process. It needs DATABASE_URL (an empty database;
// `make bench` gives it one), bin/threatwerk and the shared advisories and documents.
//
// Absolute times depend on the machine, so each row also has its ratio to something measured in the same run; with
// -osv-scanner PATH (2.4.0) the same documents are scanned by a cold osv-scanner between them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"text/tabwriter"
	"time"
)

// documents stand for the sizes that portfolios have: median, 90th percentile, largest (docs/performance.md).
var documents = []string{
	"bom-examples-SBOM-dropwizard-1.3.15-bom.cdx.json",
	"cdxgen-bom-postgen-test.cdx.json",
	"trivy-newrelic_synthetics-minion-runner.spdx.json",
}

func main() {
	var (
		data    = flag.String("data", "../shared/data", "folder with advisories, kev, epss and sboms")
		binary  = flag.String("binary", "bin/threatwerk", "the built server")
		scanner = flag.String("osv-scanner", "", "an osv-scanner 2.4.0 to run beside it")
		cpus    = flag.Int("cpus", runtime.NumCPU(), "GOMAXPROCS of the measured processes")
	)
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	b := bench{data: *data, binary: *binary, scanner: *scanner, cpus: *cpus}
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	data, binary, scanner string
	cpus                  int
	records               int
}

func (b *bench) run(ctx context.Context) error {
	if os.Getenv("DATABASE_URL") == "" {
		return errors.New("DATABASE_URL is not set: run `make bench`, which gives it an empty database")
	}
	zips, err := filepath.Glob(filepath.Join(b.data, "advisories", "*", "all.zip"))
	if err != nil || len(zips) == 0 {
		return fmt.Errorf("no advisories under %s: the figures need the shared data, which a public clone has not", b.data)
	}
	if _, err := b.timed(ctx, "migrate"); err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	if err := b.imports(ctx, w, zips); err != nil {
		return err
	}
	if err := b.uploads(ctx, w); err != nil {
		return err
	}
	return w.Flush()
}

// usage is what the operating system says of a finished process.
type usage struct {
	wall, cpu time.Duration
	peak      int64 // bytes
}

func (u usage) mib() int64 { return u.peak >> 20 }

func (b *bench) env() []string {
	return append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", b.cpus), "LOG_LEVEL=warn")
}

// timed runs one command of the server to its end.
func (b *bench) timed(ctx context.Context, args ...string) (usage, error) {
	return measure(exec.CommandContext(ctx, b.binary, args...), b.env())
}

func measure(cmd *exec.Cmd, env []string) (usage, error) {
	cmd.Env = env
	began := time.Now()
	out, err := cmd.CombinedOutput()
	u := usage{wall: time.Since(began)}
	if cmd.ProcessState != nil {
		u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			u.peak = r.Maxrss << 10 // Linux counts in KiB
		}
	}
	if err != nil {
		return u, fmt.Errorf("%s: %w\n%s", cmd.Args, err, out)
	}
	return u, nil
}

// imports loads everything, then the same again, which must write nothing.
func (b *bench) imports(ctx context.Context, w *tabwriter.Writer, zips []string) error {
	args := append([]string{"import", "--osv"}, zips...)
	args = append(args, "--kev", filepath.Join(b.data, "kev", "known_exploited_vulnerabilities.json"))
	first, err := b.timed(ctx, args...)
	if err != nil {
		return err
	}
	if b.records, err = countAdvisories(ctx); err != nil {
		return err
	}
	again, err := b.timed(ctx, args...)
	if err != nil {
		return err
	}
	scores, err := filepath.Glob(filepath.Join(b.data, "epss", "*.csv.gz"))
	if err != nil || len(scores) == 0 {
		return fmt.Errorf("no EPSS file under %s", b.data)
	}
	epss, err := b.timed(ctx, "import", "--epss", scores[0])
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "IMPORT\tRECORDS\tWALL\tRECORDS/S\tCPU\tPEAK MIB\tRATIO TO FIRST")
	row := func(name string, u usage, records int) {
		fmt.Fprintf(w, "%s\t%d\t%.2f s\t%.0f\t%.2f s\t%d\t%.2f\n", name, records, u.wall.Seconds(),
			float64(records)/u.wall.Seconds(), u.cpu.Seconds(), u.mib(), u.wall.Seconds()/first.wall.Seconds())
	}
	row("OSV and KEV, first", first, b.records)
	row("OSV and KEV, again", again, b.records)
	row("EPSS", epss, 360142)
	fmt.Fprintln(w)
	return nil
}
