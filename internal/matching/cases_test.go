package matching

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/osv"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// advisory makes a candidate: ecosystem "Debian:12", and events as "introduced 0, fixed 1.2".
func advisory(id, ecosystem, name, events string, more ...func(*Candidate)) Candidate {
	base, release := ident.ParseEcosystem(ecosystem)
	c := Candidate{
		AdvisoryID: id, Vulnerabilities: []int64{int64(len(id))*1000 + int64(id[len(id)-1])}, VulnerabilityIDs: []string{id},
		Affected: intel.Affected{Package: ident.Package{Ecosystem: base, Release: release, Name: ident.FoldName(base, name)}, Name: name},
	}
	if events != "" {
		r := intel.Range{Type: "ECOSYSTEM"}
		for _, e := range strings.Split(events, ", ") {
			kind, version, _ := strings.Cut(e, " ")
			var ev intel.Event
			switch kind {
			case "introduced":
				ev.Introduced = version
			case "fixed":
				ev.Fixed = version
			case "last_affected":
				ev.LastAffected = version
			case "limit":
				ev.Limit = version
			}
			r.Events = append(r.Events, ev)
		}
		c.Affected.Ranges = []intel.Range{r}
	}
	for _, m := range more {
		m(&c)
	}
	return c
}

func component(t *testing.T, purl string) Component {
	t.Helper()
	id := ident.Identify(ident.Input{PURL: purl})
	if id.PURL == "" {
		t.Fatalf("%s does not parse", purl)
	}
	return Component{ID: 1, Identity: id}
}

// outcomeOf is match, low or none, as the cases say it; only candidates of the component's name are looked at, as the look-up does.
func outcomeOf(c Component, cands ...Candidate) (string, Match) {
	var named []Candidate
	for _, k := range cands {
		if k.Affected.Package.Ecosystem == c.Identity.Package.Ecosystem && k.Affected.Package.Name == c.Identity.Package.Name {
			named = append(named, k)
		}
	}
	matches := Evaluate(c, named)
	switch {
	case len(matches) == 0:
		return "none", Match{}
	case matches[0].Confidence == Confirmed:
		return "match", matches[0]
	}
	return "low", matches[0]
}

type want struct{ purl, outcome string }

func check(t *testing.T, wants []want, cands ...Candidate) {
	t.Helper()
	for _, w := range wants {
		t.Run(w.purl, func(t *testing.T) {
			c := component(t, w.purl)
			got, m := outcomeOf(c, cands...)
			if got != w.outcome {
				evidence, _ := json.Marshal(Compile(cands).Explain(c))
				t.Errorf("%s: got %s (%s), want %s; %s", w.purl, got, m.Reason, w.outcome, evidence)
			}
			if got == "low" && (m.Reason == "" || m.Evidence.Words == "") {
				t.Errorf("%s: a possible match must say why: %+v", w.purl, m)
			}
		})
	}
}

func TestCase08MissingVersionIsNotCoveredAndNeverMatches(t *testing.T) {
	adv := advisory("TW-8", "RubyGems", "active", "introduced 0, fixed 6.1.0")
	for _, in := range []ident.Input{
		{PURL: "pkg:gem/active"}, {PURL: "pkg:gem/active@"}, {PURL: "pkg:gem/active", Version: "UNKNOWN"}, {PURL: "pkg:gem/active", Version: ""},
	} {
		id := ident.Identify(in)
		if id.NotCovered != ident.NotCoveredNoVersion {
			t.Errorf("%+v: not covered because of %q, want %q", in, id.NotCovered, ident.NotCoveredNoVersion)
		}
		if m := Evaluate(Component{Identity: id}, []Candidate{adv}); len(m) != 0 {
			t.Errorf("%+v matched: %+v", in, m)
		}
	}
	check(t, []want{{"pkg:gem/active@7.0.0", "none"}}, adv)
}

