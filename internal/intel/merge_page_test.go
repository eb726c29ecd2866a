package intel_test

import (
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/nvd"
)

const (
	critical31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
	high31     = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"
	medium40   = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"
)

// store1 stores an advisory under a feed.
func (b *bench) store1(feed string, a intel.Advisory) {
	b.t.Helper()
	var records iter.Seq2[intel.Incoming, error] = func(yield func(intel.Incoming, error) bool) {
		yield(intel.Incoming{Path: a.ID, Advisory: a}, nil)
	}
	if _, err := b.store.ImportAdvisories(b.t.Context(), feed, intel.TriggerImport, records, nil); err != nil {
		b.t.Fatal(err)
	}
}

func on(day int) time.Time { return time.Date(2099, 1, day, 0, 0, 0, 0, time.UTC) }

// four are what four feeds say of one flaw; GitHub's record comes twice, once older.
func four() map[string]intel.Advisory {
	fix := func(version string) []intel.Affected {
		return []intel.Affected{{
			Package: ident.Package{Ecosystem: "npm", Name: "left"}, Name: "left",
			Ranges: []intel.Range{{Type: "SEMVER", Events: []intel.Event{{Introduced: "0"}, {Fixed: version}}}},
		}}
	}
	ghsa := intel.Advisory{
		ID: "GHSA-aaaa-bbbb-cccc", Source: "GHSA", Kind: intel.KindVulnerability, Aliases: []string{"CVE-2099-0001"}, Published: on(2), Modified: on(9),
		Summary: "Path traversal in left", Details: "GitHub's words.", SeverityLabel: "HIGH", CWEs: []string{"CWE-22"}, Affected: fix("2.0.0"),
		Severities: []intel.Severity{{Type: "CVSS_V3", Score: high31}},
		References: []intel.Reference{{Type: "WEB", URL: "https://vendor.example/1"}, {Type: "FIX", URL: "https://vendor.example/fix"}},
	}
	old := ghsa
	old.Modified, old.Summary = on(5), "Older words"
	return map[string]intel.Advisory{
		"ghsa": ghsa, "osv": old,
		"nvd": {
			ID: "CVE-2099-0001", Source: "NVD", Kind: intel.KindVulnerability, Published: on(3), Modified: on(20), Details: "** DISPUTED ** The CNA's words.",
			CWEs: []string{"CWE-22", "CWE-73"}, Status: "Deferred", Tags: []string{"disputed", "exclusively-hosted-service"},
			Severities: []intel.Severity{{Type: "CVSS_V3", Score: critical31, Source: "NVD"}, {Type: "CVSS_V3", Score: high31, Source: "cna@vendor.example"},
				{Type: intel.TypeSSVC, Score: "SSVCv2/E:P/A:Y/T:T", Source: "CISA"}},
			References: []intel.Reference{{Type: "EVIDENCE", URL: "https://vendor.example/1"}},
		},
		"cve": {
			ID: "CVE-2099-0001", Source: "CVE", Kind: intel.KindVulnerability, Published: on(1), Modified: on(4), Summary: "The CNA's title", Details: "The CNA's words.",
			Severities: []intel.Severity{{Type: "CVSS_V4", Score: medium40}}, Affected: fix("2.0.0"),
		},
	}
}

