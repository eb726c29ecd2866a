package matching

import (
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// cpe is a whole name from its first attributes: "a:acme:cat:8.5.87".
func cpe(first string) string {
	return "cpe:2.3:" + first + strings.Repeat(":*", 10-strings.Count(first, ":"))
}

// vulnerable and platform read a match string with its bounds: "a:acme:cat:* >=8.0 <9.0".
func vulnerable(s string) intel.CPEMatch {
	name, bounds, _ := strings.Cut(s, " ")
	m := intel.CPEMatch{Vulnerable: true, Criteria: cpe(name)}
	for _, b := range strings.Fields(bounds) {
		switch {
		case strings.HasPrefix(b, ">="):
			m.VersionStartIncluding = b[2:]
		case strings.HasPrefix(b, "<="):
			m.VersionEndIncluding = b[2:]
		case strings.HasPrefix(b, ">"):
			m.VersionStartExcluding = b[1:]
		case strings.HasPrefix(b, "<"):
			m.VersionEndExcluding = b[1:]
		}
	}
	return m
}

func platform(s string) intel.CPEMatch {
	m := vulnerable(s)
	m.Vulnerable = false
	return m
}

func or(matches ...intel.CPEMatch) intel.Node  { return intel.Node{Operator: "OR", Matches: matches} }
func and(matches ...intel.CPEMatch) intel.Node { return intel.Node{Operator: "AND", Matches: matches} }
func not(n intel.Node) intel.Node              { n.Negate = true; return n }

func record(id string, configurations ...intel.Configuration) []CPECandidate {
	var out []CPECandidate
	for i, c := range configurations {
		out = append(out, CPECandidate{AdvisoryRow: int64(len(id)), AdvisoryID: id, Feed: "nvd", Vulnerabilities: []int64{7}, Ordinal: i, Configuration: c})
	}
	return out
}

func anyOf(nodes ...intel.Node) intel.Configuration {
	return intel.Configuration{Operator: "OR", Nodes: nodes}
}
func both(nodes ...intel.Node) intel.Configuration {
	return intel.Configuration{Operator: "AND", Nodes: nodes}
}

// bearing is a component without a package URL that bears these CPEs.
func bearing(version string, cpes ...string) Component {
	c := Component{ID: 1}
	for _, s := range cpes {
		c.CPEs = append(c.CPEs, cpe(s))
	}
	c.Identity = ident.Identify(ident.Input{Name: "thing", Version: version, CPEs: c.CPEs})
	return c
}

func byCPE(c Component, document *Platforms, cands []CPECandidate) (string, Match) {
	matches := EvaluateCPEs(c, cands, document)
	switch {
	case len(matches) == 0:
		return "none", Match{}
	case matches[0].Confidence == Confirmed:
		return "match", matches[0]
	}
	return "low", matches[0]
}

func TestCase23PlatformAndNotApplicable(t *testing.T) {
	t.Parallel()
	osx := or(platform("o:acme:osx:8.0"))
	na := record("TW-23", both(or(vulnerable("a:acme:cat:-")), osx))
	below := record("TW-23", both(or(vulnerable("a:acme:cat:* <9.0")), osx))
	cat, catNA, mac, oldMac := bearing("", "a:acme:cat:8.5.87"), bearing("", "a:acme:cat:-"), bearing("", "o:acme:osx:8.0"), bearing("", "o:acme:osx:7.0")
	for _, c := range []struct {
		name     string
		subject  Component
		document []Component // nil: unknown
		record   []CPECandidate
		want     string
		reason   string
	}{
		{"P1 holds another version than none", cat, []Component{cat}, na, "none", ""},
		{"P1 whatever else is there", cat, nil, na, "none", ""},
		{"P2 cat", catNA, []Component{catNA, mac}, na, "match", ""},
		{"P2 the platform gets no match", mac, []Component{catNA, mac}, na, "none", ""},
		{"P2 by the portfolio, which sees no platform", catNA, nil, na, "low", RulePlatform},
		{"P3 the platform alone", mac, []Component{mac}, na, "none", ""},
		{"P3 by the portfolio", mac, nil, na, "none", ""},
		{"P1 with a range", cat, []Component{cat}, below, "low", RulePlatform},
		{"P1 with a range, by the portfolio", cat, nil, below, "low", RulePlatform},
		{"the platform is there", cat, []Component{cat, mac}, below, "match", ""},
		{"the platform is there in another version", cat, []Component{cat, oldMac}, below, "none", ""},
		{"one of two platforms is right", cat, []Component{cat, oldMac, mac}, below, "match", ""},
		{"none is in no range", catNA, []Component{catNA, mac}, below, "none", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var document *Platforms
			if c.document != nil {
				document = NewPlatforms(c.document)
			}
			got, m := byCPE(c.subject, document, c.record)
			if got != c.want || m.Reason != c.reason {
				t.Errorf("got %s (%s), want %s (%s): %s", got, m.Reason, c.want, c.reason, m.Evidence.Words)
			}
			if c.reason == RulePlatform && !strings.Contains(m.Evidence.Words, "platform acme:osx not seen") {
				t.Errorf("the evidence must name the platform: %s", m.Evidence.Words)
			}
		})
	}
}

