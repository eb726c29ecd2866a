// Command sbom writes the SBOM of one of our own Go binaries, as CycloneDX 1.6, from what the compiler recorded in it: the
// modules that went in, not those that a lock file allows. `make sbom` runs it.
package main

import (
	"debug/buildinfo"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
)

func main() {
	out := flag.String("o", "", "file to write; empty: standard output")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: sbom [-o FILE] BINARY")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *out); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(binary, out string) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("read what %s was built from: %w", binary, err)
	}
	if out == "" {
		return write(os.Stdout, info)
	}
	file, err := os.Create(out)
	if err != nil {
		return err
	}
	if err := write(file, info); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

// The parts of CycloneDX 1.6 that are written.
type document struct {
	Format       string       `json:"bomFormat"`
	Spec         string       `json:"specVersion"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type    string `json:"type"`
	Ref     string `json:"bom-ref"`
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	PURL    string `json:"purl,omitempty"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

// write writes the document. It bears no time and no serial number: the same binary gives the same bytes.
func write(w io.Writer, info *debug.BuildInfo) error {
	d := document{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: metadata{component{
		Type: "application", Ref: "threatwerk", Name: "threatwerk", Version: stamped(info),
	}}}
	add := func(path, version string) {
		purl := "pkg:golang/" + path + "@" + version
		d.Components = append(d.Components, component{Type: "library", Ref: purl, Name: path, Version: version, PURL: purl})
	}
	// The standard library has advisories of its own, for which the toolchain's version decides.
	add("stdlib", strings.TrimPrefix(strings.Fields(info.GoVersion)[0], "go"))
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		add(m.Path, m.Version)
	}
	slices.SortFunc(d.Components, func(a, b component) int { return strings.Compare(a.Ref, b.Ref) })
	root := dependency{Ref: "threatwerk"}
	for _, c := range d.Components {
		root.DependsOn = append(root.DependsOn, c.Ref)
	}
	d.Dependencies = []dependency{root}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}

// stamped is the version that the build put in by -X main.version.
func stamped(info *debug.BuildInfo) string {
	for _, s := range info.Settings {
		if s.Key != "-ldflags" {
			continue
		}
		if _, after, found := strings.Cut(s.Value, "main.version="); found && after != "" {
			return strings.Trim(strings.Fields(after)[0], `"'`)
		}
	}
	return info.Main.Version
}
