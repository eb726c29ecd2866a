package ident

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// pieces of which versions are generated, per ecosystem: numbers, what stands between them, and words.
var generatorPieces = map[string]struct {
	separators, words, tails []string
}{
	NPM:      {[]string{"."}, []string{"alpha", "beta", "rc", "x-y"}, []string{"", "", "+build.1"}},
	CratesIO: {[]string{"."}, []string{"alpha", "beta", "rc", "0"}, []string{"", "+b"}},
	Go:       {[]string{"."}, []string{"rc", "0", "beta", "20230608160752-b14acb611a79"}, []string{"", "+incompatible"}},
	Hex:      {[]string{"."}, []string{"dev", "rc", "beta"}, []string{""}},
	Pub:      {[]string{"."}, []string{"dev", "beta", "nullsafety"}, []string{"", "+1", "+2", "+a"}},
	Julia:    {[]string{"."}, []string{"rc", "DEV"}, []string{"", "+0", "+1", "+12"}},
	NuGet:    {[]string{"."}, []string{"alpha", "BETA", "beta", "Preview"}, []string{"", "+sha"}},
	Bitnami:  {[]string{"."}, []string{"rc", "debian-12-r", "beta"}, []string{"", "-1", "-2"}},
	// No word stands between dots here, and none that means nothing before another: there Maven's own order is not
	// transitive (TestMavenIsNotTransitive).
	Maven:     {[]string{"."}, []string{"alpha", "b", "M", "RC", "cr", "SNAPSHOT", "sp", "jre", "android", "x"}, []string{"", "-SNAPSHOT"}},
	PyPI:      {[]string{"."}, []string{"a", "b", "rc", ".post", ".dev", "-", "alpha"}, []string{"", ".dev1", ".post2", "+local.1", "+ab"}},
	RubyGems:  {[]string{"."}, []string{"pre", "beta", "rc", "a"}, []string{"", "", ".0"}},
	Packagist: {[]string{"."}, []string{"-alpha", "-beta", "RC", "-patch", "b", "-dev"}, []string{"", "", "-dev"}},
	CRAN:      {[]string{".", "-"}, nil, []string{""}},
	Hackage:   {[]string{"."}, nil, []string{""}},
	Homebrew:  {[]string{"."}, []string{"rc", "k", "beta", "a"}, []string{"", "_1", "_12"}},
	Opam:      {[]string{".", "-"}, []string{"~rc", "+dune", "v", "~"}, []string{"", "-1"}},
	Debian:    {[]string{"."}, []string{"~rc", "+dfsg", "+deb12u", "ubuntu", "~", "a"}, []string{"", "-1", "-1+b1", "-0ubuntu0.1~18.04"}},
	Alpine:    {[]string{"."}, []string{"_alpha", "_beta", "_rc", "_p", "_git", "a", "b"}, []string{"", "-r0", "-r1", "-r10"}},
	RedHat:    {[]string{".", "_"}, []string{"~rc", "^git", ".el", "a", "ab", "^"}, []string{"", "-1.el8", "-2.el8_4", "-1.module+el8.1.0+1"}},
}

// generated makes a version of the kind an ecosystem has, from few and small pieces, so that near relations are common.
func generated(rng *rand.Rand, ecosystem string) string {
	p := generatorPieces[ecosystem]
	pick := func(list []string) string { return list[rng.IntN(len(list))] }
	numbers := []string{"0", "1", "1", "2", "3", "9", "10", "01", "11", "100", "20210101"}
	number := func() string { return pick(numbers) }
	var b strings.Builder
	if rng.IntN(8) == 0 {
		switch ecosystem {
		case Debian, RedHat:
			b.WriteString(pick([]string{"0:", "1:", "2:"}))
		case PyPI:
			b.WriteString(pick([]string{"0!", "1!"}))
		case Go, NPM, Packagist:
			b.WriteString("v")
		}
	}
	b.WriteString(number())
	for range rng.IntN(4) {
		b.WriteString(pick(p.separators))
		b.WriteString(number())
	}
	if ecosystem == Maven {
		numbers = numbers[1:]
	}
	for range rng.IntN(3) {
		if len(p.words) == 0 {
			break
		}
		word := pick(p.words)
		switch ecosystem {
		case NPM, CratesIO, Go, Hex, Pub, Julia, NuGet, Bitnami:
			b.WriteString([]string{"-", "."}[min(strings.Count(b.String(), "-"), 1)])
		case Maven:
			b.WriteString(pick([]string{"-", "-", ""}))
		case RubyGems:
			b.WriteString(pick(p.separators))
		}
		b.WriteString(word)
		if rng.IntN(3) > 0 {
			if ecosystem != Alpine && ecosystem != PyPI && ecosystem != Maven && rng.IntN(3) == 0 {
				b.WriteString(".")
			}
			b.WriteString(number())
		}
	}
	b.WriteString(pick(p.tails))
	return b.String()
}