func TestEveryFieldSaysWhereItComesFrom(t *testing.T) {
	t.Parallel()
	by := func(source, advisory, feed string) intel.By {
		return intel.By{Source: source, Advisory: advisory, Feed: feed}
	}
	ghsa, fromNVD, cve := by("GHSA", "GHSA-aaaa-bbbb-cccc", "ghsa"), by("NVD", "CVE-2099-0001", "nvd"), by("CVE", "CVE-2099-0001", "cve")
	cisa := by("CISA", "CVE-2099-0001", "nvd")
	want := intel.Merged{
		Summary:     &intel.Said[string]{Value: "Path traversal in left", By: ghsa},
		Description: &intel.Said[string]{Value: "GitHub's words.", By: ghsa},
		Severity:    &intel.Said[string]{Value: "high", By: ghsa},
		Published:   &intel.Said[time.Time]{Value: on(1), By: cve},
		Modified:    &intel.Said[time.Time]{Value: on(20), By: fromNVD},
		CVSS: []intel.CVSSStatements{
			{Version: "4.0", All: []intel.Rated{{Vector: medium40, Score: 6.9, Severity: "medium", By: cve}}},
			{Version: "3.1", All: []intel.Rated{
				{Vector: high31, Score: 7.5, Severity: "high", By: ghsa}, {Vector: critical31, Score: 9.8, Severity: "critical", By: fromNVD},
				{Vector: high31, Score: 7.5, Severity: "high", By: by("cna@vendor.example", "CVE-2099-0001", "nvd")},
			}},
		},
		CWEs: []intel.Shared{{Value: "CWE-22", By: []intel.By{ghsa, fromNVD}}, {Value: "CWE-73", By: []intel.By{fromNVD}}},
		References: []intel.SharedReference{
			{Reference: intel.Reference{Type: "EVIDENCE", URL: "https://vendor.example/1"}, By: []intel.By{ghsa, fromNVD}},
			{Reference: intel.Reference{Type: "FIX", URL: "https://vendor.example/fix"}, By: []intel.By{ghsa}},
		},
		Fixes: []intel.Fix{{Ecosystem: "npm", Package: "left", Version: "2.0.0", By: []intel.By{ghsa, cve}}},
		Status: []intel.StatusFact{
			{Status: "deferred", Words: "Deferred", By: fromNVD}, {Status: "disputed", Words: "disputed", By: fromNVD},
			{Status: "hosted_service", Words: "exclusively-hosted-service", By: fromNVD},
		},
		Exploitation: []intel.Dated{{Value: "poc", By: cisa}}, Automatable: &intel.Dated{Value: "yes", By: cisa}, TechnicalImpact: &intel.Dated{Value: "total", By: cisa},
	}
	for _, order := range [][]string{{"ghsa", "osv", "nvd", "cve"}, {"cve", "nvd", "osv", "ghsa"}, {"osv", "cve", "ghsa", "nvd"}} {
		b := newBench(t)
		for _, feed := range order {
			b.store1(feed, four()[feed])
		}
		page, err := b.store.Vulnerability(t.Context(), "CVE-2099-0001")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, page.Merged); diff != "" {
			t.Errorf("in the order %v (-want +got):\n%s", order, diff)
		}
		var statements []string
		for _, a := range page.Advisories {
			statements = append(statements, a.Source+" "+a.Feed)
			if a.Source == "GHSA" && !slices.Equal(a.Feeds, []string{"ghsa", "osv"}) {
				t.Errorf("carried by %v", a.Feeds)
			}
		}
		if !slices.Equal(statements, []string{"GHSA ghsa", "CVE cve", "NVD nvd"}) {
			t.Errorf("statements %v", statements)
		}
		if page.Summary != want.Summary.Value || page.Severity != "high" || page.Vector != high31 || page.Details != "GitHub's words." {
			t.Errorf("headline %q %s %s", page.Summary, page.Severity, page.Vector)
		}
	}
}

func TestWhatIsKnownOfAttacks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.store1("nvd", four()["nvd"])
	b.ssvc(intel.SSVC{CVE: "CVE-2099-0001", Exploitation: "active", Automatable: "no", Decided: on(7)})
	if _, err := b.store.ImportKEV(t.Context(), intel.KEVCatalogue{Entries: []intel.KEVEntry{{CVE: "CVE-2099-0001", DateAdded: on(8)}}}); err != nil {
		t.Fatal(err)
	}
	page, err := b.store.Facts(t.Context(), "CVE-2099-0001")
	if err != nil {
		t.Fatal(err)
	}
	kevDay, decided := on(8), on(7)
	vulnrichment := intel.By{Source: "CISA", Feed: "cve"}
	want := []intel.Dated{{Value: "active", By: intel.By{Source: "CISA KEV", Feed: "kev"}, Since: &kevDay}, {Value: "active", By: vulnrichment, Since: &decided}}
	if diff := cmp.Diff(want, page.Merged.Exploitation); diff != "" {
		t.Errorf("the catalogue, then CISA's own decision before NVD's copy (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&intel.Dated{Value: "no", By: vulnrichment, Since: &decided}, page.Merged.Automatable); diff != "" || page.Merged.TechnicalImpact != nil {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// NVD analyses few records since 2026 and gives no CPE for the others: what the CNA says is affected counts then.
func TestNVDWithoutCPEGoesByTheCNAsPackages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a, warnings, err := nvd.Parse([]byte(`{"cve":{"id":"CVE-2099-0031","published":"2026-11-02T00:15:00.000","lastModified":"2026-11-03T00:15:00.000",
		"vulnStatus":"Deferred","cveTags":[{"sourceIdentifier":"cna@vendor.example","tags":["unsupported-when-assigned"]}],
		"affected":[{"source":"cna@vendor.example","affectedData":[{"vendor":"vendor","product":"left","packageURL":"pkg:npm/left","defaultStatus":"unaffected",
			"versions":[{"version":"1.0.0","status":"affected","lessThan":"2.0.0","versionType":"semver"}]}]}]}}`))
	if err != nil || len(warnings) != 0 {
		t.Fatal(err, warnings)
	}
	b.store1("nvd", a)
	found := 0
	for c, err := range b.store.Candidates(t.Context(), b.pool, []intel.NameKey{{Ecosystem: "npm", Name: "left"}}) {
		if err != nil {
			t.Fatal(err)
		}
		found++
		if c.AdvisoryID != "CVE-2099-0031" || c.Withdrawn || len(c.Affected.Ranges) != 1 {
			t.Errorf("%+v", c)
		}
	}
	page, err := b.store.Vulnerability(t.Context(), "CVE-2099-0031")
	if err != nil {
		t.Fatal(err)
	}
	var status []string
	for _, s := range page.Merged.Status {
		status = append(status, s.Status)
	}
	if found != 1 || !slices.Equal(status, []string{"deferred", "unsupported"}) || len(page.Merged.Fixes) != 1 || page.Merged.Fixes[0].Version != "2.0.0" {
		t.Errorf("%d candidates, status %v, fixes %+v", found, status, page.Merged.Fixes)
	}
}
