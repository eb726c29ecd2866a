package ident

import (
	"archive/zip"
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// suiteUnreadable counts, per ecosystem, the cases that hold a version which the order refuses by intention: words
// instead of versions, what PEP 440 does not know (the suite has the order of old setuptools), what apk calls invalid,
// branches and commits.
var suiteUnreadable = map[string]int{PyPI: 80, Alpine: 28, Maven: 5, RedHat: 5, Packagist: 8}

// suiteDeviations are the cases whose stated answer is not that of the ecosystem's own tool; each was put to it, and the
// tool answers as the order here does. Maven: ComparableVersion of Maven 3.8.7, which takes ".rc" and "-rc" for the same
// and drops nothing in front of a number. Packagist: Composer\Semver\Comparator 3.3 on normalised versions; the suite
// has PHP's bare version_compare, which knows neither "3.0" = "3.0.0" nor words in capitals nor "-stable".
var suiteDeviations = map[string]map[string]bool{
	Maven: set("1.0.0-RC16|1.0.0.RC8-beta", "1.0.0-gradle-rework-beta3|1.0.0.RC7-3", "2.9.0-1|2.9.0.RC1",
		"6.1.12.rc5|6.1.12rc1", "1.1.31.sec10|1.1.31_noneautotype", "1.1.34.sec10|1.1.34_noneautotype",
		"1.1.46.sec10|1.1.46_noneautotype", "1.2.8.sec10_noneautotype|1.2.8_noneautotype",
		"1.2.31.sec10|1.2.31_noneautotype", "1.2.48.sec10|1.2.48_noneautotype", "1.2.50.sec10|1.2.50_noneautotype",
		"1.2.54.sec10|1.2.54_noneautotype", "1.2.57.sec10|1.2.57_noneautotype", "1.2.60.sec10|1.2.60_noneautotype",
		"1.2.67.sec10|1.2.67_noneautotype", "1.0.0rc0|1.0.beta8", "1.5.9.RC1|1.5.9-RC0",
		"1.1.0-01-glassfish|1.1.0.Beta1", "1-1|1-ga-1"),
	Packagist: set("v3.0|v3.0.0-beta", "v3.4|v3.4.0-alpha", "v4-beta4|v4.0-alpha", "v1.9.0-ALPHA.1|v1.9.0-BETA.1",
		"v1.9.0-BETA.1|v1.9.0-ALPHA.2", "v1.9.0-ALPHA.2|v1.9.0-BETA.2", "5.1.0-stable|5.1.0-beta2", "v4.4|v4.4.0-beta",
		"v6.5|v6.5.0-beta-0", "v6.6|v6.6.0-beta", "1.0.0|1.0"),
}

func set(keys ...string) map[string]bool {
	m := make(map[string]bool, len(keys))
	for _, key := range keys {
		m[key] = true
	}
	return m
}

// TestVersionOrderSuite runs the public version-order cases, generated from real package indexes with each
// ecosystem's own tool.
func TestVersionOrderSuite(t *testing.T) {
	archive, err := zip.OpenReader(sharedData(t, "versions", "version-order.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	ecosystems := map[string]string{"alpine": Alpine, "cran": CRAN, "debian": Debian, "hackage": Hackage, "maven": Maven,
		"nuget": NuGet, "packagist": Packagist, "pub": Pub, "pypi": PyPI, "redhat": RedHat, "rubygems": RubyGems, "semver": NPM}
	ran, unreadable, deviations := 0, map[string]int{}, map[string]int{}
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
			switch {
			case errors.Is(err, ErrUnreadable):
				unreadable[ecosystem]++
				continue
			case err == nil && got == c.want:
				continue
			case suiteDeviations[ecosystem][c.a+"|"+c.b]:
				deviations[ecosystem]++
				continue
			}
			t.Errorf("%s:%d: %s against %s: got %d %v, want %d", file.Name, c.line, c.a, c.b, got, err, c.want)
		}
	}
	if diff := cmp.Diff(suiteUnreadable, unreadable); diff != "" {
		t.Errorf("cases with unreadable versions (-want +got):\n%s", diff)
	}
	for ecosystem, list := range suiteDeviations {
		if deviations[ecosystem] != len(list) {
			t.Errorf("%s: %d of %d listed deviations were met", ecosystem, deviations[ecosystem], len(list))
		}
	}
	if ran < 70000 {
		t.Errorf("only %d cases were found", ran)
	}
}
