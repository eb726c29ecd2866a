package intel_test

import (
	"context"
	"testing"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/nvd"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// TestNVDJoinsTheGroupOfItsCVE loads the shared pages beside a GHSA record, twice, and looks a product up.
func TestNVDJoinsTheGroupOfItsCVE(t *testing.T) {
	t.Parallel()
	files, err := nvd.Find([]string{testkit.SharedData(t, "nvd/page-01.json"), testkit.SharedData(t, "nvd/page-02.json")})
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	ctx := context.Background()
	load := func() intel.RunResult {
		r, err := b.store.ImportNVD(ctx, nvd.Records(ctx, files), nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := load(); r.Added != 96 || r.Refused != 0 || r.Withdrawn != 2 {
		t.Errorf("first: %+v", r)
	}
	before := fingerprint(t, b.pool)
	if r := load(); r.Added+r.Changed != 0 {
		t.Errorf("second: %+v", r)
	}
	if fingerprint(t, b.pool) != before {
		t.Error("the second import wrote rows")
	}
	var cve string
	var key intel.CPEKey
	err = b.pool.QueryRow(ctx, `
		select a.advisory_id, p.vendor, p.product
		from affected_cpe_products p join affected_cpes c on c.id = p.affected_cpe_id join advisories a on a.id = c.advisory_id
		where a.withdrawn is null and a.severities <> '[]'
		order by a.advisory_id, p.vendor, p.product limit 1`).Scan(&cve, &key.Vendor, &key.Product)
	if err != nil {
		t.Fatal(err)
	}
	b.load(djx("GHSA-A", cve))
	found := false
	for c, err := range b.store.CPECandidates(ctx, b.pool, []intel.CPEKey{key, {Vendor: "no", Product: "body"}}) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Key != key || len(c.Configuration.Nodes) == 0 || len(c.Vulnerabilities) != 1 {
			t.Errorf("%+v", c)
		}
		found = found || c.AdvisoryID == cve && c.VulnerabilityIDs[0] == cve
	}
	if !found {
		t.Errorf("%s is not found by %v", cve, key)
	}
	page, err := b.store.Vulnerability(ctx, "GHSA-A")
	if err != nil {
		t.Fatal(err)
	}
	if page.Name != cve || len(page.Advisories) != 2 || page.Score == nil || page.Details == "" || page.Summary == "" {
		t.Errorf("%+v", page)
	}
}

// Case 23, the data side: the tree is kept whole, and only what is at fault leads to it.
func TestCase23PlatformIsKeptAndNotLookedUp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	a, _, err := nvd.Parse([]byte(`{"cve":{"id":"CVE-2099-0023","published":"2026-11-02T00:15:00.000","lastModified":"2026-11-03T00:15:00.000",
		"configurations":[{"operator":"AND","nodes":[
			{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:acme:cat:-:*:*:*:*:*:*:*"}]},
			{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":false,"criteria":"cpe:2.3:o:acme:osx:8.0:*:*:*:*:*:*:*"}]}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	records := func(yield func(intel.Incoming, error) bool) { yield(intel.Incoming{Path: "case 23", Advisory: a}, nil) }
	if _, err := b.store.ImportNVD(ctx, records, nil); err != nil {
		t.Fatal(err)
	}
	var got []intel.CPECandidate
	for c, err := range b.store.CPECandidates(ctx, b.pool, []intel.CPEKey{{Vendor: "acme", Product: "cat"}, {Vendor: "acme", Product: "osx"}}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c)
	}
	if len(got) != 1 || got[0].Key.Product != "cat" || got[0].Configuration.Operator != "AND" || len(got[0].Configuration.Nodes) != 2 ||
		got[0].Configuration.Nodes[1].Matches[0].Vulnerable {
		t.Errorf("%+v", got)
	}
}
