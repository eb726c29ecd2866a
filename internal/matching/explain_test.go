package matching_test

import (
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/matching"
)

func TestExplainByCPE(t *testing.T) {
	b := setup(t)
	b.learnNVD(nvdRecord("CVE-2099-0100", "acme:cat", "9.0", ""), nvdRecord("CVE-2099-0101", "acme:cat", "9.0", "acme:osx"), nvdRecord("CVE-2099-0102", "acme:left", "9.0", ""))
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "8.1.0", "CVE-2099-0102"))
	cpe := func(s string) string { return "cpe:2.3:a:" + s + ":*:*:*:*:*:*:*" }
	for _, tc := range []struct {
		asked matching.Asked
		id    string
		want  []string // rule and a part of the words, by evidence
	}{
		{matching.Asked{CPE: cpe("acme:cat:8.5")}, "CVE-2099-0100", []string{"cpe: names acme:cat < 9.0 as vulnerable"}},
		{matching.Asked{CPE: cpe("acme:cat:9.0")}, "CVE-2099-0100", []string{`not_in_range: the component's version "9.0" is none of these`}},
		{matching.Asked{CPE: cpe("acme:cat:8.5")}, "CVE-2099-0101", []string{"platform_not_seen: platform acme:osx not seen"}},
		{matching.Asked{CPE: cpe("acme:dog:8.5")}, "CVE-2099-0100", nil},
		{matching.Asked{PURL: "pkg:generic/cat@8.5", CPE: cpe("acme:cat:*")}, "CVE-2099-0100", []string{"cpe: names acme:cat < 9.0"}},
		{matching.Asked{PURL: "pkg:npm/left@8.5.0", CPE: cpe("acme:left:8.5.0")}, "CVE-2099-0102", []string{
			"contradicted: GHSA-aaaa-aaaa-aaaa, of the package's own ecosystem, says that this version is not affected", "not_in_range: lies outside the range < 8.1.0",
		}},
		{matching.Asked{PURL: "pkg:npm/other@8.5.0", CPE: cpe("acme:left:8.5.0")}, "CVE-2099-0102", []string{"beside_ecosystem: no advisory of the package's own ecosystem"}},
		{matching.Asked{PURL: "pkg:npm/left@8.0.0"}, "CVE-2099-0102", []string{"in_range: lies in the range < 8.1.0"}},
	} {
		got, err := matching.NewExplainer(b.pool, b.intel).Explain(t.Context(), tc.asked, tc.id)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Evidence) != len(tc.want) {
			t.Errorf("%+v %s: %+v, want %d", tc.asked, tc.id, got.Evidence, len(tc.want))
			continue
		}
		for i, want := range tc.want {
			rule, words, _ := strings.Cut(want, ": ")
			if e := got.Evidence[i]; e.Rule != rule || !strings.Contains(e.Words, words) {
				t.Errorf("%+v %s: got %s %q, want %q", tc.asked, tc.id, e.Rule, e.Words, want)
			}
		}
	}
}
