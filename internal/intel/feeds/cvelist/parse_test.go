package cvelist

import (
	"archive/zip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

const widget = `{"dataType":"CVE_RECORD","dataVersion":"5.2","cveMetadata":{"cveId":"CVE-2099-0001","state":"PUBLISHED","assignerShortName":"vendor",
	"datePublished":"2026-11-01T10:15:07.123Z","dateUpdated":"2026-11-20T08:00:00.000Z"},
	"containers":{"cna":{"title":"Path traversal in widget","descriptions":[{"lang":"de","value":"Hallo"},{"lang":"en-US","value":"Widget before 2.4 lets ..."}],
		"affected":[{"vendor":"v","product":"w","packageURL":"pkg:npm/%40vendor/widget","versions":[{"version":"2.0.0","status":"affected","lessThan":"2.4.0","versionType":"semver"}]},
			{"vendor":"v","product":"no package","defaultStatus":"affected"}],
		"cpeApplicability":[{"operator":"or","nodes":[{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:v:w:*:*:*:*:*:*:*:*","versionEndExcluding":"2.4.0"}]}]},
			{"nodes":[{"cpeMatch":[{"vulnerable":true,"criteria":"nonsense"}]}]}],
		"metrics":[{"cvssV3_1":{"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseScore":1}},{"cvssV4_0":{"vectorString":"nonsense"}}],
		"problemTypes":[{"descriptions":[{"lang":"en","description":"CWE-22 Path traversal"}]}],
		"references":[{"url":"https://vendor.example/sa/1","tags":["vendor-advisory","patch"]},{"url":"https://poc.example","tags":["Exploit"]},{"url":"javascript:x"}],
		"providerMetadata":{"orgId":"o","shortName":"vendor"}},
	 "adp":[{"title":"CVE Program Container","providerMetadata":{"shortName":"CVE"},"references":[{"url":"https://vendor.example/sa/1"},{"url":"https://list.example/1"}]},
		{"providerMetadata":{"orgId":"134c704f-9b21-4f2e-91b3-4a467353bcc0","shortName":"CISA-ADP","dateUpdated":"2026-11-19T00:00:00Z"},
		 "problemTypes":[{"descriptions":[{"cweId":"CWE-23"}]}],
		 "metrics":[{"other":{"type":"ssvc","content":{"timestamp":"2026-11-18T15:09:27.600862Z","options":[{"Exploitation":"active"},{"Automatable":"yes"},{"Technical Impact":"total"},{"Mood":7}]}}},
			{"other":{"type":"kev","content":{"dateAdded":"2026-11-05"}}}]}, 7]}}`

func TestParse(t *testing.T) {
	got, err := Parse([]byte(widget))
	if err != nil {
		t.Fatal(err)
	}
	want := intel.Advisory{
		Feed: "cve", ID: "CVE-2099-0001", Source: "CVE", Kind: intel.KindVulnerability, Summary: "Path traversal in widget",
		Details: "Widget before 2.4 lets ...", Published: time.Date(2026, 11, 1, 10, 15, 7, 0, time.UTC),
		Modified:   time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC),
		Severities: []intel.Severity{{Type: "CVSS_V3", Score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Source: "vendor"}},
		CWEs:       []string{"CWE-22", "CWE-23"}, URL: "https://www.cve.org/CVERecord?id=CVE-2099-0001",
		References: []intel.Reference{
			{Type: "FIX", URL: "https://vendor.example/sa/1"}, {Type: "EVIDENCE", URL: "https://poc.example"}, {Type: "WEB", URL: "https://list.example/1"},
		},
		Configurations: []intel.Configuration{{Operator: "OR", Nodes: []intel.Node{{Operator: "OR", Matches: []intel.CPEMatch{
			{Vulnerable: true, Criteria: "cpe:2.3:a:v:w:*:*:*:*:*:*:*:*", VersionEndExcluding: "2.4.0"},
		}}}}},
		Affected: []intel.Affected{{
			Package: ident.Package{Ecosystem: "npm", Name: "@vendor/widget"}, Name: "@vendor/widget", Versions: []string{},
			Ranges: []intel.Range{{Type: "SEMVER", Events: []intel.Event{{Introduced: "2.0.0"}, {Fixed: "2.4.0"}}}},
		}},
	}
	if diff := cmp.Diff(want, got.Advisory); diff != "" {
		t.Errorf("advisory (-want +got):\n%s", diff)
	}
	decided := intel.SSVC{
		CVE: "CVE-2099-0001", Exploitation: "active", Automatable: "yes", TechnicalImpact: "total",
		Decided: time.Date(2026, 11, 18, 15, 9, 27, 600862000, time.UTC),
	}
	if diff := cmp.Diff(decided, got.SSVC); diff != "" || !got.Decided {
		t.Errorf("decision (-want +got):\n%s", diff)
	}
	var warned []string
	for _, w := range got.Warnings {
		warned = append(warned, w.Path+" "+w.Code)
	}
	if diff := cmp.Diff([]string{"/containers/cna/cpeApplicability/1/nodes/0/cpeMatch/0/criteria bad_cpe", "/containers/cna/metrics/1 bad_vector", "/containers/adp/2 wrong_type"}, warned); diff != "" {
		t.Error(diff)
	}
}

