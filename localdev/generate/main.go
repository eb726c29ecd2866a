// Command generate writes the files that are made from others: docs/openapi.json from the endpoints, and the frontend's
// API types from that. With -check it writes nothing and says which of them are stale.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/threatwerk/threatwerk/runtime/httpapi"
)

// document and types are the files, from the repository's root.
var (
	document = filepath.Join("docs", "openapi.json")
	types    = filepath.Join("frontend", "src", "lib", "api", "schema.gen.ts")
)

func main() {
	check := flag.Bool("check", false, "compare only; exit with 1 when a file is stale")
	flag.Parse()
	stale, err := run(*check)
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
	for _, f := range stale {
		fmt.Printf("stale: %s (run make generate)\n", f)
	}
	if len(stale) > 0 {
		os.Exit(1)
	}
}

// run makes both files anew and writes or compares them.
func run(check bool) (stale []string, err error) {
	if _, err := os.Stat("go.mod"); err != nil {
		return nil, errors.New("run it in the repository's root")
	}
	spec, err := httpapi.Document()
	if err != nil {
		return nil, err
	}
	schema, err := schemaOf(spec)
	if err != nil {
		return nil, err
	}
	for _, f := range []struct {
		path    string
		content []byte
	}{{document, spec}, {types, schema}} {
		old, err := os.ReadFile(f.path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		if bytes.Equal(old, f.content) {
			continue
		}
		if check {
			stale = append(stale, f.path)
			continue
		}
		if err := os.WriteFile(f.path, f.content, 0o644); err != nil {
			return nil, err
		}
		fmt.Println("wrote", f.path)
	}
	return stale, nil
}

// schemaOf lets the frontend's own tool turn the document into types.
func schemaOf(spec []byte) ([]byte, error) {
	dir, err := os.MkdirTemp("", "threatwerk-generate-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "openapi.json"), filepath.Join(dir, "schema.ts")
	if err := os.WriteFile(in, spec, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command("npx", "--no-install", "openapi-typescript", in, "-o", out)
	cmd.Dir = "frontend"
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("openapi-typescript: %w: %s", err, strings.TrimSpace(string(said)))
	}
	return os.ReadFile(out)
}