func TestCPEMatchStrings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		criteria, name, version string
		want, reason            string
	}{
		{"a:x:y:* <9.0", "a:x:y:8.9", "", "match", ""},
		{"a:x:y:* <9.0", "a:x:y:9.0", "", "none", ""},
		{"a:x:y:* <=9.0", "a:x:y:9.0", "", "match", ""},
		{"a:x:y:* >=8.0 <9.0", "a:x:y:8.0", "", "match", ""},
		{"a:x:y:* >8.0 <9.0", "a:x:y:8.0", "", "none", ""},
		{"a:x:y:* <10.0", "a:x:y:9.9", "", "match", ""},
		{"a:x:y:* <1.0.2t", "a:x:y:1.0.2s", "", "match", ""},
		{"a:x:y:* <1.0.2t", "a:x:y:1.0.2u", "", "none", ""},
		{"a:x:y:* >=1.0.2 <1.0.2zb", "a:x:y:1.0.2za", "", "match", ""},
		{"a:x:y:*", "a:x:y:1", "", "match", ""},
		{"a:x:y:*", "a:x:y:-", "", "match", ""},
		{"a:x:y:*", "a:x:z:1", "", "none", ""},
		{"a:x:y:*", "o:x:y:1", "", "none", ""},
		{"a:x:y:-", "a:x:y:1", "", "none", ""},
		{"a:x:y:1", "a:x:y:-", "", "none", ""},
		{"a:x:y:1.0", "a:x:y:1.0", "", "match", ""},
		{"a:x:y:1.0", "a:x:y:1.0.1", "", "none", ""},
		{"a:x:y:1.0.1", "a:x:y:1.0.1g", "", "none", ""},
		// The update, in one attribute or two; a version without one is the release.
		{"a:x:y:2.0:rc1", "a:x:y:2.0:rc1", "", "match", ""},
		{"a:x:y:2.0:rc1", "a:x:y:2.0-rc1", "", "match", ""},
		{"a:x:y:2.0:rc1", "a:x:y:2.0:rc2", "", "none", ""},
		{"a:x:y:2.0:rc1", "a:x:y:2.0", "", "low", RuleUnstated},
		{"a:x:y:2.0:-", "a:x:y:2.0", "", "match", ""},
		{"a:x:y:2.0:-", "a:x:y:2.0:rc1", "", "none", ""},
		{"a:x:y:2.0", "a:x:y:2.0:rc1", "", "match", ""},
		{"a:x:y:* <2.0", "a:x:y:2.0:rc1", "", "match", ""},
		{"a:x:y:* <1.8.0-update_301", "a:x:y:1.8.0:update_291", "", "match", ""},
		// What the component's CPE leaves open.
		{"a:x:y:*:*:*:*:*:node.js <2", "a:x:y:1", "", "low", RuleUnstated},
		{"a:x:y:*:*:*:*:*:node.js <2", "a:x:y:1:*:*:*:*:node.js", "", "match", ""},
		{"a:x:y:*:*:*:*:*:node.js <2", "a:x:y:1:*:*:*:*:python", "", "none", ""},
		{"a:x:y:*:*:*:*:*:node.js <2", "a:x:y:3", "", "none", ""},
		// The version that only the component has, and none anywhere.
		{"a:x:y:* <2", "a:x:y:*", "1.5", "match", ""},
		{"a:x:y:* <2", "a:x:y:*", "2.5", "none", ""},
		{"a:x:y:1.5", "a:x:y:*", "1.5", "match", ""},
		{"a:x:y:*", "a:x:y:*", "", "none", ""},
		{"a:x:y:* <2", "a:x:y:*", "UNKNOWN", "none", ""},
		// Versions that no order reads.
		{"a:x:y:* <2", "a:x:y:latest", "", "none", ""},
		{"a:x:y:latest", "a:x:y:latest", "", "match", ""},
		{"a:x:y:* >=1 <next", "a:x:y:2", "", "low", RuleBadBound},
		// The distribution itself, for every flaw of any of its packages.
		{"o:debian:debian_linux:11.0", "o:debian:debian_linux:11", "", "none", ""},
	} {
		got, m := byCPE(bearing(c.version, c.name), nil, record("TW-1", anyOf(or(vulnerable(c.criteria)))))
		if got != c.want || m.Reason != c.reason {
			t.Errorf("%s for %s %s: got %s (%s), want %s (%s)", c.criteria, c.name, c.version, got, m.Reason, c.want, c.reason)
		}
	}
}