func TestCase10LastAffectedIsInclusive(t *testing.T) {
	adv := advisory("TW-10", "PyPI", "jobx", "introduced 0, last_affected 1.4.2")
	check(t, []want{
		{"pkg:pypi/jobx@1.4.2", "match"}, {"pkg:pypi/jobx@1.4.2.post1", "none"}, {"pkg:pypi/jobx@1.4.3", "none"}, {"pkg:pypi/jobx@1.5.3", "none"},
	}, adv)
	_, m := outcomeOf(component(t, "pkg:pypi/jobx@1.4.2"), adv)
	if !strings.Contains(m.Evidence.Words, "last known affected 1.4.2, no fixed version named") || m.FixedVersion != "" {
		t.Errorf("words %q, fixed %q", m.Evidence.Words, m.FixedVersion)
	}
}

func TestCase11OpenRangesLimitsAndUnsortedEvents(t *testing.T) {
	versions := []string{"0.0.1-alpha", "1.0.1", "1.0.2", "2.0.0", "3.0.0", "3.2.5"}
	for _, tc := range []struct {
		adv  Candidate
		hits string
	}{
		{advisory("TW-A", "npm", "opn", "introduced 0"), "0.0.1-alpha 1.0.1 1.0.2 2.0.0 3.0.0 3.2.5"},
		{advisory("TW-B", "npm", "opn", "introduced 0, limit 2.0.0"), "0.0.1-alpha 1.0.1 1.0.2"},
		{advisory("TW-C", "npm", "opn", "fixed 3.2.5, introduced 1.0.0, introduced 3.0.0, fixed 1.0.2"), "1.0.1 3.0.0"},
	} {
		var got []string
		for _, v := range versions {
			if o, _ := outcomeOf(component(t, "pkg:npm/opn@"+v), tc.adv); o == "match" {
				got = append(got, v)
			}
		}
		if strings.Join(got, " ") != tc.hits {
			t.Errorf("%s matches %v, want %s", tc.adv.AdvisoryID, got, tc.hits)
		}
	}
}

func TestCase12AboveTheLastKnownAffectedVersionIsPossible(t *testing.T) {
	adv := advisory("TW-12", "Maven", "ex:guav", "introduced 0", func(c *Candidate) { c.Affected.LastKnownAffected = "<= 29.0" })
	check(t, []want{
		{"pkg:maven/ex/guav@29.0", "match"}, {"pkg:maven/ex/guav@30.0", "low"}, {"pkg:maven/ex/guav@33.1.0-jre", "low"},
	}, adv)
}

func TestCase13MavenRelease(t *testing.T) {
	check(t, []want{{"pkg:maven/ex/spr@5.3.18.RELEASE", "none"}, {"pkg:maven/ex/spr@5.3.17.RELEASE", "match"}},
		advisory("TW-13", "Maven", "ex:spr", "introduced 0, fixed 5.3.18"))
}

func TestCase14DebianEpochAndTilde(t *testing.T) {
	check(t, []want{
		{"pkg:deb/debian/vimx@2:9.0.0-1?distro=debian-13", "none"},
		{"pkg:deb/debian/gitx@1:2.47.3-0+deb13u1?distro=debian-13", "none"},
		{"pkg:deb/ubuntu/pyx@2.7.15-4ubuntu4~18.04?distro=ubuntu-18.04", "none"},
		{"pkg:deb/debian/zx@1.0~rc1-1?distro=debian-13", "match"},
	},
		advisory("TW-V", "Debian:13", "vimx", "introduced 0, fixed 8.4.0-1"), advisory("TW-G", "Debian:13", "gitx", "introduced 0, fixed 1:2.47.3-0+deb13u1"),
		advisory("TW-P", "Ubuntu:18.04:LTS", "pyx", "introduced 0, fixed 2.7.15~rc1-1ubuntu0.1"), advisory("TW-Z", "Debian:13", "zx", "introduced 0, fixed 1.0-1"))
}

