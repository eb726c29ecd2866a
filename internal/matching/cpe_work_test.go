package matching_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/matching"
)

// nvdRecord names a product below a version as vulnerable, on a platform where one is given.
func nvdRecord(id, product, end, platform string) intel.Advisory {
	c := intel.Configuration{Operator: "AND", Nodes: []intel.Node{{Operator: "OR", Matches: []intel.CPEMatch{
		{Vulnerable: true, Criteria: "cpe:2.3:a:" + product + ":*:*:*:*:*:*:*:*", VersionEndExcluding: end}}}}}
	if platform != "" {
		c.Nodes = append(c.Nodes, intel.Node{Operator: "OR", Matches: []intel.CPEMatch{{Criteria: "cpe:2.3:o:" + platform + ":*:*:*:*:*:*:*:*"}}})
	}
	return intel.Advisory{
		Feed: "nvd", ID: id, Source: "NVD", Kind: intel.KindVulnerability, Modified: time.Unix(1, 0), Configurations: []intel.Configuration{c},
		Severities: []intel.Severity{{Type: "CVSS_V3", Score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
	}
}

func (b *bundle) learnNVD(advisories ...intel.Advisory) {
	b.t.Helper()
	b.changed = nil
	records := func(yield func(intel.Incoming, error) bool) {
		for _, a := range advisories {
			if !yield(intel.Incoming{Advisory: a, Path: a.ID}, nil) {
				return
			}
		}
	}
	if _, err := b.intel.ImportNVD(b.t.Context(), records, nil); err != nil {
		b.t.Fatal(err)
	}
}

// byCPE is a component of a document that bears a CPE, and a package URL where one is given.
func byCPE(name, version, product, purl string) string {
	s := fmt.Sprintf(`"type":"application","name":%q,"version":%q,"cpe":"cpe:2.3:a:%s:%s:*:*:*:*:*:*:*"`, name, version, product, version)
	if purl != "" {
		s += fmt.Sprintf(`,"purl":%q`, purl)
	}
	return "{" + s + "}"
}

// uncovered lists the components that are not covered as "name reason".
func (b *bundle) uncovered() []string {
	b.t.Helper()
	var out []string
	err := b.pool.QueryRow(b.t.Context(), `
		select coalesce(array_agg(name || ' ' || not_covered order by name), '{}') from components where not_covered <> ''`).Scan(&out)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func TestAnNVDRecordBecomesAFindingAndIsTakenBack(t *testing.T) {
	b := setup(t)
	s := b.storeComponents("Shop", "1.0", byCPE("cat", "8.5", "acme:cat", ""), byCPE("dog", "1.0", "acme:dog", "pkg:generic/dog@1.0"),
		byCPE("left", "1.0.0", "acme:cat", "pkg:npm/left@1.0.0"))
	same(t, finding.Changed{}, b.match(s))
	same(t, []string{"cat cpe_only", "dog unknown_ecosystem", "left no_advisories"}, b.uncovered())

	b.learnNVD(nvdRecord("CVE-2099-0100", "acme:cat", "9.0", ""), nvdRecord("CVE-2099-0101", "acme:cat", "9.1", "acme:osx"))
	same(t, finding.Changed{Opened: 1}, b.rematch())
	same(t, []string{"1.0 cat@8.5 CVE-2099-0100 -> 9.0"}, b.open())
	same(t, []string{"left no_advisories"}, b.uncovered()) // the dog is covered as well, which no record names
	var reason, words string
	err := b.pool.QueryRow(t.Context(), `
		select m.reason, m.evidence ->> 'words' from matches m join components c on c.id = m.component_id
		where m.confidence = 'possible' and c.name = 'cat'`).Scan(&reason, &words)
	if err != nil || reason != matching.RulePlatform || !strings.Contains(words, "platform acme:osx not seen") {
		t.Errorf("the record with a platform must be possible: %q %q (%v)", reason, words, err)
	}

	before := b.writes()
	same(t, finding.Changed{}, b.rematch())
	same(t, finding.Changed{}, b.match(s))
	same(t, before, b.writes())

	b.learnNVD(nvdRecord("CVE-2099-0100", "acme:dog", "2.0", "")) // the record named the wrong product
	same(t, finding.Changed{Opened: 1, Resolved: 1}, b.rematch())
	same(t, []string{"1.0 dog@1.0 CVE-2099-0100 -> 2.0"}, b.open())

	same(t, finding.Changed{Opened: 1}, b.match(b.storeComponents("Till", "7", byCPE("dog", "1.5", "acme:dog", ""))))
	same(t, []string{"left no_advisories"}, b.uncovered())
}

// confidences lists the matches as "component advisory confidence reason".
func (b *bundle) confidences() []string {
	b.t.Helper()
	var out []string
	err := b.pool.QueryRow(b.t.Context(), `
		select coalesce(array_agg(c.name || ' ' || a.advisory_id || ' ' || m.confidence || ' ' || m.reason order by c.name, a.advisory_id), '{}')
		from matches m join components c on c.id = m.component_id join advisories a on a.id = m.advisory_id`).Scan(&out)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func TestAnEcosystemContradictsAMatchByCPE(t *testing.T) {
	b := setup(t)
	b.learnNVD(nvdRecord("CVE-2099-0100", "acme:left", "9.0", ""))
	same(t, finding.Changed{}, b.match(b.storeComponents("Shop", "1.0", byCPE("left", "8.5.0", "acme:left", "pkg:npm/left@8.5.0"))))
	same(t, []string{"left CVE-2099-0100 possible beside_ecosystem"}, b.confidences())
	same(t, []string{"left no_advisories"}, b.uncovered())

	// The ecosystem's advisory says that another version fixed it.
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "8.1.0", "CVE-2099-0100"))
	same(t, finding.Changed{}, b.rematch())
	same(t, []string{"left CVE-2099-0100 contradicted contradicted"}, b.confidences())
	same(t, []string{}, b.uncovered())
	possible, _, err := b.findings.PossibleCounts(t.Context(), []int64{1})
	if err != nil || possible[1] != 0 {
		t.Errorf("%v to check (%v): what is contradicted is evidence and nothing to check", possible, err)
	}

	// It is corrected: the finding is the ecosystem's, the CPE its second witness.
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "8.6.0", "CVE-2099-0100"))
	same(t, finding.Changed{Opened: 1}, b.rematch())
	same(t, []string{"1.0 left@8.5.0 CVE-2099-0100 -> 8.6.0"}, b.open())
	same(t, []string{"left CVE-2099-0100 confirmed ", "left GHSA-aaaa-aaaa-aaaa confirmed "}, b.confidences())

	// And corrected back: the finding ends, although the CPE still matches.
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "8.1.0", "CVE-2099-0100"))
	same(t, finding.Changed{Resolved: 1}, b.rematch())
	same(t, []string{"left CVE-2099-0100 contradicted contradicted"}, b.confidences())
	before := b.writes()
	same(t, finding.Changed{}, b.rematch())
	same(t, before, b.writes())
}