func TestCPETrees(t *testing.T) {
	t.Parallel()
	cat := bearing("", "a:acme:cat:8.5")
	dog, bird := vulnerable("a:acme:dog:*"), platform("a:acme:bird:*")
	old, all := vulnerable("a:acme:cat:* <8"), vulnerable("a:acme:cat:*")
	for _, c := range []struct {
		name          string
		configuration intel.Configuration
		want, reason  string
	}{
		{"a neighbour in an OR says nothing of the component", anyOf(or(dog, old)), "none", ""},
		{"nor does a node beside", anyOf(or(dog), or(old)), "none", ""},
		{"one of the nodes is enough", anyOf(or(old), or(all)), "match", ""},
		{"a node of AND wants its neighbour", anyOf(and(all, dog)), "low", RulePlatform},
		{"AND wants all nodes", both(or(all), or(old)), "none", ""},
		{"of several platforms one", both(or(all), or(platform("a:acme:cat:*"), bird)), "match", ""},
		{"a negated node excludes", both(or(all), not(or(vulnerable("a:acme:cat:8.5")))), "none", ""},
		{"and only what it names", both(or(all), not(or(vulnerable("a:acme:cat:8.4")))), "match", ""},
		{"negation alone speaks of its own product", anyOf(not(or(old))), "match", ""},
		{"and not of others", anyOf(not(or(dog))), "none", ""},
		{"a negated AND is an OR", both(or(all), not(and(old, bird))), "match", ""},
		{"twice negated is not negated", intel.Configuration{Operator: "OR", Negate: true, Nodes: []intel.Node{not(or(all))}}, "match", ""},
		{"an unseen platform negated stays open", both(or(all), not(or(bird))), "low", RulePlatform},
		{"criteria that are no CPE", both(or(all), or(intel.CPEMatch{Criteria: "acme bird"})), "low", RulePlatform},
		{"no nodes", anyOf(), "none", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, m := byCPE(cat, nil, record("TW-2", c.configuration)); got != c.want || m.Reason != c.reason {
				t.Errorf("got %s (%s), want %s (%s): %s", got, m.Reason, c.want, c.reason, m.Evidence.Words)
			}
		})
	}
}