func TestCase15AlpineSuffixes(t *testing.T) {
	var cands []Candidate
	for name, fixed := range map[string]string{"jqx": "1.6_rc1-r0", "runx": "1.1.14-r0", "busyx": "1.36.1-r15", "sslx": "1.1.1k-r0", "px": "1.2.3-r5"} {
		cands = append(cands, advisory("TW-"+name, "Alpine:v3.20", name, "introduced 0, fixed "+fixed))
	}
	check(t, []want{
		{"pkg:apk/alpine/jqx@1.6-r0?distro=alpine-3.20.1", "none"}, {"pkg:apk/alpine/runx@1.1.14_rc2-r3?distro=alpine-3.20.1", "match"},
		{"pkg:apk/alpine/busyx@1.36.1-r9?distro=alpine-3.20.1", "match"}, {"pkg:apk/alpine/sslx@1.1.1j-r9?distro=alpine-3.20.1", "match"},
		{"pkg:apk/alpine/px@1.2.3_p1-r0?distro=alpine-3.20.1", "none"},
	}, cands...)
}

func TestCase16NuGetFourParts(t *testing.T) {
	check(t, []want{
		{"pkg:nuget/boot.strap@3.3.5.2", "match"}, {"pkg:nuget/Off.Pkg@16.0.35907", "none"}, {"pkg:nuget/Ab@1.0.01.1", "none"}, {"pkg:nuget/Be@1.0.0-BETA.2", "match"},
	},
		advisory("TW-1", "NuGet", "Boot.Strap", "introduced 0, fixed 3.3.5.3"), advisory("TW-2", "NuGet", "Off.Pkg", "introduced 0, fixed 16.0.35907.0"),
		advisory("TW-3", "NuGet", "Ab", "introduced 0, fixed 1.0.1.1"), advisory("TW-4", "NuGet", "Be", "introduced 0, fixed 1.0.0-beta.10"))
}

func TestCase17RPMEpoch(t *testing.T) {
	adv := advisory("TW-17", "Red Hat:enterprise_linux:8::baseos", "dbusx", "introduced 0, fixed 1:1.12.8-10.el8_2")
	check(t, []want{
		{"pkg:rpm/redhat/dbusx@1.12.8-18.el8?arch=x86_64&epoch=1&distro=rhel-8", "none"},
		{"pkg:rpm/redhat/dbusx@1.12.8-18.el8?arch=x86_64&distro=rhel-8", "low"},
		{"pkg:rpm/redhat/dbusx@1.12.8-9.el8?epoch=1&distro=rhel-8", "match"},
		{"pkg:rpm/redhat/dbusx@1.12.8-9.el8?distro=rhel-8", "match"},
	}, adv)
	c := Component{Identity: ident.Identify(ident.Input{PURL: "pkg:rpm/redhat/dbusx@1.12.8-18.el8?arch=x86_64&distro=rhel-8", Version: "1:1.12.8-18.el8"})}
	if got, _ := outcomeOf(c, adv); got != "none" {
		t.Errorf("the epoch of the version field is not read: %s", got)
	}
}

func TestCase18DistributionBranches(t *testing.T) {
	check(t, []want{
		{"pkg:deb/debian/expx@2.5.0-1+deb12u1?distro=debian-12", "none"}, {"pkg:deb/debian/expx@2.5.0-1+deb12u1?distro=bookworm", "none"},
		{"pkg:deb/debian/expx@2.5.0-1?distro=debian-12", "match"}, {"pkg:deb/debian/expx@2.5.0-1+deb12u1", "low"},
		{"pkg:deb/debian/expx@2.5.0-1+deb12u1?distro=debian-13", "match"}, {"pkg:deb/ubuntu/expx@2.5.0-1?distro=ubuntu-24.04", "none"},
	},
		advisory("TW-18", "Debian:11", "expx", "introduced 0, fixed 2.2.10-2+deb11u6"), advisory("TW-18", "Debian:12", "expx", "introduced 0, fixed 2.5.0-1+deb12u1"),
		advisory("TW-18", "Debian:13", "expx", "introduced 0, fixed 2.6.2-2"))
}

