package main

import (
	"bytes"
	"debug/buildinfo"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// ThreatWerk reads the SBOM of itself, and can judge every component in it.
func TestOurOwnSBOMIsReadAndEveryComponentJudged(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "threatwerk")
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-s -w -X main.version=1.2.3", "-o", binary, "./runtime/threatwerk")
	build.Dir = testkit.Root()
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var one, two bytes.Buffer
	if err := write(&one, info); err != nil {
		t.Fatal(err)
	}
	if err := write(&two, info); err != nil || !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("the same binary gives another document")
	}
	d, err := sbom.Read(t.Context(), &one, sbom.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if d.SubjectName != "threatwerk" || d.SubjectVersion != "1.2.3" || d.WarningCount != 0 {
		t.Errorf("read as %s %s with warnings %v", d.SubjectName, d.SubjectVersion, d.Warnings)
	}
	if len(d.Components) != len(info.Deps)+1 || len(info.Deps) < 20 {
		t.Errorf("%d components for %d modules and the standard library", len(d.Components), len(info.Deps))
	}
	seen := map[string]bool{}
	for _, c := range d.Components {
		seen[c.Name] = true
		if c.Identity.Package.Ecosystem != ident.Go {
			t.Errorf("%s is not judged as a Go module: %+v", c.PURL, c.Identity)
		}
	}
	if !seen["stdlib"] || !seen["github.com/jackc/pgx/v5"] {
		t.Errorf("the standard library or pgx is missing: %v", seen)
	}
}
