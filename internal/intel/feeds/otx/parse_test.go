package otx

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// The same pulse as listings give it and as /pulses/{id} does.
const (
	listed = `{"id":"65f0c0ffee65f0c0ffee0001","name":"Widget exploitation wave, see CVE-2099-0003","description":"... cve-2099-0004.","author_name":"AlienVault",
		"modified":"2026-11-20T10:11:12.345000","created":"2026-11-19T10:11:12","revision":2,"tlp":"green","public":1,"adversary":"FIN99",
		"indicators":[{"id":3900000001,"indicator":"cve-2099-0001","type":"CVE","created":"2026-11-19T10:11:13","expiration":null,"is_active":1,"role":null},
			{"id":3900000002,"indicator":"203.0.113.7","type":"IPv4","expiration":"2026-12-19T00:00:00","is_active":0,"role":"command_and_control"},
			{"id":3900000003,"indicator":"odd","type":"Telepathy","is_active":true,"access_type":"redacted"},
			{"id":3900000002,"indicator":"203.0.113.7","type":"IPv4"}, null, {"indicator":"","type":"URL"}],
		"tags":["widget","cve-2099-0002"],"targeted_countries":["Germany"],"malware_families":["WidgetRAT"],"attack_ids":["T1190","T1566.001","nonsense"],
		"references":["https://blog.example/wave","","file:///x"],"industries":["Finance"],"extract_source":[],"more_indicators":false}`
	single = `{"id":"65f0c0ffee65f0c0ffee0001","name":"Widget exploitation wave, see CVE-2099-0003","description":"... cve-2099-0004.",
		"author":{"username":"AlienVault","id":"7"},"modified":"2026-11-20T10:11:12.345","created":"2026-11-19T10:11:12.000000","TLP":"green","public":true,"adversary":"FIN99",
		"indicators":[{"indicator":"CVE-2099-0001","type":"CVE","is_active":true},{"indicator":"203.0.113.7","type":"IPv4","expiration":"2026-12-19T00:00:00.000000","is_active":false,"role":"command_and_control"},
			{"indicator":"odd","type":"Telepathy","is_active":1}],
		"tags":["widget","cve-2099-0002"],"targeted_countries":["Germany"],"malware_families":[{"id":"WidgetRAT","display_name":"WidgetRAT","target":null}],
		"attack_ids":[{"id":"T1190","name":"Exploit Public-Facing Application","display_name":"T1190 - Exploit Public-Facing Application"},{"id":"T1566.001"}],
		"references":["https://blog.example/wave"],"industries":["Finance"],"indicator_count":3,"more_indicators":0}`
)

func TestBothFormsOfAPulse(t *testing.T) {
	want := intel.Report{
		ID: "65f0c0ffee65f0c0ffee0001", Name: "Widget exploitation wave, see CVE-2099-0003", Description: "... cve-2099-0004.", Author: "AlienVault",
		Adversary: "FIN99", TLP: "green", Tags: []string{"widget", "cve-2099-0002"}, MalwareFamilies: []string{"WidgetRAT"},
		AttackIDs: []string{"T1190", "T1566.001"}, Industries: []string{"Finance"}, Countries: []string{"Germany"},
		References: []string{"https://blog.example/wave"},
		Created:    time.Date(2026, 11, 19, 10, 11, 12, 0, time.UTC), Modified: time.Date(2026, 11, 20, 10, 11, 12, 345e6, time.UTC),
		CVEs: []string{"CVE-2099-0001", "CVE-2099-0002", "CVE-2099-0003", "CVE-2099-0004"},
		Indicators: []intel.Indicator{
			{Type: "CVE", Value: "CVE-2099-0001", Active: true},
			{Type: "IPv4", Value: "203.0.113.7", Role: "command_and_control", Expires: time.Date(2026, 12, 19, 0, 0, 0, 0, time.UTC)},
			{Type: "Telepathy", Value: "odd", Active: true},
		},
	}
	for name, raw := range map[string]string{"listed": listed, "single": single} {
		got, more, err := Parse([]byte(raw))
		if diff := cmp.Diff(want, got); diff != "" || more || err != nil {
			t.Errorf("%s: more %t, %v (-want +got):\n%s", name, more, err, diff)
		}
	}
}

func TestLittleIsEnough(t *testing.T) {
	for raw, wantMore := range map[string]bool{
		`{"id":"x"}`: false, `{"id":"x","more_indicators":1}`: true, `{"id":"x","more_indicators":true,"tags":"one","adversary":null}`: true,
		`{"id":"x","indicator_count":7}`: true, `{"id":"x","indicators":[],"indicator_count":7,"malware_families":null,"references":{}}`: false,
		`{"id":"x","name":7,"modified":"yesterday"}`: false,
	} {
		got, more, err := Parse([]byte(raw))
		if err != nil || got.ID != "x" || got.TLP != "white" || more != wantMore {
			t.Errorf("%s: %+v, more %t, %v", raw, got, more, err)
		}
	}
	for _, raw := range []string{"", "[]", "7", "{}", `{"id":7}`, `{"id":"` + strings.Repeat("x", 101) + `"}`} {
		if _, _, err := Parse([]byte(raw)); err == nil {
			t.Errorf("%q was read", raw)
		}
	}
}

func TestTLP(t *testing.T) {
	for in, want := range map[string]string{
		"": "white", "WHITE": "white", "clear": "white", "TLP:AMBER": "amber", "amber+strict": "amber", "Red": "red", "purple": "red", "green": "green",
	} {
		if got := tlp(in); got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
}

// FuzzParse: whatever comes, a pulse is refused, or has an id and holds nothing that PostgreSQL does not take.
func FuzzParse(f *testing.F) {
	f.Add([]byte(listed))
	f.Add([]byte(single))
	f.Add([]byte(`{"id":"a\u0000b","tags":[null,7,{"x":1}],"author":[],"indicators":[{"indicator":"\u0000","type":null,"is_active":"maybe"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, _, err := Parse(data)
		if err != nil {
			return
		}
		texts := slices.Concat([]string{got.ID, got.Name, got.Description, got.Author, got.Adversary}, got.Tags, got.MalwareFamilies, got.Countries, got.References)
		for _, i := range got.Indicators {
			if i.Value == "" {
				t.Error("keeps an indicator without a value")
			}
			texts = append(texts, i.Type, i.Value, i.Role)
		}
		if got.ID == "" || slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, "\x00") }) {
			t.Errorf("keeps %+v", got)
		}
		for _, id := range got.CVEs {
			if !intel.IsCVE(id) {
				t.Errorf("takes %q for a CVE id", id)
			}
		}
	})
}