func TestCase19PyPINamesAndZeros(t *testing.T) {
	check(t, []want{
		{"pkg:pypi/certx@2022.12.7", "none"}, {"pkg:pypi/certx@2022.12.6", "match"}, {"pkg:pypi/pdf-miner-six@20240101", "match"},
		{"pkg:pypi/pdf.miner.six@20240101", "match"}, {"pkg:pypi/PDF_Miner.Six@20240101", "match"},
	}, advisory("TW-A", "PyPI", "certx", "introduced 0, fixed 2022.12.07"), advisory("TW-B", "PyPI", "PDF_Miner.Six", "introduced 0, fixed 20250101"))
}

func TestCase20GoPseudoVersions(t *testing.T) {
	check(t, []want{
		{"pkg:golang/example.org/ci@v1.6.1-0.20230608160752-b14acb611a79", "low"}, {"pkg:golang/example.org/x@v3.2.0+incompatible", "match"},
		{"pkg:golang/example.org/y@v0.0.0-20210101000000-aaaaaaaaaaaa", "match"}, {"pkg:golang/example.org/z@v1.2.4-0.20240101000000-abcdefabcdef", "match"},
		{"pkg:golang/example.org/z@1.2.3", "match"},
	},
		advisory("TW-A", "Go", "example.org/ci", "introduced 0, fixed 7.9.1"), advisory("TW-B", "Go", "example.org/x", "introduced 0, last_affected 3.2.0"),
		advisory("TW-C", "Go", "example.org/y", "introduced 0, fixed 0.0.0-20220101000000-bbbbbbbbbbbb"), advisory("TW-D", "Go", "example.org/z", "introduced 0, fixed 1.2.4"))
}

func TestModularRPMsMeetOnlyModularBuildsOfTheirStream(t *testing.T) {
	adv := advisory("TW-M", "AlmaLinux:8", "nodex", "introduced 0, fixed 1:14.17.3-1.module_el8.4.0+2522+3bd42762")
	check(t, []want{
		{"pkg:rpm/almalinux/nodex@14.17.2-1.module_el8.4.0+2500?epoch=1&distro=almalinux-8.4", "match"},
		{"pkg:rpm/almalinux/nodex@12.20.0-1.module_el8.4.0+2500?epoch=1&distro=almalinux-8.4", "low"},
		{"pkg:rpm/almalinux/nodex@14.17.2-1.el8?epoch=1&distro=almalinux-8.4", "none"},
	}, adv)
}

func titled(title string) func(*Candidate) { return func(c *Candidate) { c.Title = title } }

