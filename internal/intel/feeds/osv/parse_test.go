package osv

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

func codes(warnings []problem.Fault) []string {
	var out []string
	for _, w := range warnings {
		out = append(out, w.Path+" "+w.Code)
	}
	return out
}

func TestParseWholeRecord(t *testing.T) {
	a, warnings, err := Parse([]byte("\xef\xbb\xbf" + `{"schema_version":"1.7.5","id":"ghsa-AAAA-bbbb-cccc","modified":"2099-11-20T10:00:00.123456789Z",
		"published":"2099-11-01T00:00:00Z","aliases":["cve-2099-0001","GHSA-aaaa-bbbb-cccc","CVE-2099-0001"],"summary":" Path traversal\u0000 in widget ",
		"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
		"affected":[{"package":{"ecosystem":"npm","name":"@vendor/widget","purl":"pkg:npm/%40vendor/widget"},
			"ranges":[{"type":"SEMVER","events":[{"introduced":"2.0.0"},{"fixed":"2.4.0"}]},{"type":"GIT","repo":"https://git.example/w","events":[{"introduced":"0"}]}],
			"versions":["2.0.0"],"database_specific":{"last_known_affected_version_range":"<= 2.3.9"}}],
		"references":[{"type":"FIX","url":"https://git.example/w/1"},{"type":"WEB","url":"javascript:alert(1)"},{"type":"FIX","url":"https://git.example/w/1"}],
		"database_specific":{"cwe_ids":["CWE-22"],"severity":"HIGH","github_reviewed":true},"unheard_of":{"x":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := intel.Advisory{
		Feed: "osv", ID: "GHSA-aaaa-bbbb-cccc", Source: "GHSA", Kind: intel.KindVulnerability,
		Published: time.Date(2099, 11, 1, 0, 0, 0, 0, time.UTC), Modified: time.Date(2099, 11, 20, 10, 0, 0, 123456000, time.UTC),
		Summary:    "Path traversal in widget",
		Severities: []intel.Severity{{Type: "CVSS_V3", Score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}}, SeverityLabel: "HIGH",
		References: []intel.Reference{{Type: "FIX", URL: "https://git.example/w/1"}}, CWEs: []string{"CWE-22"},
		Aliases: []string{"CVE-2099-0001"}, Upstream: []string{}, Related: []string{},
		URL: "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
		Affected: []intel.Affected{{
			Package: ident.Package{Ecosystem: "npm", Name: "@vendor/widget"}, Name: "@vendor/widget",
			Ranges:   []intel.Range{{Type: "SEMVER", Events: []intel.Event{{Introduced: "2.0.0"}, {Fixed: "2.4.0"}}}},
			Versions: []string{"2.0.0"}, LastKnownAffected: "<= 2.3.9",
		}},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("advisory (-want +got):\n%s", diff)
	}
	if len(warnings) > 0 {
		t.Errorf("warnings %v", warnings)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{
		"", "   ", "null", "[]", `"x"`, `{"id":`, `{}`, `{"id":""}`, `{"id":7}`, "<html>", `{"modified":"2099-01-01T00:00:00Z"}`,
	} {
		if a, _, err := Parse([]byte(in)); err == nil {
			t.Errorf("%q: read as %+v", in, a)
		}
	}
}

func TestParseTolerates(t *testing.T) {
	cases := []struct {
		name, in string
		warnings []string
		check    func(t *testing.T, a intel.Advisory)
	}{
		{
			"nulls", `{"id":"X-1","aliases":null,"affected":null,"severity":null,"references":null,"database_specific":null}`, nil,
			func(t *testing.T, a intel.Advisory) {
				if len(a.Aliases)+len(a.Affected)+len(a.Severities) != 0 {
					t.Errorf("%+v", a)
				}
			},
		},
		{
			"zero and broken times", `{"id":"X-1","modified":"0001-01-01T00:00:00Z","published":"yesterday","withdrawn":"0001-01-01T00:00:00Z"}`,
			[]string{"/published bad_time"},
			func(t *testing.T, a intel.Advisory) {
				if !a.Modified.IsZero() || !a.Published.IsZero() || !a.Withdrawn.IsZero() {
					t.Errorf("%v %v %v: all unknown", a.Modified, a.Published, a.Withdrawn)
				}
			},
		},
		{
			"times without zone or hour", `{"id":"X-1","modified":"2026-11-20T10:00:00.5","published":"2026-11-20"}`, nil,
			func(t *testing.T, a intel.Advisory) {
				if a.Modified != time.Date(2026, 11, 20, 10, 0, 0, 5e8, time.UTC) || a.Published != time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC) {
					t.Errorf("%v %v", a.Modified, a.Published)
				}
			},
		},
		{
			"a field of another type costs that field alone",
			`{"id":"X-1","summary":{"en":"x"},"aliases":["CVE-2099-0001"],"affected":[{"package":{"ecosystem":"npm","name":"w"},"versions":["1"]}]}`,
			[]string{"/summary wrong_type"},
			func(t *testing.T, a intel.Advisory) {
				if len(a.Aliases) != 1 || len(a.Affected) != 1 {
					t.Errorf("%+v: the rest is kept", a)
				}
			},
		},
		{
			"empty package", `{"id":"X-1","affected":[{"package":{"ecosystem":"","name":""},"versions":["1"]},{"package":{"ecosystem":"npm","name":"w"},"versions":["1"]}]}`,
			[]string{"/affected/0/package no_package"},
			func(t *testing.T, a intel.Advisory) {
				if len(a.Affected) != 1 || a.Affected[0].Ordinal != 1 {
					t.Errorf("%+v: the second entry keeps its place", a.Affected)
				}
			},
		},
		{
			"commit ranges only", `{"id":"X-1","affected":[{"ranges":[{"type":"GIT","repo":"r","events":[{"introduced":"0"}]}]},
				{"package":{"ecosystem":"OSS-Fuzz","name":"w"},"ranges":[{"type":"GIT","repo":"r","events":[{"introduced":"0"}]}]}]}`, nil,
			func(t *testing.T, a intel.Advisory) {
				if len(a.Affected) != 1 || !a.Affected[0].GitOnly || len(a.Affected[0].Ranges) != 0 {
					t.Errorf("%+v", a.Affected)
				}
			},
		},
		{
			"events", `{"id":"X-1","affected":[{"package":{"ecosystem":"npm","name":"w"},"ranges":[
				{"type":"SEMVER","events":[{"introduced":"1","fixed":"2"},{},{"limit":"*"}]},{"type":"semver","events":[{"fixed":"3"}]}]}]}`,
			[]string{"/affected/0/ranges/0/events/1 empty_event", "/affected/0/ranges/1/events no_introduced"},
			func(t *testing.T, a intel.Advisory) {
				want := []intel.Range{
					{Type: "SEMVER", Events: []intel.Event{{Introduced: "1"}, {Fixed: "2"}}},
					{Type: "SEMVER", Events: []intel.Event{{Fixed: "3"}}},
				}
				if diff := cmp.Diff(want, a.Affected[0].Ranges); diff != "" {
					t.Error(diff)
				}
			},
		},
		{
			"malware", `{"id":"MAL-2099-1","affected":[{"package":{"ecosystem":"npm","name":"evil"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}`, nil,
			func(t *testing.T, a intel.Advisory) {
				if a.Kind != intel.KindMalware {
					t.Errorf("kind %s", a.Kind)
				}
			},
		},
		{
			"severity of a package, of Ubuntu, of an erratum", `{"id":"ALSA-2099:1","summary":"Important: x update","affected":[
				{"package":{"ecosystem":"AlmaLinux:9","name":"x"},"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N/"}]}]}`, nil,
			func(t *testing.T, a intel.Advisory) {
				if len(a.Severities) != 1 || a.Severities[0].Score != "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N" || a.SeverityLabel != "Important" {
					t.Errorf("%+v %q", a.Severities, a.SeverityLabel)
				}
				if a.Affected[0].Package != (ident.Package{Ecosystem: "AlmaLinux", Release: "9", Name: "x"}) {
					t.Errorf("%+v", a.Affected[0].Package)
				}
			},
		},
		{
			"Ubuntu's own scale", `{"id":"UBUNTU-CVE-2099-0001","severity":[{"type":"Ubuntu","score":"negligible"}]}`, nil,
			func(t *testing.T, a intel.Advisory) {
				if len(a.Severities) != 0 || a.SeverityLabel != "negligible" {
					t.Errorf("%+v %q", a.Severities, a.SeverityLabel)
				}
			},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a, warnings, err := Parse([]byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.warnings, codes(warnings)); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			c.check(t, a)
		})
	}
}

// The data side of the cases from public bug reports; the matcher's side is tested with the matcher.

func TestCase10And11And12RangesAreKeptAsGiven(t *testing.T) {
	a, warnings, err := Parse([]byte(`{"id":"TW-C","affected":[
		{"package":{"ecosystem":"PyPI","name":"jobx"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"last_affected":"1.4.2"}]}]},
		{"package":{"ecosystem":"npm","name":"opn"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"limit":"2.0.0"}]}]},
		{"package":{"ecosystem":"npm","name":"opn"},"ranges":[{"type":"SEMVER","events":[{"fixed":"3.2.5"},{"introduced":"1.0.0"},{"introduced":"3.0.0"},{"fixed":"1.0.2"}]}]},
		{"package":{"ecosystem":"Maven","name":"ex:guav"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}],
			"database_specific":{"last_known_affected_version_range":"<= 29.0"}}]}`))
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	want := [][]intel.Event{
		{{Introduced: "0"}, {LastAffected: "1.4.2"}},
		{{Introduced: "0"}, {Limit: "2.0.0"}},
		{{Fixed: "3.2.5"}, {Introduced: "1.0.0"}, {Introduced: "3.0.0"}, {Fixed: "1.0.2"}},
		{{Introduced: "0"}},
	}
	for i, events := range want {
		if diff := cmp.Diff(events, a.Affected[i].Ranges[0].Events); diff != "" {
			t.Errorf("affected[%d]:\n%s", i, diff)
		}
	}
	if a.Affected[3].LastKnownAffected != "<= 29.0" {
		t.Errorf("last known affected %q", a.Affected[3].LastKnownAffected)
	}
}

func TestCase16And19NamesAreFolded(t *testing.T) {
	a, _, err := Parse([]byte(`{"id":"TW-N","affected":[{"package":{"ecosystem":"NuGet","name":"Boot.Strap"}},{"package":{"ecosystem":"PyPI","name":"PDF_Miner.Six"}},
		{"package":{"ecosystem":"Go","name":"github.com/Masterminds/goutils"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"boot.strap", "pdf-miner-six", "github.com/masterminds/goutils"} {
		if got := a.Affected[i]; got.Package.Name != want || got.Name == want {
			t.Errorf("%q folded to %q, want %q and the written name kept", got.Name, got.Package.Name, want)
		}
	}
}

func TestCase21MislabelledVector(t *testing.T) {
	a, warnings, err := Parse([]byte(`{"id":"TW-21","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"},
		{"type":"CVSS_V4","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"},{"type":"CVSS_V3","score":"7.5"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []intel.Severity{{Type: "CVSS_V3", Score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"}}
	if diff := cmp.Diff(want, a.Severities); diff != "" {
		t.Errorf("severities (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/severity/1/type mislabelled_vector", "/severity/2/score bad_vector"}, codes(warnings)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}