func TestCPEMatchesOncePerRecordAndOffersACheckedUpgrade(t *testing.T) {
	t.Parallel()
	c := bearing("", "a:acme:cat:8.5", "a:acme:tomcat:8.5")
	cands := record("TW-3", both(or(vulnerable("a:acme:cat:* <9.1")), or(platform("o:acme:osx:8.0"))),
		anyOf(or(vulnerable("a:acme:cat:* <9.0"), vulnerable("a:acme:cat:* >=9.0 <9.3"), vulnerable("a:acme:tomcat:*:*:*:*:*:node.js <9.4"))))
	cands = append(cands, record("TW-44", anyOf(or(vulnerable("a:acme:cat:* <9.6"))))...)
	cands[2].Vulnerabilities = []int64{8}
	withdrawn := record("TW-555", anyOf(or(vulnerable("a:acme:cat:*"))))
	withdrawn[0].Withdrawn = true
	s := CompileCPEs(append(append(cands, withdrawn...), cands...))
	matches := s.Evaluate(c, nil)
	if len(matches) != 2 || matches[0].Confidence != Confirmed || matches[0].FixedVersion != "9.3" || matches[1].FixedVersion != "9.6" {
		t.Fatalf("%+v", matches)
	}
	if e := matches[0].Evidence; e.Place != "configurations[1].nodes[0].cpeMatch[0]" || e.Range != "< 9.0" || e.Package != "acme:cat" || e.Version != "8.5" {
		t.Errorf("%+v", e)
	}
	up := s.Upgrades(c, matches, nil)
	if up.All != "9.6" || up.ByVulnerability[7] != "9.3" || up.ByVulnerability[8] != "9.6" {
		t.Errorf("%+v", up)
	}
}

func TestCPEsDecideOnlyWhereNoEcosystemDoes(t *testing.T) {
	t.Parallel()
	rec := record("TW-6", anyOf(or(vulnerable("a:acme:cat:* <9"))))
	for _, c := range []struct{ purl, want, reason string }{
		{"", "match", ""},
		{"pkg:generic/cat@8", "match", ""},
		{"pkg:rpm/homegrown/cat@8-1", "low", RuleDistroBuild},
	} {
		in := ident.Input{PURL: c.purl, CPEs: []string{cpe("a:acme:cat:8")}}
		got, m := byCPE(Component{Identity: ident.Identify(in), CPEs: in.CPEs}, nil, rec)
		if got != c.want || m.Reason != c.reason {
			t.Errorf("%s: got %s (%s), want %s (%s)", c.purl, got, m.Reason, c.want, c.reason)
		}
	}
}