func TestAModuleStreamIsNeverMatchedByAnother(t *testing.T) {
	node := advisory("TW-N", "AlmaLinux:8", "nodejs", "introduced 0, fixed 1:14.17.3-1.module_el8.4.0+2522+3bd42762", titled("Important: nodejs:14 security and bug fix update"))
	check(t, []want{
		{"pkg:rpm/almalinux/nodejs@14.17.2-1.module_el8.4.0+2500+1?epoch=1&distro=almalinux-8.4", "match"},
		{"pkg:rpm/almalinux/nodejs@12.20.0-1.module_el8.4.0+2500+1?epoch=1&distro=almalinux-8.4", "none"},
		{"pkg:rpm/almalinux/nodejs@14.17.2-1.module_el8.4.0+2500+1?epoch=1&distro=almalinux-8.4&rpmmod=nodejs:14:8040020210817:522a0ee4", "match"},
		{"pkg:rpm/almalinux/nodejs@14.17.2-1.module_el8.4.0+2500+1?epoch=1&distro=almalinux-8.4&rpmmod=nodejs:12:8040020210817:522a0ee4", "none"},
		{"pkg:rpm/almalinux/nodejs@14.17.2-1.module_el8.4.0+2500+1?epoch=1&distro=almalinux-8.4&rpmmod=ruby:3.1", "none"},
		{"pkg:rpm/almalinux/nodejs@14.17.2-1.el8?epoch=1&distro=almalinux-8.4", "none"},
	}, node)
	// What a module brings along does not show its stream in the version.
	nodemon := advisory("TW-M", "AlmaLinux:8", "nodejs-nodemon", "introduced 0, fixed 2.0.3-1.module_el8.4.0+2522+3bd42762", titled("nodejs:14 security update"))
	check(t, []want{
		{"pkg:rpm/almalinux/nodejs-nodemon@2.0.2-1.module_el8.4.0+2500+1?distro=almalinux-8.4", "low"},
		{"pkg:rpm/almalinux/nodejs-nodemon@2.0.2-1.module_el8.4.0+2500+1?distro=almalinux-8.4&rpmmod=nodejs:14", "match"},
		{"pkg:rpm/almalinux/nodejs-nodemon@2.0.2-1.module_el8.4.0+2500+1?distro=almalinux-8.4&rpmmod=nodejs:16", "none"},
	}, nodemon)
	// A rolling stream.
	podman := advisory("TW-P", "AlmaLinux:8", "podman", "introduced 0, fixed 4.2.0-4.module_el8.7.0+3344+484dae7b", titled("Moderate: container-tools:rhel8 security update"))
	check(t, []want{
		{"pkg:rpm/almalinux/podman@4.1.0-1.module_el8.7.0+3000+1?distro=almalinux-8.7", "match"},
		{"pkg:rpm/almalinux/podman@3.0.1-1.module_el8.7.0+3000+1?distro=almalinux-8.7", "low"},
		{"pkg:rpm/almalinux/podman@4.1.0-1.module_el8.7.0+3000+1?distro=almalinux-8.7&rpmmod=container-tools:4.0", "none"},
	}, podman)
	// One advisory with a build for each minor release: a build is compared with that for its own.
	minor := func(fixed string) Candidate {
		return advisory("TW-Q", "AlmaLinux:8", "nodejs-packaging", "introduced 0, fixed "+fixed, titled("new module: nodejs:14"))
	}
	check(t, []want{
		{"pkg:rpm/almalinux/nodejs-packaging@23-3.module_el8.4.0+2522+3bd42762?distro=almalinux-8.4&rpmmod=nodejs:14", "none"},
		{"pkg:rpm/almalinux/nodejs-packaging@23-2.module_el8.4.0+2500+1?distro=almalinux-8.4&rpmmod=nodejs:14", "match"},
		{"pkg:rpm/almalinux/nodejs-packaging@23-2.module_el8.3.0+2400+1?distro=almalinux-8.3&rpmmod=nodejs:14", "match"},
	}, minor("23-3.module_el8.5.0+254+b4526b16"), minor("23-3.module_el8.4.0+2522+3bd42762"))
}

