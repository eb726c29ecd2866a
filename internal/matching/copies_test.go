package matching_test

import (
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// learnFrom stores advisories under the feed that carries them and matches what changed.
func (b *bundle) learnFrom(feed string, advisories ...intel.Advisory) {
	b.t.Helper()
	b.changed = nil
	var records iter.Seq2[intel.Incoming, error] = func(yield func(intel.Incoming, error) bool) {
		for _, a := range advisories {
			if !yield(intel.Incoming{Advisory: a, Path: a.ID}, nil) {
				return
			}
		}
	}
	if _, err := b.intel.ImportAdvisories(b.t.Context(), feed, intel.TriggerImport, records, nil); err != nil {
		b.t.Fatal(err)
	}
	b.rematch()
}

// one is the only finding that there is.
func (b *bundle) one() finding.Detail {
	b.t.Helper()
	page, err := b.findings.List(b.t.Context(), finding.Filter{State: "all"}, "", "", 10)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(page.Items) != 1 {
		b.t.Fatalf("%d findings, want one: %+v", len(page.Items), page.Items)
	}
	d, err := b.findings.Get(b.t.Context(), page.Items[0].ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

// The same advisory of GitHub's by way of OSV and from GitHub itself: one finding, one statement, whichever came first.
func TestTheSameRecordFromTwoFeedsIsOneFindingWithOneReason(t *testing.T) {
	t.Parallel()
	record := adv("GHSA-aaaa-bbbb-cccc", "left", "0", "2.0.0", "CVE-2099-0001")
	type shown struct {
		Vulnerability, Severity, Fixed, State string
		Statements                            []finding.Statement
	}
	see := func(order ...string) shown {
		b := setup(t)
		stored := b.store("Shop", "1.0", "left@1.0.0")
		for _, feed := range order {
			b.learnFrom(feed, record)
		}
		if _, err := b.matcher.MatchSBOM(t.Context(), stored.ID); err != nil {
			t.Fatal(err)
		}
		d := b.one()
		return shown{d.Vulnerability, d.Severity, d.FixedVersion, d.State, d.Statements}
	}
	alone := see("ghsa")
	want := alone
	want.Statements = append([]finding.Statement{}, alone.Statements...)
	want.Statements[0].Feeds = []string{"ghsa", "osv"}
	for _, order := range [][]string{{"osv", "ghsa"}, {"ghsa", "osv"}} {
		if diff := cmp.Diff(want, see(order...)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", order, diff)
		}
	}
	if len(alone.Statements) != 1 || alone.Statements[0].Feed != "ghsa" {
		t.Errorf("%+v", alone)
	}
}

func TestAWithdrawalAtItsAuthorEndsTheFinding(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stored := b.store("Shop", "1.0", "left@1.0.0")
	record := adv("GHSA-aaaa-bbbb-cccc", "left", "0", "2.0.0")
	b.learnFrom("osv", record)
	b.learnFrom("ghsa", record)
	if _, err := b.matcher.MatchSBOM(t.Context(), stored.ID); err != nil {
		t.Fatal(err)
	}
	if d := b.one(); d.State != "open" {
		t.Fatalf("%+v", d.Finding)
	}
	record.Modified = time.Unix(99, 0)
	record.Withdrawn = record.Modified
	b.learnFrom("ghsa", record) // OSV will follow in an hour
	if d := b.one(); d.State != "resolved" || d.Resolution != "withdrawn" {
		t.Errorf("%+v", d.Finding)
	}
}

func TestARejectedCVEWhoseAdvisoryLivesOnStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stored := b.store("Shop", "1.0", "left@1.0.0")
	b.learnFrom("ghsa", adv("GHSA-aaaa-bbbb-cccc", "left", "0", "2.0.0", "CVE-2099-0001"))
	nvd := intel.Advisory{ID: "CVE-2099-0001", Source: "NVD", Kind: intel.KindVulnerability, Modified: time.Unix(5, 0), Withdrawn: time.Unix(5, 0), Status: "Rejected"}
	b.learnFrom("nvd", nvd)
	if _, err := b.matcher.MatchSBOM(t.Context(), stored.ID); err != nil {
		t.Fatal(err)
	}
	if d := b.one(); d.State != "open" || d.Vulnerability != "CVE-2099-0001" {
		t.Errorf("%+v", d.Finding)
	}
	page, err := b.intel.Vulnerability(t.Context(), "CVE-2099-0001")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(5, 0).UTC()
	want := []intel.StatusFact{{Status: "rejected", Words: "Rejected", By: intel.By{Source: "NVD", Advisory: "CVE-2099-0001", Feed: "nvd"}, Since: &at}}
	if diff := cmp.Diff(want, page.Merged.Status); diff != "" || page.Withdrawn != nil {
		t.Errorf("withdrawn %v (-want +got):\n%s", page.Withdrawn, diff)
	}
}

// To check: once, however many feeds carry the record, and not at all where a copy of it confirms.
func TestPossibleMatchesAreListedOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stored := b.store("Shop", "1.0", "left@1.0.0")
	unsure := adv("GHSA-aaaa-bbbb-cccc", "left", "0", "")
	unsure.Affected[0].Ranges = nil
	unsure.Affected[0].Versions = []string{"0.1.0"}
	for _, feed := range []string{"osv", "ghsa"} {
		b.learnFrom(feed, unsure)
	}
	if _, err := b.matcher.MatchSBOM(t.Context(), stored.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.pool.Exec(t.Context(), `
		insert into matches (component_id, advisory_id, confidence, reason, evidence, matcher_version)
		select c.id, a.id, 'possible', 'pseudo_version', '{}', 1 from components c, advisories a`); err != nil {
		t.Fatal(err)
	}
	page, err := b.findings.Possible(t.Context(), stored.ReleaseID, "", 1)
	if err != nil || len(page.Items) != 1 || page.Next != "" {
		t.Errorf("%+v (%v)", page, err)
	}
	counts, _, err := b.findings.PossibleCounts(t.Context(), []int64{stored.ReleaseID})
	if err != nil || counts[stored.ReleaseID] != 1 {
		t.Errorf("counts %v (%v)", counts, err)
	}
}
