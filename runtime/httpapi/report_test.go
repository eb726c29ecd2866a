package httpapi_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

type reportBrief struct {
	ID         int64
	ReportID   string `json:"report_id"`
	TLP        string
	DoNotShare bool `json:"do_not_share"`
	TouchesUs  bool `json:"touches_us"`
	Full       bool
	Indicators int
	Held       int
}

type threat struct {
	Exploitation []struct {
		Value string
		By    struct{ Source string }
	}
	Automatable *struct{ Value string }
	Reports     []reportBrief
}

// receive does what the poller does with a step.
func (f *fixture) receive(ssvc []intel.SSVC, reports ...intel.Report) {
	f.t.Helper()
	incoming := make([]intel.IncomingReport, len(reports))
	for i, r := range reports {
		incoming[i].Report = r
	}
	err := pgx.BeginFunc(f.t.Context(), f.pool, func(tx pgx.Tx) error {
		if _, err := f.services.Intel.WriteSSVC(f.t.Context(), tx, ssvc); err != nil {
			return err
		}
		_, err := f.services.Intel.WriteReports(f.t.Context(), tx, "otx", incoming, intel.ReportRules{}, time.Now())
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.services.Intel.RefreshTouches(f.t.Context(), intel.ReportRules{}); err != nil {
		f.t.Fatal(err)
	}
}

func TestThreatReportsFromTheFeedToTheFinding(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.loadIntel()
	document := `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[
		{"type":"library","name":"log4j-core","group":"org.apache.logging.log4j","version":"2.14.1","purl":"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"},
		{"type":"library","name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0","externalReferences":[{"type":"distribution","url":"https://dl.evil.example/left.tgz"}]}]}`
	var up receipt
	f.want(http.StatusAccepted, "POST", "/api/v1/sboms?product=Shop&release=1", document, &up)
	f.match(up.SBOM.ID)
	day := func(n int) time.Time { return time.Now().AddDate(0, 0, -n) }
	f.receive([]intel.SSVC{{CVE: "CVE-2021-44228", Exploitation: "active", Automatable: "yes", TechnicalImpact: "total", Decided: day(9)}},
		intel.Report{ID: "cve", Name: "Log4Shell wave", TLP: "amber", Adversary: "FIN99", Modified: day(1), CVEs: []string{"CVE-2021-44228"},
			Indicators: []intel.Indicator{{Type: "CVE", Value: "CVE-2021-44228"}, {Type: "IPv4", Value: "203.0.113.7"}, {Type: "IPv4", Value: "203.0.113.8"}}},
		intel.Report{ID: "host", Name: "bad downloads", TLP: "white", Modified: day(2), Indicators: []intel.Indicator{{Type: "domain", Value: "evil.example", Role: "malware_hosting"}}},
		intel.Report{ID: "other", Name: "nothing of ours", Modified: day(3), Indicators: []intel.Indicator{{Type: "IPv4", Value: "203.0.113.7"}}},
	)
	ids := func(path string) (out []string) {
		t.Helper()
		for cursor := ""; ; {
			var page list[reportBrief]
			f.want(http.StatusOK, "GET", path+"limit=1&cursor="+url.QueryEscape(cursor), "", &page)
			for _, r := range page.Items {
				out = append(out, r.ReportID)
			}
			if cursor = page.Next; cursor == "" {
				return out
			}
		}
	}
	for path, want := range map[string][]string{
		"/api/v1/reports?": {"cve", "host"}, "/api/v1/reports?touches=all&": {"cve", "host", "other"},
		"/api/v1/reports?touches=all&q=NOTHING&": {"other"}, "/api/v1/reports?adversary=fin99&": {"cve"}, "/api/v1/reports?cve=CVE-2021-44228&": {"cve"},
		"/api/v1/reports?technique=T1190&": nil,
	} {
		if got := ids(path); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	var all list[reportBrief]
	f.want(http.StatusOK, "GET", "/api/v1/reports", "", &all)
	if r := all.Items[0]; !r.DoNotShare || r.TLP != "amber" || !r.TouchesUs || !r.Full || r.Indicators != 3 || r.Held != 1 {
		t.Errorf("%+v", r)
	}
	var page struct {
		reportBrief
		Types map[string]int `json:"indicator_types"`
		Leads []struct {
			Vulnerability, Link string
			Held, Known         bool
			Findings, Releases  int
		}
		Components []struct {
			Component           struct{ Name string }
			Shares, Type, Value string
			Releases            int
		}
	}
	f.want(http.StatusOK, "GET", fmt.Sprintf("/api/v1/reports/%d", all.Items[0].ID), "", &page)
	if len(page.Leads) != 1 || page.Leads[0].Findings != 1 || page.Leads[0].Releases != 1 || !page.Leads[0].Held || page.Types["IPv4"] != 2 || len(page.Components) != 0 {
		t.Errorf("%+v", page)
	}
	f.want(http.StatusOK, "GET", fmt.Sprintf("/api/v1/reports/%d", all.Items[1].ID), "", &page)
	if len(page.Components) != 1 || page.Components[0].Component.Name != "left" || page.Components[0].Shares != "domain" ||
		page.Components[0].Value != "evil.example" || page.Components[0].Releases != 1 || page.DoNotShare {
		t.Errorf("%+v", page)
	}
	var indicators list[struct{ Type, Value string }]
	path := fmt.Sprintf("/api/v1/reports/%d/indicators?type=IPv4&limit=1", all.Items[0].ID)
	f.want(http.StatusOK, "GET", path, "", &indicators)
	f.want(http.StatusOK, "GET", path+"&cursor="+indicators.Next, "", &indicators)
	if len(indicators.Items) != 1 || indicators.Items[0].Value != "203.0.113.8" {
		t.Errorf("%+v", indicators)
	}
	var hits struct {
		ReadAs     []string `json:"read_as"`
		Reports    []struct{ Report reportBrief }
		Components []struct{ Component struct{ Name string } }
	}
	f.want(http.StatusOK, "GET", "/api/v1/indicators?value="+url.QueryEscape("hxxps://DL.evil[.]example/left.tgz"), "", &hits)
	if len(hits.Reports) != 0 || len(hits.Components) != 1 || hits.Components[0].Component.Name != "left" || hits.ReadAs[0] != "url" {
		t.Errorf("%+v", hits)
	}
	f.want(http.StatusOK, "GET", "/api/v1/indicators?value=203.0.113.7", "", &hits)
	if len(hits.Reports) != 2 || hits.Reports[0].Report.ReportID != "cve" || len(hits.Components) != 0 {
		t.Errorf("%+v", hits)
	}
	f.knownOfLog4Shell()
	f.refused(f.call("GET", "/api/v1/reports/999999", nil), http.StatusNotFound, "not_found")
	f.refused(f.call("GET", "/api/v1/reports/999999/indicators", nil), http.StatusNotFound, "not_found")
	f.refused(f.call("GET", "/api/v1/reports?cursor=x", nil), http.StatusUnprocessableEntity, "invalid")
	f.refused(f.call("GET", "/api/v1/reports?technique=phishing", nil), http.StatusUnprocessableEntity, "invalid")
	f.refused(f.call("GET", "/api/v1/indicators", nil), http.StatusUnprocessableEntity, "invalid")
}

// knownOfLog4Shell: vulnerability and finding show reports and exploitation, each with who says so.
func (f *fixture) knownOfLog4Shell() {
	f.t.Helper()
	var vulnerability struct {
		threat
		Summary string
		Merged  struct {
			Summary, Severity struct {
				Value string
				By    struct{ Source, Feed, Advisory string }
			}
			CVSS []struct {
				Version    string
				Statements []struct{ Vector string }
			}
			Fixes []struct{ Package, Version string }
		}
		Advisories []struct{ Feeds []string }
		CVSSVector string `json:"cvss_vector"`
	}
	f.want(http.StatusOK, "GET", "/api/v1/vulnerabilities/CVE-2021-44228", "", &vulnerability)
	check := func(where string, got threat) {
		f.t.Helper()
		if len(got.Reports) != 1 || got.Reports[0].ReportID != "cve" || len(got.Exploitation) != 2 || got.Exploitation[0].Value != "active" ||
			got.Exploitation[0].By.Source != "CISA KEV" || got.Exploitation[1].By.Source != "CISA" || got.Automatable == nil || got.Automatable.Value != "yes" {
			f.t.Errorf("%s: %+v", where, got)
		}
	}
	check("vulnerability", vulnerability.threat)
	m := vulnerability.Merged
	if m.Summary.Value != vulnerability.Summary || m.Summary.By.Source != "GHSA" || m.Summary.By.Feed != "osv" || m.Severity.Value != "critical" ||
		len(m.CVSS) == 0 || m.CVSS[0].Statements[0].Vector != vulnerability.CVSSVector || len(m.Fixes) == 0 ||
		!slices.Equal(vulnerability.Advisories[0].Feeds, []string{"osv"}) {
		f.t.Errorf("%+v", vulnerability)
	}
	var findings list[struct{ ID int64 }]
	f.want(http.StatusOK, "GET", "/api/v1/findings?vulnerability=CVE-2021-44228", "", &findings)
	var finding threat
	f.want(http.StatusOK, "GET", fmt.Sprintf("/api/v1/findings/%d", findings.Items[0].ID), "", &finding)
	check("finding", finding)
}