// Advisories of one module stream as the databases have them.
func TestModuleStreamsOfRealAdvisories(t *testing.T) {
	data := testkit.SharedData(t, "advisories")
	for _, tc := range []struct{ zip, record, purl, outcome string }{
		{"Rocky Linux", "RLSA-2024:3671", "pkg:rpm/rocky-linux/ruby@3.3.0-1.module+el9.4.0+19000+aaaa?distro=rocky-9.4", "match"},
		{"Rocky Linux", "RLSA-2024:3671", "pkg:rpm/rocky-linux/ruby@3.1.5-145.module+el9.4.0+19000+aaaa?distro=rocky-9.4", "none"},
		{"Rocky Linux", "RLSA-2024:3671", "pkg:rpm/rocky-linux/ruby@3.0.4-161.el9?distro=rocky-9.4", "none"},
		{"Rocky Linux", "RLSA-2024:3671", "pkg:rpm/rocky-linux/rubygem-mysql2@0.5.3-11.module+el9.1.0+13000+bbbb?distro=rocky-9.4", "low"},
		{"Rocky Linux", "RLSA-2024:3671", "pkg:rpm/rocky-linux/rubygem-mysql2@0.5.3-11.module+el9.1.0+13000+bbbb?distro=rocky-9.4&rpmmod=ruby:3.1:9:rhel9", "none"},
		{"Red Hat", "RHSA-2024:6220", "pkg:rpm/redhat/PyYAML@5.4.1-1.module%2Bel8.3.0%2B1000%2Bcccc?distro=rhel-8.6&rpmmod=python38:3.8", "none"},
		{"Red Hat", "RHSA-2024:6220", "pkg:rpm/redhat/PyYAML@5.4.1-1.module%2Bel8.3.0%2B1000%2Bcccc?distro=rhel-8.6&rpmmod=python39:3.9", "match"},
		{"AlmaLinux", "ALSA-2022:6448", "pkg:rpm/almalinux/nodejs@14.17.0-1.module_el8.4.0+2000+dddd?epoch=1&distro=almalinux-8.4", "match"},
		{"AlmaLinux", "ALSA-2022:6448", "pkg:rpm/almalinux/nodejs@12.22.5-1.module_el8.4.0+2000+dddd?epoch=1&distro=almalinux-8.4", "none"},
		{"AlmaLinux", "ALSA-2022:6448", "pkg:rpm/almalinux/nodejs@10.24.0-1.module_el8.4.0+2000+dddd?epoch=1&distro=almalinux-8.4", "none"},
	} {
		t.Run(tc.record+" "+tc.purl, func(t *testing.T) {
			check(t, []want{{tc.purl, tc.outcome}}, realCandidates(t, filepath.Join(data, tc.zip, "all.zip"), tc.record)...)
		})
	}
}