// A component waits for the first advisory of its ecosystem, whatever package that is about.
func TestComponentsWithoutAdvisoriesAreNotCoveredUntilTheyCome(t *testing.T) {
	b := setup(t)
	b.match(b.store("Shop", "1.0", "left@1.0.0"))
	same(t, []string{"left no_advisories"}, b.uncovered())
	b.learn(adv("GHSA-bbbb-bbbb-bbbb", "another", "0", "2.0.0"))
	b.rematch()
	same(t, []string{}, b.uncovered())

	// And for the first of its release.
	debian := func(id, release string) intel.Advisory {
		a := adv(id, "another", "0", "2.0.0")
		a.Affected[0].Package = ident.Package{Ecosystem: ident.Debian, Release: release, Name: "another"}
		return a
	}
	b.match(b.storeComponents("Image", "1", `{"type":"library","name":"curl","version":"7.0-1","purl":"pkg:deb/debian/curl@7.0-1?distro=debian-12"}`))
	b.learn(debian("DSA-1-1", "11"))
	b.rematch()
	same(t, []string{"curl no_advisories"}, b.uncovered())
	b.learn(debian("DSA-2-1", "12"))
	b.rematch()
	same(t, []string{}, b.uncovered())
}

func TestScanSeesThePlatformOfTheDocument(t *testing.T) {
	b := setup(t)
	scan := func(names ...string) []string {
		t.Helper()
		var components []matching.Component
		for _, name := range names {
			in := ident.Input{Name: name, CPEs: []string{"cpe:2.3:" + name + ":8.0:*:*:*:*:*:*:*"}}
			components = append(components, matching.Component{Identity: ident.Identify(in), CPEs: in.CPEs})
		}
		results, err := matching.Scan(t.Context(), b.pool, b.intel, components)
		if err != nil {
			t.Fatal(err)
		}
		out := []string{}
		for _, r := range results {
			s := r.Identity.DisplayName + " " + r.Identity.NotCovered
			for _, m := range r.Matches {
				s += fmt.Sprint(m.Candidate.AdvisoryID, " ", m.Confidence, " ", m.Reason, " -> ", r.Upgrades.All)
			}
			out = append(out, s)
		}
		return out
	}
	same(t, []string{"a:acme:cat cpe_only"}, scan("a:acme:cat"))
	b.learnNVD(nvdRecord("CVE-2099-0101", "acme:cat", "9.1", "acme:osx"))
	same(t, []string{"a:acme:cat CVE-2099-0101 possible platform_not_seen -> "}, scan("a:acme:cat"))
	same(t, []string{"a:acme:cat CVE-2099-0101 confirmed  -> 9.1", "o:acme:osx "}, scan("a:acme:cat", "o:acme:osx"))
}

// Quoted names must lead to their records whichever side quotes how.
func TestQuotedCPEsAreFound(t *testing.T) {
	b := setup(t)
	s := b.storeComponents("Shop", "1.0", `{"type":"application","name":"c","version":"1.0","cpe":"cpe:/a:acme:c%2b%2b_kit:1.0"}`)
	b.learnNVD(nvdRecord("CVE-2099-0102", `acme:c\+\+_kit`, "1.1", ""))
	same(t, finding.Changed{Opened: 1}, b.match(s))
	b.learnNVD(nvdRecord("CVE-2099-0103", `acme:c\+\+_kit`, "1.2", ""))
	same(t, finding.Changed{Opened: 1}, b.rematch())
	ids, err := b.sboms.ComponentsByCPE(t.Context(), b.pool, []string{"acme:c++_kit"})
	if err != nil || len(ids) != 1 {
		t.Errorf("%v (%v)", ids, err)
	}
}
