package nvd

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

const widget = `{"cve":{"id":"CVE-2099-0001","sourceIdentifier":"security@vendor.example","published":"2026-11-01T10:15:07.123",
	"lastModified":"2026-11-20T08:00:00.000","vulnStatus":"Deferred","cveTags":[{"sourceIdentifier":"x","tags":["disputed"]}],
	"descriptions":[{"lang":"es","value":"Hola"},{"lang":"en","value":"Widget before 2.4 lets ..."}],
	"metrics":{
		"cvssMetricV31":[{"source":"cna@vendor.example","type":"Secondary","cvssData":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N","baseScore":1.0}},
			{"source":"nvd@nist.gov","type":"Primary","cvssData":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseScore":9.8}}],
		"cvssMetricV2":[{"source":"nvd@nist.gov","type":"Primary","cvssData":{"version":"2.0","vectorString":"AV:N/AC:L"},"baseSeverity":"HIGH"}],
		"ssvcV203":[{"source":"134c704f-9b21-4f2e-91b3-4a467353bcc0","ssvcData":{"options":[{"exploitation":"active"},{"automatable":"yes"},{"technicalImpact":"total"}]}}],
		"cvssMetricV99":[{"surprise":true}]},
	"weaknesses":[{"description":[{"lang":"en","value":"CWE-22"}]},{"description":[{"lang":"en","value":"NVD-CWE-noinfo"}]}],
	"configurations":[{"operator":"AND","nodes":[
		{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:acme:cat:*:*:*:*:*:*:*:*","versionStartIncluding":"2.0","versionEndExcluding":"9.0"}]},
		{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":false,"criteria":"cpe:2.3:o:acme:osx:8.0:*:*:*:*:*:*:*"}]}]},
		{"nodes":[{"operator":"OR","cpeMatch":[{"vulnerable":true,"criteria":"nonsense"}]}]}],
	"references":[{"url":"https://vendor.example/sa/1","tags":["Patch","Vendor Advisory"]},{"url":"https://poc.example/1","tags":["Third Party Advisory","Exploit"]},{"url":"ftp://x"}]}}`

func TestParse(t *testing.T) {
	a, warnings, err := Parse([]byte(widget))
	if err != nil {
		t.Fatal(err)
	}
	want := intel.Advisory{
		Feed: "nvd", ID: "CVE-2099-0001", Source: "NVD", Kind: intel.KindVulnerability, Details: "Widget before 2.4 lets ...",
		Published: time.Date(2026, 11, 1, 10, 15, 7, 123e6, time.UTC), Modified: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC),
		Severities: []intel.Severity{
			{Type: "CVSS_V3", Score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Source: "NVD"},
			{Type: "CVSS_V3", Score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", Source: "cna@vendor.example"},
			{Type: "SSVC", Score: "SSVCv2/E:A/A:Y/T:T", Source: "CISA"},
		},
		References: []intel.Reference{{Type: "FIX", URL: "https://vendor.example/sa/1"}, {Type: "EVIDENCE", URL: "https://poc.example/1"}},
		CWEs:       []string{"CWE-22"}, URL: "https://nvd.nist.gov/vuln/detail/CVE-2099-0001",
		Status: "Deferred", Tags: []string{"disputed"},
		Configurations: []intel.Configuration{{Operator: "AND", Nodes: []intel.Node{
			{Operator: "OR", Matches: []intel.CPEMatch{{Vulnerable: true, Criteria: "cpe:2.3:a:acme:cat:*:*:*:*:*:*:*:*", VersionStartIncluding: "2.0", VersionEndExcluding: "9.0"}}},
			{Operator: "OR", Matches: []intel.CPEMatch{{Criteria: "cpe:2.3:o:acme:osx:8.0:*:*:*:*:*:*:*"}}},
		}}},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("advisory (-want +got):\n%s", diff)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, w.Path+" "+w.Code)
	}
	if diff := cmp.Diff([]string{"/cve/metrics/cvssMetricV2/0/cvssData/vectorString bad_vector", "/cve/configurations/1/nodes/0/cpeMatch/0/criteria bad_cpe"}, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if keys := a.Configurations[0].Products(); len(keys) != 1 || keys[0] != (intel.CPEKey{Vendor: "acme", Product: "cat"}) {
		t.Errorf("looked up by %v: a platform is not at fault", keys)
	}
}

