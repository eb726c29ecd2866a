package ident

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestVersionTables runs the project's own relations; the head of each file names the tool that verified it.
func TestVersionTables(t *testing.T) {
	for file, ecosystem := range map[string]string{"maven": Maven, "pypi": PyPI, "npm": NPM, "crates.io": CratesIO, "hex": Hex,
		"go": Go, "debian": Debian, "rpm": RedHat, "rubygems": RubyGems, "packagist": Packagist, "nuget": NuGet, "pub": Pub,
		"cran": CRAN, "alpine": Alpine} {
		t.Run(file, func(t *testing.T) {
			f, err := os.Open(filepath.Join("testdata", "versions", file+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			relations := readRelations(t, f)
			if len(relations) < 40 {
				t.Errorf("only %d relations", len(relations))
			}
			for _, c := range relations {
				expectOrder(t, ecosystem, c.a, c.b, c.want)
			}
		})
	}
}

// expectOrder compares both ways round.
func expectOrder(t *testing.T, ecosystem, a, b string, want int) {
	t.Helper()
	if got, err := Compare(ecosystem, a, b); err != nil || got != want {
		t.Errorf("%s: %s against %s: got %d %v, want %d", ecosystem, a, b, got, err, want)
	}
	if got, err := Compare(ecosystem, b, a); err != nil || got != -want {
		t.Errorf("%s: %s against %s: got %d %v, want %d", ecosystem, b, a, got, err, -want)
	}
}

// below says whether version is in [0, fixed) of its ecosystem.
func below(t *testing.T, ecosystem, version, fixed string) bool {
	t.Helper()
	c, err := Compare(ecosystem, version, fixed)
	if err != nil {
		t.Fatal(err)
	}
	return c < 0
}

// The cases of public bug reports, at the level of versions and names; the whole outcomes are tested with the matcher.

func TestCase13MavenOrder(t *testing.T) {
	for _, c := range []relation{
		{"4.1.100.Final", "4.1.100", 0, 0}, {"5.3.18.RELEASE", "5.3.18", 0, 0}, {"3.0.0.GA", "3.0.0", 0, 0},
		{"1.0-SNAPSHOT", "1.0", -1, 0}, {"1.0-rc1", "1.0-SNAPSHOT", -1, 0}, {"1.0-cr2", "1.0-rc2", 0, 0},
		{"1.0.RC1", "1.0-RC2", -1, 0}, {"1.0-sp1", "1.0", 1, 0}, {"2.6.redhat-6", "2.6", 1, 0}, {"5.0.0.M1", "5.0.0", -1, 0},
		{"1.0-alpha-10", "1.0-alpha-9", 1, 0}, {"31.1-android", "31.1-jre", -1, 0}, {"31.1-jre", "32.0.0-android", -1, 0},
		{"34.0.0.Final-SNAPSHOT", "34.0.0.Beta1", 1, 0}, {"1.0.0", "1", 0, 0}, {"2.0.1-xyz", "2.0.1-123", -1, 0},
	} {
		expectOrder(t, Maven, c.a, c.b, c.want)
	}
	if below(t, Maven, "5.3.18.RELEASE", "5.3.18") {
		t.Error("5.3.18.RELEASE is not in [0, 5.3.18)")
	}
}

func TestCase14DebianEpochAndTilde(t *testing.T) {
	for _, c := range []struct {
		ecosystem, version, fixed string
		want                      bool
	}{
		{Debian, "2:9.0.0-1", "8.4.0-1", false}, {Debian, "1:2.47.3-0+deb13u1", "1:2.47.3-0+deb13u1", false},
		{Ubuntu, "2.7.15-4ubuntu4~18.04", "2.7.15~rc1-1ubuntu0.1", false}, {Debian, "1.0~rc1-1", "1.0-1", true},
	} {
		if got := below(t, c.ecosystem, c.version, c.fixed); got != c.want {
			t.Errorf("%s below %s: %v", c.version, c.fixed, got)
		}
	}
}

func TestCase15AlpineSuffixes(t *testing.T) {
	for _, c := range []struct {
		version, fixed string
		want           bool
	}{
		{"1.6-r0", "1.6_rc1-r0", false}, {"1.1.14_rc2-r3", "1.1.14-r0", true}, {"1.36.1-r9", "1.36.1-r15", true},
		{"1.1.1j-r9", "1.1.1k-r0", true}, {"1.2.3_p1-r0", "1.2.3-r5", false},
	} {
		if got := below(t, Alpine, c.version, c.fixed); got != c.want {
			t.Errorf("%s below %s: %v", c.version, c.fixed, got)
		}
	}
}

func TestCase16NuGetFourParts(t *testing.T) {
	for _, c := range []struct {
		version, fixed string
		want           bool
	}{
		{"3.3.5.2", "3.3.5.3", true}, {"16.0.35907", "16.0.35907.0", false}, {"1.0.01.1", "1.0.1.1", false},
		{"1.0.0-BETA.2", "1.0.0-beta.10", true},
	} {
		if got := below(t, NuGet, c.version, c.fixed); got != c.want {
			t.Errorf("%s below %s: %v", c.version, c.fixed, got)
		}
	}
	if FoldName(NuGet, "boot.strap") != FoldName(NuGet, "Boot.Strap") {
		t.Error("NuGet names compare without case")
	}
}

func TestCase17RPMEpoch(t *testing.T) {
	const fixed = "1:1.12.8-10.el8_2"
	for _, c := range []struct {
		in             Input
		version        string
		missing, below bool
	}{
		{Input{PURL: "pkg:rpm/redhat/dbusx@1.12.8-18.el8?arch=x86_64&epoch=1&distro=rhel-8"}, "1:1.12.8-18.el8", false, false},
		{Input{PURL: "pkg:rpm/redhat/dbusx@1.12.8-18.el8?arch=x86_64&distro=rhel-8"}, "1.12.8-18.el8", true, true},
		{Input{PURL: "pkg:rpm/redhat/dbusx@1.12.8-18.el8?distro=rhel-8", Version: "1:1.12.8-18.el8"}, "1:1.12.8-18.el8", false, false},
		{Input{PURL: "pkg:rpm/redhat/dbusx@1.12.8-9.el8?epoch=1&distro=rhel-8"}, "1:1.12.8-9.el8", false, true},
	} {
		id := Identify(c.in)
		if id.Version != c.version || id.EpochMissing != c.missing || id.Package.Release != "8" {
			t.Errorf("%s: got %s, epoch missing %v, release %s", c.in.PURL, id.Version, id.EpochMissing, id.Package.Release)
		}
		if got := below(t, RedHat, id.Version, fixed); got != c.below {
			t.Errorf("%s below %s: %v", id.Version, fixed, got)
		}
	}
}

func TestCase18DistroBranch(t *testing.T) {
	fixed := map[string]string{"11": "2.2.10-2+deb11u6", "12": "2.5.0-1+deb12u1", "13": "2.6.2-2"}
	for _, c := range []struct {
		purl, release string
		below         bool
		uncertain     string
	}{
		{"pkg:deb/debian/expx@2.5.0-1+deb12u1?distro=debian-12", "12", false, ""},
		{"pkg:deb/debian/expx@2.5.0-1+deb12u1?distro=bookworm", "12", false, ""},
		{"pkg:deb/debian/expx@2.5.0-1?distro=debian-12", "12", true, ""},
		{"pkg:deb/debian/expx@2.5.0-1+deb12u1", "", false, UncertainRelease},
		{"pkg:deb/debian/expx@2.5.0-1+deb12u1?distro=debian-13", "13", true, ""},
	} {
		id := Identify(Input{PURL: c.purl})
		if id.Package != (Package{Debian, c.release, "expx"}) || id.Uncertain != c.uncertain {
			t.Errorf("%s: got %+v %q", c.purl, id.Package, id.Uncertain)
		}
		if c.release != "" && below(t, Debian, id.Version, fixed[c.release]) != c.below {
			t.Errorf("%s: wrong against %s", c.purl, fixed[c.release])
		}
	}
	if id := Identify(Input{PURL: "pkg:deb/ubuntu/expx@2.5.0-1?distro=ubuntu-24.04"}); id.Package != (Package{Ubuntu, "24.04", "expx"}) {
		t.Errorf("Ubuntu's: got %+v", id.Package)
	}
}

func TestCase19PyPINamesAndZeros(t *testing.T) {
	expectOrder(t, PyPI, "2022.12.7", "2022.12.07", 0)
	want := FoldName(PyPI, "PDF_Miner.Six")
	for _, purl := range []string{"pkg:pypi/pdf-miner-six@20240101", "pkg:pypi/pdf.miner.six@20240101", "pkg:pypi/PDF_Miner.Six@20240101"} {
		if id := Identify(Input{PURL: purl}); id.Package.Name != want || !below(t, PyPI, id.Version, "20250101") {
			t.Errorf("%s: got %+v", purl, id)
		}
	}
}

func TestCase20GoPseudoAndIncompatible(t *testing.T) {
	expectOrder(t, Go, "v1.6.1-0.20230608160752-b14acb611a79", "7.9.1", -1)
	expectOrder(t, Go, "v3.2.0+incompatible", "3.2.0", 0)
	expectOrder(t, Go, "v0.0.0-20210101000000-aaaaaaaaaaaa", "0.0.0-20220101000000-bbbbbbbbbbbb", -1)
	expectOrder(t, Go, "v1.2.4-0.20240101000000-abcdefabcdef", "1.2.4", -1)
	for _, c := range []struct {
		version, base string
		pseudo        bool
	}{
		{"v1.6.1-0.20230608160752-b14acb611a79", "1.6.0", true}, {"v0.0.0-20210101000000-aaaaaaaaaaaa", "", true},
		{"v1.2.4-0.20240101000000-abcdefabcdef", "1.2.3", true}, {"v1.3.0-rc.1.0.20240101000000-abcdefabcdef", "1.3.0-rc.1", true},
		{"v2.0.10-0.20240101000000-abcdefabcdef+incompatible", "2.0.9", true}, {"v2.0.100-0.20240101000000-abcdefabcdef", "2.0.99", true},
		{"v1.2.3", "", false}, {"v1.2.3-rc.1", "", false}, {"v1.2.3-20240101000000-abcdefabcdef", "", false}, {"", "", false},
	} {
		if base, pseudo := PseudoVersion(c.version); base != c.base || pseudo != c.pseudo {
			t.Errorf("%s: got %q %v, want %q %v", c.version, base, pseudo, c.base, c.pseudo)
		}
	}
}

func TestUnreadableVersions(t *testing.T) {
	for _, c := range []struct{ ecosystem, version string }{
		{NPM, "latest"}, {NPM, ""}, {Go, "4b825dc642cb6eb9a060e54bf8d69288fbee4904"}, {Go, "4b825dc"}, {Go, "abcdedf"},
		{Packagist, "dev-master"}, {Packagist, "4b825dc642"}, {PyPI, "trunk"}, {PyPI, "0.3X"}, {PyPI, "9.3.1-2.1"}, {PyPI, "2004d"},
		{Debian, "x:1.0"}, {Debian, "1.0 beta"}, {Alpine, "edge"}, {Alpine, "1.2_blah"}, {RedHat, "-"}, {CRAN, "1.0a"},
		{RubyGems, "main"}, {Maven, "stable"}, {NuGet, "*"}, {"Made Up", "1.0"}, {"OSS-Fuzz", "1.0"},
	} {
		if v, err := ParseVersion(c.ecosystem, c.version); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s %q: read as %v, error %v", c.ecosystem, c.version, v, err)
		}
	}
}

func TestOtherOrders(t *testing.T) {
	for _, c := range []struct {
		ecosystem, a, b string
		want            int
	}{
		{Julia, "1.0.7+0", "1.0.7+1", -1}, {Julia, "1.0.7", "1.0.7+0", -1}, {Julia, "4.3.1+2", "4.4.0+0", -1},
		{Bitnami, "6.2.0-1", "6.2.0", 1}, {Bitnami, "6.2.0-debian-12-r4", "6.2.0", 0}, {Bitnami, "6.2.0-rc.1", "6.2.0", -1},
		{Homebrew, "1.14.1", "1.14.1_2", -1}, {Homebrew, "6.0_8", "6.0_10", -1}, {Homebrew, "1.1.1", "1.1.1w", -1},
		{Homebrew, "1.1.1w", "1.1.2", -1}, {Homebrew, "2.0-rc1", "2.0", -1}, {Homebrew, "1.0", "1", 0},
		{ConanCenter, "1.1.1k", "1.1.1", 1}, {ConanCenter, "3.0.3", "3.0.12", -1},
		{Opam, "0.9~rc1", "0.9", -1}, {Opam, "v0.16.0", "v0.16.1", -1}, {Hackage, "0.1", "0.1.0", -1}, {GHC, "9.12.1", "9.12.2", -1},
		{SwiftURL, "2.29.1", "2.39.0", -1}, {GitHubActions, "v4", "4.1.0", -1}, {Wolfi, "1.2-r0", "1.2-r1", -1},
		{Alpine, "1.7.5.-r1", "1.7.5-r1", 0}, {Alpine, "10.2.24.r0", "10.2.24-r0", 0},
		{RockyLinux, "0:1.0-1.el8", "1.0-1.el8", 0},
	} {
		expectOrder(t, c.ecosystem, c.a, c.b, c.want)
	}
}

// BenchmarkVersionCompare compares one read version with read bounds, as the matcher does; BenchmarkParseVersion reads.
func BenchmarkVersionCompare(b *testing.B) {
	for _, c := range benchmarkVersions {
		b.Run(c.ecosystem, func(b *testing.B) {
			v, errV := ParseVersion(c.ecosystem, c.a)
			w, errW := ParseVersion(c.ecosystem, c.b)
			if err := errors.Join(errV, errW); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				v.Compare(w)
			}
		})
	}
}

func BenchmarkParseVersion(b *testing.B) {
	for _, c := range benchmarkVersions {
		b.Run(c.ecosystem, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseVersion(c.ecosystem, c.a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

var benchmarkVersions = []struct{ ecosystem, a, b string }{
	{NPM, "4.17.21", "4.17.22-rc.1"}, {Maven, "2.14.1", "2.15.0-rc1"}, {PyPI, "2.25.1", "2.26.0rc1"},
	{Go, "v0.0.0-20210101000000-aaaaaaaaaaaa", "0.0.0-20220101000000-bbbbbbbbbbbb"},
	{Debian, "7.88.1-10+deb12u5", "7.88.1-10+deb12u6"}, {RedHat, "1:1.12.8-18.el8", "1:1.12.8-18.el8_2"},
	{Alpine, "1.36.1-r9", "1.36.1-r15"}, {Packagist, "5.5.0", "5.5.40"}, {RubyGems, "6.0.3.1", "6.0.3.2"}, {NuGet, "13.0.1", "13.0.2"},
}