// The contradiction rule: where an ecosystem claims a component its advisories are the nearer witness, and a CPE never raises a finding
// by itself.
func TestCPEsAreEvidenceBesideAnEcosystem(t *testing.T) {
	t.Parallel()
	rec := record("TW-NVD", anyOf(or(vulnerable("a:acme:cat:* <9"))))
	of := func(id, events string) Candidate {
		return advisory(id, "npm", "cat", events, func(c *Candidate) { c.Vulnerabilities = []int64{7} })
	}
	other := advisory("TW-OTHER", "npm", "cat", "introduced 0, fixed 8.0.0")
	doubtful := of("TW-DOUBT", "introduced 0")
	doubtful.Affected.LastKnownAffected = "<= 7"
	for _, tc := range []struct {
		name, purl   string
		cands        []Candidate
		notHeld      bool
		want, reason string
		words        string
	}{
		{name: "the ecosystem confirms", purl: "pkg:npm/cat@8.0.0", cands: []Candidate{of("TW-1", "introduced 0, fixed 8.5.0")}, want: "confirmed"},
		{name: "the ecosystem contradicts", purl: "pkg:npm/cat@8.0.0", cands: []Candidate{of("TW-1", "introduced 0, fixed 7.5.0"), other},
			want: "contradicted", reason: RuleContradicted, words: "TW-1, of the package's own ecosystem, says that this version is not affected: Version 8.0.0 lies outside"},
		{name: "one of two confirms", purl: "pkg:npm/cat@8.0.0", cands: []Candidate{of("TW-1", "introduced 0, fixed 7.5.0"), of("TW-2", "introduced 0, fixed 8.1.0")}, want: "confirmed"},
		{name: "the ecosystem doubts", purl: "pkg:npm/cat@8.0.0", cands: []Candidate{doubtful}, want: "possible", reason: RuleBesideEcosystem, words: "leaves it open"},
		{name: "the ecosystem is silent", purl: "pkg:npm/cat@8.0.0", cands: []Candidate{other}, want: "possible", reason: RuleBesideEcosystem, words: "no advisory of the package's own ecosystem speaks of it"},
		{name: "a withdrawn advisory is silent", purl: "pkg:npm/cat@8.0.0", cands: []Candidate{func() Candidate {
			c := of("TW-1", "introduced 0, fixed 7.5.0")
			c.Withdrawn = true
			return c
		}()}, want: "possible", reason: RuleBesideEcosystem},
		{name: "no version to compare", purl: "pkg:npm/cat", cands: []Candidate{of("TW-1", "introduced 0, fixed 7.5.0")}, want: "possible", reason: RuleBesideEcosystem},
		{name: "a distribution that is silent", purl: "pkg:deb/debian/cat@8?distro=debian-12", want: "none"},
		{name: "a distribution of which nothing is held", purl: "pkg:deb/debian/cat@8?distro=debian-12", notHeld: true, want: "possible", reason: RuleDistroBuild},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := ident.Input{PURL: tc.purl, CPEs: []string{cpe("a:acme:cat:8.0.0")}}
			c := Component{Identity: ident.Identify(in), CPEs: in.CPEs}
			got := beside(c, Compile(tc.cands).speaksOf(c), !tc.notHeld, EvaluateCPEs(c, rec, nil))
			if len(got) == 0 {
				got = []Match{{Confidence: "none"}}
			}
			if len(got) != 1 || string(got[0].Confidence) != tc.want || got[0].Reason != tc.reason || !strings.Contains(got[0].Evidence.Words, tc.words) {
				t.Errorf("got %+v, want %s (%s) with %q", got, tc.want, tc.reason, tc.words)
			}
		})
	}
}

func TestCoverageByCPE(t *testing.T) {
	t.Parallel()
	generic := bearing("", "a:x:y:1")
	generic.Identity = ident.Identify(ident.Input{PURL: "pkg:generic/y@1", CPEs: generic.CPEs})
	covered := bearing("", "a:x:y:1")
	covered.Identity.NotCovered = ""
	unread := bearing("1")
	unread.CPEs = []string{"cpe of y"}
	unread.Identity = ident.Identify(ident.Input{Name: "y", CPEs: unread.CPEs})
	for _, c := range []struct {
		name          string
		component     Component
		held, notHeld string
	}{
		{"version", bearing("", "a:x:y:1"), "", ident.NotCoveredCPEOnly},
		{"was covered", covered, "", ident.NotCoveredCPEOnly},
		{"generic purl", generic, "", ident.NotCoveredUnknownEcosystem},
		{"not applicable", bearing("", "h:x:y:-"), "", ident.NotCoveredCPEOnly},
		{"the document's version", bearing("1", "a:x:y:*"), "", ident.NotCoveredCPEOnly},
		{"no version", bearing("", "a:x:y:*"), ident.NotCoveredNoVersion, ident.NotCoveredCPEOnly},
		{"unreadable version", bearing("", "a:x:y:latest"), ident.NotCoveredBadVersion, ident.NotCoveredCPEOnly},
		{"the distribution", bearing("", "o:debian:debian_linux:11"), ident.NotCoveredDistribution, ident.NotCoveredCPEOnly},
		{"unreadable CPE", unread, ident.NotCoveredCPEOnly, ident.NotCoveredCPEOnly},
	} {
		if got := coverage(c.component, readNames(c.component), true); got != c.held {
			t.Errorf("%s: got %q where intel is held, want %q", c.name, got, c.held)
		}
		if got := coverage(c.component, readNames(c.component), false); got != c.notHeld {
			t.Errorf("%s: got %q where none is held, want %q", c.name, got, c.notHeld)
		}
	}
}