// realCandidates are the entries of one record of a dump.
func realCandidates(t *testing.T, dump, id string) []Candidate {
	t.Helper()
	archive, err := zip.OpenReader(dump)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	f, err := archive.Open(id + ".json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := osv.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	var out []Candidate
	for _, affected := range a.Affected {
		out = append(out, Candidate{AdvisoryID: a.ID, Vulnerabilities: []int64{1}, VulnerabilityIDs: []string{a.ID}, Title: a.Summary, Affected: affected})
	}
	return out
}

func TestUbuntuWithoutProStaysAffected(t *testing.T) {
	pro := func(version string) Candidate {
		return advisory("TW-PRO", "Ubuntu:Pro:14.04:LTS", "unz", "introduced 0, fixed "+version)
	}
	only := []Candidate{pro("6.0-9ubuntu1.5+esm1"), advisory("TW-PRO", "Ubuntu:16.04:LTS", "unz", "introduced 0, fixed 6.0-20ubuntu1.1")}
	check(t, []want{
		{"pkg:deb/ubuntu/unz@6.0-9ubuntu1.5?distro=ubuntu-14.04", "match"},
		{"pkg:deb/ubuntu/unz@6.0-9ubuntu1.5?distro=trusty", "match"},
		{"pkg:deb/ubuntu/unz@6.0-9ubuntu1.5%2Besm1?distro=ubuntu-14.04", "none"},
		{"pkg:deb/ubuntu/unz@6.0-9ubuntu1.5%2Besm2?distro=ubuntu-14.04", "none"},
		{"pkg:deb/ubuntu/unz@6.0-9ubuntu1.4%2Besm1?distro=ubuntu-14.04", "match"}, // an older build of Pro
		{"pkg:deb/ubuntu/unz@6.0-20ubuntu1.1?distro=ubuntu-16.04", "none"},
		{"pkg:deb/ubuntu/unz@6.0-9ubuntu1.5?distro=ubuntu-18.04", "none"},
	}, only...)
	_, m := outcomeOf(component(t, "pkg:deb/ubuntu/unz@6.0-9ubuntu1.5?distro=ubuntu-14.04"), only...)
	if !strings.Contains(m.Evidence.Words, "only with Ubuntu Pro") || m.FixedVersion != "6.0-9ubuntu1.5+esm1" {
		t.Errorf("%q, fixed in %q", m.Evidence.Words, m.FixedVersion)
	}
	// Fixed in the release itself and once more in Pro: each build by its own entry.
	both := []Candidate{advisory("TW-PRO", "Ubuntu:14.04:LTS", "unz", "introduced 0, fixed 6.0-9ubuntu1.3"), pro("6.0-9ubuntu1.3+esm1")}
	check(t, []want{
		{"pkg:deb/ubuntu/unz@6.0-9ubuntu1.3?distro=ubuntu-14.04", "none"},
		{"pkg:deb/ubuntu/unz@6.0-9ubuntu1.2?distro=ubuntu-14.04", "match"},
		{"pkg:deb/ubuntu/unz@6.0-9ubuntu1.2%2Besm3?distro=ubuntu-14.04", "match"},
		{"pkg:deb/ubuntu/unz@6.0-9ubuntu1.3%2Besm1?distro=ubuntu-14.04", "none"},
	}, both...)
	check(t, []want{{"pkg:deb/ubuntu/unz@6.0-9ubuntu1.5?distro=ubuntu-16.04", "none"}},
		advisory("TW-FIPS", "Ubuntu:Pro:FIPS:16.04:LTS", "unz", "introduced 0, fixed 6.0-9ubuntu1.5.fips.2"))
}

func TestUbuntuProOfRealAdvisories(t *testing.T) {
	dump := filepath.Join(testkit.SharedData(t, "advisories"), "Ubuntu", "all.zip")
	check(t, []want{{"pkg:deb/ubuntu/unzip@6.0-9ubuntu1.5?distro=ubuntu-14.04", "match"}, {"pkg:deb/ubuntu/unzip@6.0-9ubuntu1.6?distro=ubuntu-14.04", "none"}},
		realCandidates(t, dump, "UBUNTU-CVE-2014-9913")...)
}

func TestListsWithdrawnAndGitOnly(t *testing.T) {
	listed := func(versions ...string) func(*Candidate) {
		return func(c *Candidate) { c.Affected.Versions = versions }
	}
	check(t, []want{{"pkg:pypi/li@1.0", "match"}, {"pkg:pypi/li@1.0.0", "match"}, {"pkg:pypi/li@1.1", "none"}}, advisory("TW-L", "PyPI", "li", "", listed("1.0", "2.0")))
	contradictory := advisory("TW-O", "PyPI", "li", "introduced 0, fixed 2.0", listed("1.0", "3.0"))
	check(t, []want{{"pkg:pypi/li@3.0", "match"}, {"pkg:pypi/li@1.0", "match"}, {"pkg:pypi/li@2.5", "none"}}, contradictory)
	for version, marked := range map[string]bool{"3.0": true, "1.0": false} {
		if _, m := outcomeOf(component(t, "pkg:pypi/li@"+version), contradictory); strings.Contains(m.Evidence.Words, "contradict") != marked {
			t.Errorf("%s: a contradiction must be marked, and nothing else: %s", version, m.Evidence.Words)
		}
	}
	check(t, []want{{"pkg:pypi/li@1.0", "none"}}, advisory("TW-W", "PyPI", "li", "introduced 0", func(c *Candidate) { c.Withdrawn = true }))
	check(t, []want{{"pkg:pypi/li@1.0", "none"}}, advisory("TW-G", "PyPI", "li", "", func(c *Candidate) { c.Affected.GitOnly = true }))
}

func TestUpgradesAreEvaluatedThemselves(t *testing.T) {
	// 1.5 is fixed for A and lies in B's second window: the smallest that is free of both is 2.1.
	a := advisory("TW-A", "npm", "up", "introduced 0, fixed 1.5.0")
	b := advisory("TW-B", "npm", "up", "introduced 0, fixed 1.1.0, introduced 1.5.0, fixed 2.1.0")
	c := advisory("TW-C", "npm", "up", "introduced 2.1.0, fixed 2.2.0")
	pkg := Compile([]Candidate{a, b, c})
	comp := component(t, "pkg:npm/up@1.0.0")
	matches := pkg.Evaluate(comp)
	up := pkg.Upgrades(comp, matches)
	if got := fmt.Sprint(up.ByVulnerability[a.Vulnerabilities[0]], " ", up.ByVulnerability[b.Vulnerabilities[0]], " ", up.All); got != "1.5.0 1.1.0 2.2.0" {
		t.Errorf("upgrades %s, want 1.5.0 1.1.0 2.2.0", got)
	}
}

func TestUpgradesKeepToReleasesAndToTheFlavour(t *testing.T) {
	named := func(events ...string) []Candidate {
		var out []Candidate
		for i, e := range events {
			out = append(out, advisory(fmt.Sprintf("TW-%d", i), "Maven", "ex:up", e))
		}
		return out
	}
	for _, tc := range []struct {
		version string
		cands   []Candidate
		fix     string // of the first advisory
		all     string
	}{
		{"10.0.14", named("introduced 0, fixed 12.0.0.beta0"), "", ""},
		{"10.0.14", named("introduced 0, fixed 12.0.0.beta0, introduced 12.0.0.beta0, fixed 12.0.1"), "12.0.1", "12.0.1"},
		{"12.0.0.alpha3", named("introduced 0, fixed 12.0.0.beta0"), "12.0.0.beta0", "12.0.0.beta0"},
		{"31.1-jre", named("introduced 1.0, fixed 32.0.0-android"), "32.0.0-jre", "32.0.0-jre"},
		{"31.1-android", named("introduced 1.0, fixed 32.0.0-android"), "32.0.0-android", "32.0.0-android"},
		{"31.1-jre", named("introduced 1.0, fixed 32.0.0-android, introduced 32.0.0-jre, fixed 32.0.1-jre"), "32.0.1-jre", "32.0.1-jre"},
		{"12.2.0.jre8", named("introduced 0, fixed 12.2.1.jre11"), "", ""},
		{"12.2.0.jre11", named("introduced 0, fixed 12.2.1.jre8, introduced 12.2.1.jre8, fixed 12.2.2.jre11"), "12.2.2.jre11", "12.2.2.jre11"},
		{"9.4.40.v20210413", named("introduced 0, fixed 9.4.54.v20240208"), "9.4.54.v20240208", "9.4.54.v20240208"},
		{"1.0.0", named("introduced 0, fixed 1.0.1.redhat-00001"), "", ""},
		{"1.0.0.redhat-00001", named("introduced 0, fixed 1.0.1"), "1.0.1", "1.0.1"},
	} {
		t.Run(tc.version, func(t *testing.T) {
			pkg := Compile(tc.cands)
			c := component(t, "pkg:maven/ex/up@"+tc.version)
			matches := pkg.Evaluate(c)
			if len(matches) == 0 || matches[0].Confidence != Confirmed {
				t.Fatalf("matches %+v", matches)
			}
			up := pkg.Upgrades(c, matches)
			if got := up.ByVulnerability[tc.cands[0].Vulnerabilities[0]]; got != tc.fix || up.All != tc.all || matches[0].FixedVersion != tc.fix {
				t.Errorf("fix %q, all %q, the match's %q; want %q and %q", got, up.All, matches[0].FixedVersion, tc.fix, tc.all)
			}
		})
	}
}
