package kev

import (
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

func TestParse(t *testing.T) {
	c, err := Parse(strings.NewReader("\ufeff" + `{"title":"CISA Catalog","catalogVersion":"2099.11.24","dateReleased":"2099-11-24T18:52:56.0635Z","count":5,
		"vulnerabilities":[
			{"cveID":"cve-2099-0001 ","vulnerabilityName":"Widget Path Traversal","dateAdded":"2099-11-05","requiredAction":"Update.","dueDate":"2099-11-08",
				"knownRansomwareCampaignUse":"Known","forensicTriage":"No","notes":"https:\/\/vendor.example","cwes":[]},
			{"cveID":"CVE-2099-0002","dateAdded":"2099-11-05","dueDate":"","knownRansomwareCampaignUse":"Unknown","cwes":"none"},
			{"cveID":"CVE-2099-0003","dateAdded":"soon"},
			{"cveID":"VU#1","dateAdded":"2099-11-05"},
			7]}`))
	if err != nil {
		t.Fatal(err)
	}
	if c.Version != "2099.11.24" || len(c.Entries) != 2 || len(c.Refused) != 3 {
		t.Fatalf("%+v", c)
	}
	first, second := c.Entries[0], c.Entries[1]
	if first.CVE != "CVE-2099-0001" || !first.Ransomware || first.Notes != "https://vendor.example" ||
		!first.DueDate.Equal(time.Date(2099, 11, 8, 0, 0, 0, 0, time.UTC)) || first.Name != "Widget Path Traversal" {
		t.Errorf("%+v", first)
	}
	if second.Ransomware || !second.DueDate.IsZero() {
		t.Errorf("%+v", second)
	}
	if c.Refused[0].Path != "/vulnerabilities/2" {
		t.Errorf("refused at %s", c.Refused[0].Path)
	}
}

func TestParseRefusesWhatIsNoCatalogue(t *testing.T) {
	for _, in := range []string{
		"", "<html>busy</html>", "[]", "{}", `{"vulnerabilities":[]}`, `{"count":2,"vulnerabilities":[{"cveID":"CVE-2099-0001","dateAdded":"2099-01-01"}]}`,
		`{"count":1,"vulnerabilities":[{"cveID":"CVE-2099-0001"`,
	} {
		if _, err := Parse(strings.NewReader(in)); !problem.Is(err, problem.Malformed) {
			t.Errorf("%q: got %v", in, err)
		}
	}
}
