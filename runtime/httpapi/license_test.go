package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/sbom"
)

func TestLicencesOfARelease(t *testing.T) {
	f := newFixture(t, sbom.DefaultLimits())
	f.call("POST", "/api/v1/sboms?product=Shop&release=1", body(`{"bomFormat":"CycloneDX","specVersion":"1.6","components":[
		{"type":"library","name":"a","licenses":[{"expression":"MIT OR Apache-2.0"}]},{"type":"library","name":"b","licenses":[{"license":{"id":"Apache-2.0"}}]},
		{"type":"library","name":"c","licenses":[{"license":{"name":"MIT/Apache-2.0"}}]}]}`))
	var page struct {
		Items []struct {
			Licenses []string
			Count    int `json:"component_count"`
			Outcome  string
			Because  []string
		}
	}
	f.want(200, "GET", "/api/v1/releases/1/licenses?forbid=Apache-2.0&forbid=GPL-2.0-only", "", &page)
	got := map[string]string{}
	for _, l := range page.Items {
		got[l.Licenses[0]] = l.Outcome
		if (l.Outcome == "none") != (len(l.Because) == 0) || l.Count != 1 {
			t.Errorf("%+v", l)
		}
	}
	for licence, outcome := range map[string]string{"MIT OR Apache-2.0": "none", "Apache-2.0": "violation", "MIT/Apache-2.0": "needs_review"} {
		if got[licence] != outcome {
			t.Errorf("%s: %q, want %q", licence, got[licence], outcome)
		}
	}
	p := f.refused(f.call("GET", "/api/v1/releases/1/licenses?forbid=MIT&forbid=Apache%202", nil), 422, "invalid")
	if len(p.Faults) != 1 || p.Faults[0].Path != "query.forbid[1]" {
		t.Errorf("faults %+v", p.Faults)
	}
	f.refused(f.call("GET", "/api/v1/releases/99/licenses", nil), 404, "not_found")
}

func TestTheLicenceIsServedToAdmins(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	a := f.want(http.StatusOK, "GET", "/api/v1/license", "", nil)
	if got := strings.TrimSpace(string(a.body)); got != `{"mode":"jwt","standing":"evaluation","customer":"","seats":0,"seats_taken":1,"warning":""}` {
		t.Error(got)
	}
	f.refused(f.call("GET", "/api/v1/license", nil, "Cookie", ""), http.StatusUnauthorized, "unauthenticated")
}
