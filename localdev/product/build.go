package product

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// BuildServer builds bin/threatwerk with the version stamped in, and otherwise with the settings of `go run` and `go test`,
// so that it shares their cache.
func BuildServer(ctx context.Context, root string) (string, error) {
	version := "dev"
	if out, err := exec.CommandContext(ctx, "git", "-C", root, "describe", "--tags", "--always", "--dirty").Output(); err == nil {
		version = strings.TrimSpace(string(out))
	}
	binary := filepath.Join(root, "bin", "threatwerk")
	return binary, step(ctx, root, "building the server", "go", "build", "-ldflags", "-X main.version="+version,
		"-o", binary, "./runtime/threatwerk")
}

// BuildFrontend builds frontend/dist unless it is newer than everything it is made from.
func BuildFrontend(ctx context.Context, root string) error {
	dir := filepath.Join(root, "frontend")
	if _, err := os.Stat(filepath.Join(dir, "package.json")); err != nil {
		fmt.Fprintln(os.Stderr, "run: no frontend here; serving the API alone")
		return nil
	}
	built := modified(filepath.Join(dir, "dist", "index.html"))
	sources, err := newest(dir)
	if err != nil {
		return fmt.Errorf("look at the frontend's sources: %w", err)
	}
	if built.After(sources) {
		return nil
	}
	if err := InstallFrontend(ctx, root); err != nil {
		return err
	}
	return step(ctx, dir, "building the frontend", "npm", "run", "build")
}

// InstallFrontend installs the frontend's packages unless they are there.
func InstallFrontend(ctx context.Context, root string) error {
	dir := filepath.Join(root, "frontend")
	// npm writes this file last, so that it tells of a whole installation.
	installed := modified(filepath.Join(dir, "node_modules", ".package-lock.json"))
	if !installed.IsZero() && !installed.Before(modified(filepath.Join(dir, "package-lock.json"))) {
		return nil
	}
	return step(ctx, dir, "installing the frontend's packages", "npm", "ci", "--no-audit", "--no-fund")
}

// newest is when a source of the frontend last changed.
func newest(dir string) (time.Time, error) {
	var last time.Time
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch d.Name() {
			case "node_modules", "dist", "test-results", "screens", "e2e":
				return filepath.SkipDir
			}
			return nil
		}
		if t := modified(path); t.After(last) {
			last = t
		}
		return nil
	})
	return last, err
}

func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// step runs one command quietly; what it said is shown when it fails.
func step(ctx context.Context, dir, what, name string, args ...string) error {
	fmt.Fprintln(os.Stderr, "run:", what)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", what, err, strings.TrimSpace(string(out)))
	}
	return nil
}
