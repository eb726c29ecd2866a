package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// goTimeout bounds one package's tests.
const goTimeout = 8 * time.Minute

func goTests(ctx context.Context, s *suite) counts {
	return s.goTest(ctx, append([]string{"-race", "-timeout=" + goTimeout.String()}, packages()...)...)
}

// containerTimeout bounds the tests of the images.
const containerTimeout = 10 * time.Minute

// containers tests the images that BACKEND_IMAGE and FRONTEND_IMAGE name; whoever runs the suite builds them first.
func containers(ctx context.Context, s *suite) counts {
	if os.Getenv("BACKEND_IMAGE") == "" || os.Getenv("FRONTEND_IMAGE") == "" {
		const note = "containers: no images to test here (BACKEND_IMAGE, FRONTEND_IMAGE); make test-integration builds and tests them"
		fmt.Println(note)
		s.notes = append(s.notes, note)
		return counts{skipped: 1}
	}
	return s.goTest(ctx, "-tags=integration", "-timeout="+containerTimeout.String(), "./localdev/integration")
}

// goTest runs Go tests and counts them.
func (s *suite) goTest(ctx context.Context, args ...string) counts {
	args = append([]string{"test", "-count=1", "-json"}, args...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env, cmd.Stderr = s.root, s.env, os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Println("FAIL go test:", err)
		return one(false)
	}
	r := newGoReport(os.Stdout)
	readErr := r.read(out)
	err = cmd.Wait()
	if readErr != nil {
		fmt.Println("FAIL go test -json:", readErr)
		r.counts.failed++
	}
	s.notes = append(s.notes, r.skips...)
	return judged(r.counts, err)
}

// goEvent is one line of `go test -json` (go doc test2json).
type goEvent struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// goReport counts tests and subtests, and shows a package's line, a failed test's output and a broken build.
type goReport struct {
	to     io.Writer
	counts counts
	skips  []string
	// output of tests that run, by package and test; of packages, under an empty test name; of builds, by import path.
	output map[[2]string]*strings.Builder
	failed map[string]bool
}

func newGoReport(to io.Writer) *goReport {
	return &goReport{to: to, output: map[[2]string]*strings.Builder{}, failed: map[string]bool{}}
}

func (r *goReport) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e goEvent
			if json.Unmarshal(line, &e) == nil {
				r.take(e)
			} else {
				fmt.Fprintf(r.to, "%s", line)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *goReport) take(e goEvent) {
	switch e.Action {
	case "output":
		r.keep(e.Package, e.Test, e.Output)
	case "build-output":
		r.keep(e.ImportPath, "build", e.Output)
	case "build-fail":
		fmt.Fprintf(r.to, "%s", r.said(e.ImportPath, "build"))
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endPackage(e)
		} else {
			r.endTest(e)
		}
	}
}

func (r *goReport) endTest(e goEvent) {
	said := r.said(e.Package, e.Test)
	switch e.Action {
	case "pass":
		r.counts.passed++
	case "skip":
		r.counts.skipped++
		r.skips = append(r.skips, fmt.Sprintf("%s %s: %s", shorten(e.Package), e.Test, reason(said)))
	case "fail":
		r.counts.failed++
		r.failed[e.Package] = true
		fmt.Fprintf(r.to, "FAIL %s %s\n%s", shorten(e.Package), e.Test, said)
	}
}

func (r *goReport) endPackage(e goEvent) {
	said := r.said(e.Package, "")
	switch {
	case e.Action == "pass":
		fmt.Fprintf(r.to, "ok   %s (%.1f s)\n", shorten(e.Package), e.Elapsed)
	case e.Action == "fail":
		// A package that fails without a failed test was not built, or its process died.
		if !r.failed[e.Package] {
			r.counts.failed++
			fmt.Fprint(r.to, said)
			r.tellUnfinished(e.Package)
		}
		fmt.Fprintf(r.to, "FAIL %s (%.1f s)\n", shorten(e.Package), e.Elapsed)
	}
}

// tellUnfinished shows what tests said that never came to an end.
func (r *goReport) tellUnfinished(pkg string) {
	for key, b := range r.output {
		if key[0] == pkg {
			fmt.Fprintf(r.to, "unfinished: %s\n%s", key[1], b)
			delete(r.output, key)
		}
	}
}

func (r *goReport) keep(pkg, test, output string) {
	key := [2]string{pkg, test}
	b := r.output[key]
	if b == nil {
		b = &strings.Builder{}
		r.output[key] = b
	}
	b.WriteString(output)
}

func (r *goReport) said(pkg, test string) string {
	key := [2]string{pkg, test}
	b := r.output[key]
	if b == nil {
		return ""
	}
	delete(r.output, key)
	return b.String()
}

// reason is the skipped test's own words: "    file_test.go:12: words".
func reason(said string) string {
	for line := range strings.Lines(said) {
		if place, words, found := strings.Cut(strings.TrimSpace(line), ": "); found && strings.Contains(place, ".go:") {
			return words
		}
	}
	return "no reason given"
}

func shorten(pkg string) string {
	return strings.TrimPrefix(pkg, "github.com/threatwerk/threatwerk/")
}
