package ident

import (
	"archive/zip"
	"bufio"
	"io"
	"strings"
	"testing"
)

// relation is one line of a table: "a < b".
type relation struct {
	a, b string
	want int
	line int
}

func readRelations(t testing.TB, r io.Reader) []relation {
	t.Helper()
	var relations []relation
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//") {
			continue
		}
		for sign, want := range map[string]int{" < ": -1, " = ": 0, " > ": 1} {
			if a, b, found := strings.Cut(line, sign); found {
				relations = append(relations, relation{strings.TrimSpace(a), strings.TrimSpace(b), want, n})
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return relations
}

// TestVersionOrderSuite runs the public version-order cases, generated from real package indexes with each
// ecosystem's own tool. unreadable counts the cases that hold a version which an order refuses by intention.
func TestVersionOrderSuite(t *testing.T) {
	archive, err := zip.OpenReader(sharedData(t, "versions", "version-order.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	ecosystems := map[string]string{"alpine": Alpine, "cran": CRAN, "debian": Debian, "hackage": Hackage, "maven": Maven,
		"nuget": NuGet, "packagist": Packagist, "pub": Pub, "pypi": PyPI, "redhat": RedHat, "rubygems": RubyGems, "semver": NPM}
	ran := 0
	for _, file := range archive.File {
		name, _, _ := strings.Cut(file.Name[strings.LastIndexByte(file.Name, '/')+1:], "-versions")
		ecosystem, known := ecosystems[name]
		if !known {
			continue
		}
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range readRelations(t, r) {
			ran++
			got, err := Compare(ecosystem, c.a, c.b)
			if err == nil && got == c.want {
				continue
			}
			t.Errorf("%s:%d: %s against %s: got %d %v, want %d", file.Name, c.line, c.a, c.b, got, err, c.want)
		}
	}
	if ran < 70000 {
		t.Errorf("only %d cases were found", ran)
	}
}
