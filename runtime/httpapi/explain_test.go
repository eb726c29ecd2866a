package httpapi_test

import (
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/sbom"
)

func TestExplainAnswersForPairsThatMatchAndForThoseThatDoNot(t *testing.T) {
	f := newFixture(t, sbom.DefaultLimits())
	f.loadIntel()
	type explained struct {
		Package, Version string
		Evidence         []struct{ Advisory, Rule, Words string }
	}
	ask := func(version, id string) explained {
		var got explained
		f.want(200, "GET", "/api/v1/explain?purl=pkg:maven/org.apache.logging.log4j/log4j-core@"+version+"&id="+id, "", &got)
		return got
	}
	for _, id := range []string{"CVE-2021-44228", "GHSA-jfh8-c2jp-5v3q"} {
		got := ask("2.14.1", id)
		if len(got.Evidence) != 3 {
			t.Fatalf("%s: %d entries, want the record's 3: %+v", id, len(got.Evidence), got)
		}
		if e := got.Evidence[0]; e.Rule != "in_range" || !strings.Contains(e.Words, ">= 2.13.0, < 2.15.0") {
			t.Errorf("%s: %+v", id, e)
		}
	}
	for _, e := range ask("2.17.1", "CVE-2021-44228").Evidence {
		if e.Rule != "not_in_range" || e.Words == "" {
			t.Errorf("2.17.1 must lie outside, with the comparison: %+v", e)
		}
	}
	var byCPE struct{ Products []string }
	f.want(200, "GET", "/api/v1/explain?cpe=cpe:/a:apache:log4j:2.14.1&id=CVE-2021-44228", "", &byCPE)
	if len(byCPE.Products) != 1 || byCPE.Products[0] != "apache:log4j" {
		t.Errorf("by CPE: %+v", byCPE)
	}
	f.refused(f.call("GET", "/api/v1/explain?cpe=log4j&id=CVE-2021-44228", nil), 422, "invalid")
	f.refused(f.call("GET", "/api/v1/explain?id=CVE-2021-44228", nil), 422, "invalid")
	f.refused(f.call("GET", "/api/v1/explain?purl=log4j&id=CVE-2021-44228", nil), 422, "invalid")
	f.refused(f.call("GET", "/api/v1/explain?purl=pkg:npm/a@1&id=CVE-2099-99999", nil), 404, "not_found")
}
