package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/threatwerk/threatwerk/localdev/product"
)

// goDirs are the folders of Go code; npm packages bring some of their own, which is not ours to test.
var goDirs = []string{"handlers", "internal", "localdev", "runtime"}

// staticcheck is pinned: a new version's new checks come with a change of this line.
const staticcheck = "honnef.co/go/tools/cmd/staticcheck@v0.7.0"

func packages() []string {
	var out []string
	for _, d := range goDirs {
		out = append(out, "./"+d+"/...")
	}
	return out
}

func lint(ctx context.Context, s *suite) counts {
	total := s.check(ctx, "gofmt", "", append([]string{"gofmt", "-l"}, goDirs...), true)
	total = total.plus(s.check(ctx, "go vet", "", append([]string{"go", "vet"}, packages()...), false))
	total = total.plus(s.check(ctx, "staticcheck", "", append([]string{"go", "run", staticcheck}, packages()...), false))
	if c, ok := s.frontendReady(ctx); !ok {
		return total.plus(c)
	}
	total = total.plus(s.check(ctx, "biome", "frontend", []string{"npx", "--no-install", "biome", "ci", "."}, false))
	return total.plus(s.check(ctx, "tsc", "frontend", []string{"npx", "--no-install", "tsc", "--noEmit"}, false))
}

func verify(ctx context.Context, s *suite) counts {
	if c, ok := s.frontendReady(ctx); !ok {
		return c
	}
	return s.check(ctx, "generated files", "", []string{"go", "run", "./localdev/generate", "-check"}, false)
}

// check runs one command and shows what it said only when it fails; a silent one fails by saying anything.
func (s *suite) check(ctx context.Context, name, dir string, command []string, silent bool) counts {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir, cmd.Env = filepath.Join(s.root, dir), s.env
	said, err := cmd.CombinedOutput()
	ok := err == nil && (!silent || len(bytes.TrimSpace(said)) == 0)
	if ok {
		fmt.Println("ok  ", name)
	} else {
		fmt.Printf("FAIL %s (%s): %v\n%s\n", name, strings.Join(command, " "), err, bytes.TrimSpace(said))
	}
	return one(ok)
}

func (s *suite) frontendReady(ctx context.Context) (counts, bool) {
	if err := product.InstallFrontend(ctx, s.root); err != nil {
		fmt.Println("FAIL", err)
		return one(false), false
	}
	return counts{}, true
}

// vitestReport is the part of Vitest's JSON report that is read.
type vitestReport struct {
	Passed  int `json:"numPassedTests"`
	Failed  int `json:"numFailedTests"`
	Pending int `json:"numPendingTests"`
	Todo    int `json:"numTodoTests"`
	// FailedSuites counts files that could not even be loaded as well.
	FailedSuites int `json:"numFailedTestSuites"`
}

func frontend(ctx context.Context, s *suite) counts {
	if c, ok := s.frontendReady(ctx); !ok {
		return c
	}
	report := filepath.Join(s.root, ".local", "vitest.json")
	if err := os.Remove(report); err != nil && !errors.Is(err, os.ErrNotExist) {
		fmt.Println("FAIL", err)
		return one(false)
	}
	cmd := exec.CommandContext(ctx, "npx", "--no-install", "vitest", "run", "--reporter=default", "--reporter=json", "--outputFile.json="+report)
	cmd.Dir, cmd.Env = filepath.Join(s.root, "frontend"), s.env
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err := cmd.Run()
	b, readErr := os.ReadFile(report)
	var r vitestReport
	if readErr == nil {
		readErr = json.Unmarshal(b, &r)
	}
	if readErr != nil {
		fmt.Println("FAIL vitest left no report:", err, readErr)
		return one(false)
	}
	return judged(counts{r.Passed, max(r.Failed, min(r.FailedSuites, 1)), r.Pending + r.Todo}, err)
}

// judged counts a failure that the counts do not show: a program that says all is well and exits with an error.
func judged(c counts, err error) counts {
	if err != nil && c.failed == 0 {
		fmt.Println("FAIL", err)
		c.failed++
	}
	return c
}

// browser starts the product with its samples and lets the browser tests loose on it. They get BASE_URL,
// CHROMIUM_PATH, and a way in: SIGN_IN_LINK, THREATWERK_TOKEN; and end with a line of counts like this suite's own.
func browser(ctx context.Context, s *suite) counts {
	chromium, err := findChromium()
	if err != nil {
		fmt.Println("FAIL", err)
		return one(false)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p, err := product.Start(ctx, product.Options{
		Root: s.root, Env: s.env, DatabaseURL: os.Getenv("DATABASE_URL"), Listen: "127.0.0.1:0", Out: os.Stdout,
	})
	if err == nil {
		_, err = p.LoadSamples(ctx)
	}
	if err != nil {
		fmt.Println("FAIL", err)
		return one(false)
	}
	link, err := p.SignInLink(ctx)
	if err != nil {
		fmt.Println("FAIL", err)
		return one(false)
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, "npm", "run", "--silent", "e2e")
	cmd.Dir = filepath.Join(s.root, "frontend")
	cmd.Env = append(s.env[:len(s.env):len(s.env)], "BASE_URL="+p.Address, "CHROMIUM_PATH="+chromium,
		"SIGN_IN_LINK="+link, "THREATWERK_TOKEN="+p.Token())
	cmd.Stdout, cmd.Stderr = io.MultiWriter(os.Stdout, &said), os.Stderr
	err = cmd.Run()
	c := judged(lastCounts(said.String()), err)
	cancel()
	if err := p.Wait(); err != nil {
		fmt.Println("FAIL the server did not end well:", err)
		c.failed++
	}
	return c
}

var countsLine = regexp.MustCompile(`(?m)^(\d+) passed, (\d+) failed, (\d+) skipped\s*$`)

// lastCounts reads the last line of counts; none is a failure.
func lastCounts(said string) counts {
	all := countsLine.FindAllStringSubmatch(said, -1)
	if len(all) == 0 {
		fmt.Println("FAIL no line of counts at the end")
		return one(false)
	}
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(all[len(all)-1][i+1])
	}
	return counts{n[0], n[1], n[2]}
}

func findChromium() (string, error) {
	if path := os.Getenv("CHROMIUM_PATH"); path != "" {
		return path, nil
	}
	for _, name := range []string{
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium found: install it, or set CHROMIUM_PATH")
}