// TestVersionProperties checks, over generated versions of each ecosystem, what a sort needs: a version equals itself,
// the order is antisymmetric, and it is transitive, equality included.
func TestVersionProperties(t *testing.T) {
	const versions, rounds = 60, 12
	for ecosystem := range generatorPieces {
		t.Run(ecosystem, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(1, 2))
			for range rounds {
				checkTotalOrder(t, readGenerated(t, rng, ecosystem, versions))
			}
		})
	}
}

// TestMavenIsNotTransitive records a fault of the reference: ComparableVersion of Maven 3.8.7 gives exactly these answers
// where a word stands between dots or follows one that means nothing, and the order here is to be Maven's.
func TestMavenIsNotTransitive(t *testing.T) {
	for _, c := range []relation{{"1-SNAPSHOT", "1", -1, 0}, {"1", "1.x.2", -1, 0}, {"1-SNAPSHOT", "1.x.2", 1, 0},
		{"11", "11-android", -1, 0}, {"11-android", "11-GA-SNAPSHOT", -1, 0}, {"11", "11-GA-SNAPSHOT", 1, 0}} {
		if got, err := Compare(Maven, c.a, c.b); err != nil || got != c.want {
			t.Errorf("%s against %s: got %d %v, want %d", c.a, c.b, got, err, c.want)
		}
	}
}

// readGenerated makes n versions that the ecosystem's order can read.
func readGenerated(t *testing.T, rng *rand.Rand, ecosystem string, n int) []Version {
	t.Helper()
	var list []Version
	for tries := 0; len(list) < n; tries++ {
		if tries > 20*n {
			t.Fatalf("only %d of %d generated versions can be read", len(list), tries)
		}
		if v, err := ParseVersion(ecosystem, generated(rng, ecosystem)); err == nil {
			list = append(list, v)
		}
	}
	return list
}

func checkTotalOrder(t *testing.T, list []Version) {
	t.Helper()
	n := len(list)
	table := make([][]int, n)
	for i, a := range list {
		table[i] = make([]int, n)
		for j, b := range list {
			table[i][j] = a.Compare(b)
			if c := table[i][j]; c < -1 || c > 1 {
				t.Fatalf("%s against %s: %d is none of -1, 0, 1", a, b, c)
			}
		}
	}
	for i := range n {
		if table[i][i] != 0 {
			t.Errorf("%s differs from itself", list[i])
		}
		for j := range n {
			if table[i][j] != -table[j][i] {
				t.Errorf("%s against %s: %d, the other way round %d", list[i], list[j], table[i][j], table[j][i])
			}
			for k := range n {
				if table[i][j] <= 0 && table[j][k] <= 0 && table[i][k] > 0 {
					t.Fatalf("%s <= %s <= %s, but not %s <= %s", list[i], list[j], list[k], list[i], list[k])
				}
				if table[i][j] <= 0 && table[j][k] <= 0 && table[i][k] == 0 && (table[i][j] < 0 || table[j][k] < 0) {
					t.Fatalf("%s <= %s <= %s with one below, but %s = %s", list[i], list[j], list[k], list[i], list[k])
				}
			}
		}
	}
}