func TestOnlyRejectedIsWithdrawn(t *testing.T) {
	for status, want := range map[string]bool{"Rejected": true, "rejected": true, "Deferred": false, "Not Scheduled": false, "": false} {
		a, _, err := Parse([]byte(`{"cve":{"id":"CVE-2099-0002","published":"2026-11-02T00:15:00.000","lastModified":"2026-11-03T00:15:00.000","vulnStatus":"` + status + `","metrics":{}}}`))
		if err != nil || a.Withdrawn.IsZero() == want {
			t.Errorf("%q: withdrawn %v, %v", status, a.Withdrawn, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{"", "7", "[]", "{}", `{"cve":null}`, `{"cve":[]}`, `{"cve":{}}`, `{"cve":{"id":"GHSA-1"}}`, `{"cve":{"id":7}}`} {
		if _, _, err := Parse([]byte(in)); err == nil {
			t.Errorf("%q was read", in)
		}
	}
}

func TestCNAPackages(t *testing.T) {
	cases := []struct {
		name, block string
		ranges      [][]intel.Event
		versions    []string
	}{
		{
			"window", `"versions":[{"version":"2.0.0","status":"affected","lessThan":"2.4.0","versionType":"semver"}]`,
			[][]intel.Event{{{Introduced: "2.0.0"}, {Fixed: "2.4.0"}}}, nil,
		},
		{
			"inclusive, from the beginning", `"versions":[{"version":"n/a","status":"affected","lessThanOrEqual":"1.4.2","versionType":"custom"}]`,
			[][]intel.Event{{{Introduced: "0"}, {LastAffected: "1.4.2"}}}, nil,
		},
		{"one version", `"versions":[{"version":"1.1","status":"affected"},{"version":"1.2","status":"unaffected"}]`, nil, []string{"1.1"}},
		{"every version", `"versions":[{"version":"*","status":"affected"}]`, [][]intel.Event{{{Introduced: "0"}}}, nil},
		{"without an end", `"versions":[{"version":"3.0","status":"affected","lessThan":"*","versionType":"semver"}]`, [][]intel.Event{{{Introduced: "3.0"}}}, nil},
		{
			"a branch", `"versions":[{"version":"5.4","status":"affected","lessThanOrEqual":"5.4.*","versionType":"custom"}]`,
			[][]intel.Event{{{Introduced: "5.4"}, {Limit: "5.5"}}}, nil,
		},
		{
			"changes within", `"versions":[{"version":"1.0","status":"affected","lessThan":"3.0","versionType":"custom","changes":[{"at":"1.5","status":"unaffected"},{"at":"2.0","status":"affected"}]}]`,
			[][]intel.Event{{{Introduced: "1.0"}, {Fixed: "1.5"}, {Introduced: "2.0"}, {Fixed: "3.0"}}}, nil,
		},
		{
			"affected by default", `"defaultStatus":"affected","versions":[{"version":"2.4.0","status":"unaffected","lessThan":"3.0.0","versionType":"custom"},{"version":"3.1.0","status":"unaffected","lessThan":"*"}]`,
			[][]intel.Event{{{Introduced: "0"}, {Fixed: "2.4.0"}, {Introduced: "3.0.0"}, {Fixed: "3.1.0"}}}, nil,
		},
		{"affected by default, fixed in one", `"defaultStatus":"affected","versions":[{"version":"2.4.0","status":"unaffected"}]`, [][]intel.Event{{{Introduced: "0"}, {Fixed: "2.4.0"}}}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a, warnings, err := Parse([]byte(`{"cve":{"id":"CVE-2099-0003","published":"2026-11-02T00:15:00.000","lastModified":"2026-11-03T00:15:00.000",
				"affected":[{"source":"x","affectedData":[{"vendor":"v","product":"no package"},{"packageURL":"pkg:maven/org.example/widget",` + c.block + `}]}]}}`))
			if err != nil || len(warnings) > 0 || len(a.Affected) != 1 {
				t.Fatalf("%+v %v %v", a.Affected, warnings, err)
			}
			got := a.Affected[0]
			if got.Package != (ident.Package{Ecosystem: "Maven", Name: "org.example:widget"}) || got.Name != "org.example:widget" {
				t.Errorf("package %+v named %q", got.Package, got.Name)
			}
			var ranges [][]intel.Event
			for _, r := range got.Ranges {
				ranges = append(ranges, r.Events)
			}
			if diff := cmp.Diff(c.ranges, ranges) + cmp.Diff(c.versions, append([]string(nil), got.Versions...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecords(t *testing.T) {
	dir := t.TempDir()
	page := `{"resultsPerPage":1,"vulnerabilities":[` + widget + `,{"cve":{}}],"timestamp":"2026-11-25T03:00:00.123"}`
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte(page))
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"1.json": "\ufeff" + page, "2.json.gz": packed.String(), "3.json": page[:len(page)-45], "4.json": "<html>", "5.json": `{"totalResults":0}`, "notes.txt": "x",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Find([]string{dir})
	if err != nil || len(files) != 5 {
		t.Fatalf("%v %v", files, err)
	}
	kept, refused := map[string]int{}, map[string]int{}
	for in, err := range Records(context.Background(), files) {
		if err != nil {
			t.Fatal(err)
		}
		file, _, _ := strings.Cut(in.Path, "#/")
		file = filepath.Base(file)
		if in.Refused != nil {
			refused[file]++
		} else {
			kept[file]++
		}
	}
	if diff := cmp.Diff(map[string]int{"1.json": 1, "2.json.gz": 1, "3.json": 1}, kept); diff != "" {
		t.Errorf("kept:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"1.json": 1, "2.json.gz": 1, "3.json": 1, "4.json": 1, "5.json": 1}, refused); diff != "" {
		t.Errorf("refused:\n%s", diff)
	}
	if _, err := Find([]string{filepath.Join(dir, "absent")}); !problem.Is(err, problem.Invalid) {
		t.Errorf("missing path: %v", err)
	}
}

func TestSharedPages(t *testing.T) {
	files, err := Find([]string{testkit.SharedData(t, "nvd")})
	if err != nil {
		t.Fatal(err)
	}
	records, statements := 0, 0
	for in, err := range Records(context.Background(), files) {
		if err != nil {
			t.Fatal(err)
		}
		if in.Refused != nil || len(in.Warnings) > 0 {
			t.Errorf("%s: %v %v", in.Path, in.Refused, in.Warnings)
			continue
		}
		records++
		statements += len(in.Advisory.Configurations)
	}
	if records != 134 {
		t.Errorf("%d records, want 134", records)
	}
	t.Logf("%d applicability statements", statements)
}