// TestHowDatesAreWrittenChangesNothing: the CVE Program has rewritten the dates of all records at once.
func TestHowDatesAreWrittenChangesNothing(t *testing.T) {
	before, err := Parse([]byte(widget))
	if err != nil {
		t.Fatal(err)
	}
	for _, published := range []string{"2026-11-01T10:15:07", "2026-11-01T10:15:07.000Z", "2026-11-01T11:15:07+01:00"} {
		after, err := Parse([]byte(strings.NewReplacer("2026-11-01T10:15:07.123Z", published, "2026-11-20T08:00:00.000Z", "2026-11-30T00:00:00Z").Replace(widget)))
		if err != nil {
			t.Fatal(err)
		}
		after.Advisory.Modified = before.Advisory.Modified
		if diff := cmp.Diff(before.Advisory, after.Advisory); diff != "" {
			t.Errorf("%s: %s", published, diff)
		}
	}
}

func TestOnlyRejectedIsWithdrawn(t *testing.T) {
	got, err := Parse([]byte(`{"cveMetadata":{"cveId":"cve-2099-0002","state":"REJECTED","dateRejected":"2026-11-03T00:15:00.000Z","dateUpdated":"2026-11-04T00:00:00Z"},
		"containers":{"cna":{"rejectedReasons":[{"lang":"en","value":"A duplicate."}]}}}`))
	if err != nil || !got.Advisory.Withdrawn.Equal(time.Date(2026, 11, 3, 0, 15, 0, 0, time.UTC)) || got.Advisory.Details != "A duplicate." {
		t.Errorf("%+v %v", got.Advisory, err)
	}
	got, err = Parse([]byte(`{"cveMetadata":{"cveId":"CVE-2099-0002","state":"REJECTED"}}`))
	if err != nil || got.Advisory.Withdrawn.IsZero() {
		t.Errorf("rejected without any date: %+v %v", got.Advisory, err)
	}
	got, err = Parse([]byte(`{"cveMetadata":{"cveId":"CVE-2099-0002","state":"SOMETHING NEW"}}`))
	if err != nil || !got.Advisory.Withdrawn.IsZero() {
		t.Errorf("%+v %v", got.Advisory, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{"", "7", "[]", "{}", `{"cveMetadata":null}`, `{"cveMetadata":{"cveId":"GHSA-1"}}`, "404: Not Found", `{"cveMetadata":`} {
		if _, err := Parse([]byte(in)); err == nil {
			t.Errorf("%q was read", in)
		}
	}
}

func TestCorpus(t *testing.T) {
	archive, err := zip.OpenReader(testkit.SharedData(t, "cve/cve-records.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	records, decided, scored, packages := 0, 0, 0, 0
	for _, f := range archive.File {
		if !strings.HasSuffix(f.Name, ".json") {
			continue
		}
		data, err := unpack(f, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(data)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		records++
		if got.Decided {
			decided++
		}
		if len(got.Advisory.Severities) > 0 {
			scored++
		}
		packages += len(got.Advisory.Affected)
		for _, w := range got.Warnings {
			t.Logf("%s: %s %s: %s", f.Name, w.Path, w.Code, w.Message)
		}
	}
	if records != 445 || decided != 445 {
		t.Errorf("%d records, %d decided", records, decided)
	}
	t.Logf("%d scored, %d packages", scored, packages)
}

// FuzzParse: whatever comes, a record is refused, or names a CVE and holds only vectors that can be read.
func FuzzParse(f *testing.F) {
	f.Add([]byte(widget))
	f.Add([]byte(`{"cveMetadata":{"cveId":"CVE-2099-0001","state":7},"containers":{"adp":{},"cna":[]}}`))
	f.Add([]byte(`{"cveMetadata":{"cveId":"CVE-2099-0001"},"containers":{"adp":[null,{"metrics":[{"other":{"type":"ssvc","content":[]}}],"providerMetadata":{"shortName":"CISA-ADP"}}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Parse(data)
		if err != nil {
			return
		}
		if !intel.IsCVE(got.Advisory.ID) || got.Decided && got.SSVC.CVE != got.Advisory.ID {
			t.Errorf("kept %q, decided %q", got.Advisory.ID, got.SSVC.CVE)
		}
		for _, s := range got.Advisory.Severities {
			if _, _, _, err := intel.Score(s.Score); err != nil {
				t.Errorf("keeps a vector that cannot be scored: %v", err)
			}
		}
	})
}

// FuzzReadLog: whatever comes, only CVE ids with a time are taken, and each has a place in the repository.
func FuzzReadLog(f *testing.F) {
	f.Add(`[{"fetchTime":"2026-11-25T00:00:00.000Z","numberOfChanges":1,"new":[{"cveId":"CVE-2099-0001"}],"updated":[{"cveId":"../x"}],"error":[]}]`)
	f.Add(`[null,{"new":7}]`)
	f.Fuzz(func(t *testing.T, in string) {
		got, err := readLog(strings.NewReader(in))
		if err != nil {
			return
		}
		for id, at := range got.changes {
			if !intel.IsCVE(id) || at.IsZero() || strings.Count(pathOf(id), "/") != 3 {
				t.Errorf("took %q at %v, kept at %s", id, at, pathOf(id))
			}
		}
		got.days(time.Time{}, time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC))
	})
}
