// Command testsuite runs everything that has to hold, stage by stage, goes on after a failure, and ends with the counts
// of each stage and, on the last line alone, of all. `make test` runs it with a database of its own.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/localdev/process"
)

// stage is one kind of checks.
type stage struct {
	name    string
	purpose string
	run     func(ctx context.Context, s *suite) counts
}

// stages, the quick ones first.
var stages = []stage{
	{"lint", "form and likely mistakes, of Go and of the frontend", lint},
	{"verify", "generated files are current", verify},
	{"frontend", "the frontend's unit tests", frontend},
	{"go", "Go tests with the race detector, on a real PostgreSQL", goTests},
	{"browser", "the whole product, in Chromium", browser},
	{"containers", "the shipped images, in containers", containers},
}

// suite is what the stages share.
type suite struct {
	root string
	env  []string
	// notes are skipped tests with their reasons, told at the end.
	notes []string
}

// summaryFile keeps the last lines for whoever runs the suite through other tools.
var summaryFile = filepath.Join(".local", "test-summary.txt")

func main() {
	only := flag.String("only", "", "comma-separated stages to run; empty: all")
	flag.Parse()
	ctx, stop := process.UntilEnded()
	defer stop()
	if !run(ctx, strings.FieldsFunc(*only, func(r rune) bool { return r == ',' })) {
		os.Exit(1)
	}
}

func run(ctx context.Context, only []string) bool {
	root, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsuite:", err)
		return false
	}
	for _, name := range only {
		if !slices.ContainsFunc(stages, func(s stage) bool { return s.name == name }) {
			fmt.Fprintf(os.Stderr, "testsuite: there is no stage %q\n", name)
			return false
		}
	}
	s := &suite{root: root, env: os.Environ()}
	var total counts
	var lines []string
	for _, st := range stages {
		if len(only) > 0 && !slices.Contains(only, st.name) {
			continue
		}
		fmt.Printf("\n== %s: %s\n", st.name, st.purpose)
		began := time.Now()
		c := st.run(ctx, s)
		line := fmt.Sprintf("%s: %s", st.name, c)
		fmt.Printf("== %s (%s)\n", line, time.Since(began).Round(time.Second))
		lines, total = append(lines, line), total.plus(c)
	}
	if len(s.notes) > 0 {
		fmt.Printf("\nskipped:\n  %s\n", strings.Join(s.notes, "\n  "))
	}
	summary := strings.Join(append(lines, total.String()), "\n") + "\n"
	fmt.Print("\n", summary)
	if err := os.MkdirAll(filepath.Dir(summaryFile), 0o755); err == nil {
		err = os.WriteFile(summaryFile, []byte(summary), 0o644)
		if err != nil {
			fmt.Fprintln(os.Stderr, "testsuite:", err)
		}
	}
	// A run that was broken off, or that tested nothing, has not passed.
	return total.failed == 0 && total.passed > 0 && ctx.Err() == nil
}

// counts of tests or checks.
type counts struct{ passed, failed, skipped int }

func (c counts) plus(o counts) counts {
	return counts{c.passed + o.passed, c.failed + o.failed, c.skipped + o.skipped}
}

// String is the form that the last line has.
func (c counts) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.passed, c.failed, c.skipped)
}

func one(ok bool) counts {
	if ok {
		return counts{passed: 1}
	}
	return counts{failed: 1}
}
