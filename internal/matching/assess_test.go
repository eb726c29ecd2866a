package matching_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// not is a decision that a component is not affected, in one place and version.
func not(place string, everyVersion bool) finding.Decision {
	return finding.Decision{
		Status: finding.NotAffected, Justification: "vulnerable_code_not_in_execute_path", Note: "never called", Place: place, EveryVersion: everyVersion,
	}
}

// assess decides on the findings of these names ("release component@version vulnerability") as an analyst.
func (b *bundle) assess(d finding.Decision, names ...string) finding.Assessed {
	b.t.Helper()
	var ids []int64
	for _, name := range names {
		ids = append(ids, b.finding(name).ID)
	}
	ctx := access.WithCaller(b.t.Context(), access.Caller{PersonID: 7, Name: "analyst@example.org"})
	out, err := b.findings.Assess(ctx, finding.Selection{IDs: ids}, d, false)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *bundle) all() []finding.Finding {
	b.t.Helper()
	page, err := b.findings.List(b.t.Context(), finding.Filter{State: "all", Active: "all"}, "component", "", 200)
	if err != nil {
		b.t.Fatal(err)
	}
	return page.Items
}

func (b *bundle) finding(name string) finding.Finding {
	b.t.Helper()
	for _, f := range b.all() {
		if name == fmt.Sprintf("%s %s@%s %s", f.ReleaseVersion, f.ComponentName, f.ComponentVersion, f.Vulnerability) {
			return f
		}
	}
	b.t.Fatalf("no finding %s", name)
	return finding.Finding{}
}

// decided is every finding as "release component@version vulnerability state status [review]".
func (b *bundle) decided() []string {
	b.t.Helper()
	out := []string{}
	for _, f := range b.all() {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s@%s %s %s %s %s", f.ReleaseVersion, f.ComponentName, f.ComponentVersion, f.Vulnerability,
			f.State, f.Status, strings.Join(f.Review, "+"))))
	}
	return out
}

// history is what happened to a finding: each event's kind, and of notes what they say.
func (b *bundle) history(name string) []string {
	b.t.Helper()
	d, err := b.findings.Get(b.t.Context(), b.finding(name).ID)
	if err != nil {
		b.t.Fatal(err)
	}
	out := []string{}
	for _, e := range d.Events {
		out = append(out, e.Kind)
	}
	return out
}

func TestCase22ADecisionStaysWithTheGroupThatKeepsTheCVE(t *testing.T) {
	b := setup(t)
	b.learn(
		adv("PYSEC-A", "djx", "0", "4.1.0", "CVE-2099-0002"), adv("GHSA-cccc-cccc-cccc", "djx", "0", "4.1.0", "CVE-2099-0002"),
		adv("OTHER-A", "djx", "0", "4.0.5", "GHSA-cccc-cccc-cccc"))
	b.match(b.store("Shop", "1.0", "djx@4.0.0"))
	same(t, []string{"1.0 djx@4.0.0 CVE-2099-0002 open"}, b.decided())
	if d, err := b.findings.Get(t.Context(), b.all()[0].ID); err != nil || len(d.Statements) != 3 {
		t.Fatalf("%d statements (%v), want three sources", len(d.Statements), err)
	}
	made := b.assess(not(finding.PlaceProduct, true), "1.0 djx@4.0.0 CVE-2099-0002")
	same(t, []string{"1.0 djx@4.0.0 CVE-2099-0002 settled not_affected"}, b.decided())
	same(t, []string{}, b.open())

	b.learn(adv("OTHER-A", "djx", "0", "4.0.5")) // drops its alias
	b.rematch()
	same(t, []string{"1.0 djx@4.0.0 CVE-2099-0002 settled not_affected", "1.0 djx@4.0.0 OTHER-A open"}, b.decided())
	same(t, []string{"opened", "assessed"}, b.history("1.0 djx@4.0.0 CVE-2099-0002"))
	d, err := b.findings.Get(t.Context(), b.finding("1.0 djx@4.0.0 OTHER-A").ID)
	if err != nil || len(d.Events) != 2 || d.Events[1].Kind != "left_group" {
		t.Fatalf("events %+v (%v)", d.Events, err)
	}
	for _, part := range []string{
		`"was": "CVE-2099-0002"`, `"status": "not_affected"`, `"by": "analyst@example.org"`, `"assessed_at": "2`, `"advisory": "OTHER-A"`,
		fmt.Sprintf(`"assessment": %d`, made.IDs[0]),
	} {
		if !strings.Contains(string(d.Events[1].Detail), part) {
			t.Errorf("the note says %s, without %s", d.Events[1].Detail, part)
		}
	}
	if list, err := b.findings.Assessments(t.Context(), d.ID); err != nil || len(list) != 0 {
		t.Errorf("the decision came along: %+v (%v)", list, err)
	}
	// Said once, whatever comes again; and the next document of the product finds both as they are.
	b.rematch()
	b.match(b.store("Shop", "1.1", "djx@4.0.0"))
	same(t, []string{"opened", "left_group"}, b.history("1.0 djx@4.0.0 OTHER-A"))
	same(t, []string{"1.1 djx@4.0.0 CVE-2099-0002 settled not_affected", "1.1 djx@4.0.0 OTHER-A open"}, only(b.decided(), "1.1"))
}

func TestADecisionHoldsForTheNextDocumentAndGoesWithItsTarget(t *testing.T) {
	b := setup(t)
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "2.0.0", "CVE-2099-0001"))
	b.match(b.store("Shop", "1.0", "left@1.0.0"))
	b.match(b.store("Till", "7", "left@1.0.0", "left@1.5.0"))
	got := b.assess(not(finding.PlaceProduct, false), "7 left@1.0.0 CVE-2099-0001")
	same(t, finding.Assessed{Selected: 1, Findings: 1, Products: 1, Releases: 1, IDs: got.IDs}, got)
	same(t, []string{"1.0 left@1.0.0 CVE-2099-0001 open", "7 left@1.0.0 CVE-2099-0001 settled not_affected", "7 left@1.5.0 CVE-2099-0001 open"}, b.decided())

	b.match(b.store("Till", "8", "left@1.0.0"))
	b.match(b.store("Till", "7", "left@1.0.0"))
	same(t, []string{"7 left@1.0.0 CVE-2099-0001 settled not_affected", "7 left@1.5.0 CVE-2099-0001 resolved"}, only(b.decided(), "7"))
	same(t, []string{"8 left@1.0.0 CVE-2099-0001 settled not_affected"}, only(b.decided(), "8"))

	// What is more specific wins, also when it is older.
	affected := finding.Decision{Status: finding.Affected, Action: "upgrade", Place: finding.PlaceRelease, EveryVersion: true}
	b.assess(affected, "8 left@1.0.0 CVE-2099-0001")
	b.assess(not(finding.PlaceEverywhere, true), "1.0 left@1.0.0 CVE-2099-0001")
	same(t, []string{"8 left@1.0.0 CVE-2099-0001 open affected"}, only(b.decided(), "8"))
	same(t, []string{"1.0 left@1.0.0 CVE-2099-0001 settled not_affected"}, only(b.decided(), "1.0"))
	list, err := b.findings.Assessments(t.Context(), b.finding("8 left@1.0.0 CVE-2099-0001").ID)
	if err != nil {
		t.Fatal(err)
	}
	var standing []string
	for _, a := range list {
		standing = append(standing, a.Place+" "+a.Standing)
	}
	same(t, []string{"everywhere overruled", "release effective", "product overruled"}, standing)
	if err := b.findings.Withdraw(t.Context(), b.finding("8 left@1.0.0 CVE-2099-0001").ID, list[1].ID, "a slip"); err != nil {
		t.Fatal(err)
	}
	same(t, []string{"8 left@1.0.0 CVE-2099-0001 settled not_affected"}, only(b.decided(), "8"))
	err = b.findings.Withdraw(t.Context(), b.finding("8 left@1.0.0 CVE-2099-0001").ID, list[1].ID, "")
	if !problem.Is(err, problem.Conflict) {
		t.Errorf("withdrawn twice: %v", err)
	}
}

func TestAnAdvisoryThatChangesPutsADecisionUpForReview(t *testing.T) {
	severe := func(a intel.Advisory, vector string) intel.Advisory {
		a.Severities = []intel.Severity{{Type: "CVSS_V3", Score: vector}}
		return a
	}
	medium := "CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:U/C:L/I:L/A:L"
	first := severe(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "2.0.0", "CVE-2099-0001"), medium)
	for _, tc := range []struct {
		name string
		next intel.Advisory
		want string
	}{
		{"prose", func() intel.Advisory { a := first; a.Details = "more words"; return a }(), "settled not_affected"},
		{"range", severe(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "2.1.0", "CVE-2099-0001"), medium), "open not_affected range"},
		{"severity rose", severe(first, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), "open not_affected severity"},
		{"severity fell", severe(first, "CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"), "settled not_affected"},
		{"withdrawn", func() intel.Advisory { a := first; a.Withdrawn = time.Unix(9, 0); return a }(), "resolved not_affected"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.learn(first)
			b.match(b.store("Shop", "1.0", "left@1.0.0"))
			b.assess(not(finding.PlaceProduct, true), "1.0 left@1.0.0 CVE-2099-0001")
			b.learn(tc.next)
			b.rematch()
			same(t, []string{"1.0 left@1.0.0 CVE-2099-0001 " + tc.want}, b.decided())
			if tc.name == "withdrawn" {
				b.learn(first)
				b.rematch()
				same(t, []string{"1.0 left@1.0.0 CVE-2099-0001 open not_affected reinstated"}, b.decided())
			}
			if !strings.HasPrefix(b.decided()[0], "1.0 left@1.0.0 CVE-2099-0001 open") {
				return
			}
			// To decide again is to have looked; the same words will do.
			b.assess(not(finding.PlaceProduct, true), "1.0 left@1.0.0 CVE-2099-0001")
			same(t, []string{"1.0 left@1.0.0 CVE-2099-0001 settled not_affected"}, b.decided())
		})
	}
}

func TestWhereGroupsMergeTheMostUrgentDecisionHoldsUntilAPersonDecides(t *testing.T) {
	b := setup(t)
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "2.0.0", "CVE-2099-0001"), adv("GHSA-bbbb-bbbb-bbbb", "left", "0", "2.0.0"))
	b.match(b.store("Shop", "1.0", "left@1.0.0"))
	b.assess(not(finding.PlaceProduct, true), "1.0 left@1.0.0 CVE-2099-0001")
	b.assess(finding.Decision{Status: finding.Affected, Place: finding.PlaceProduct, EveryVersion: true}, "1.0 left@1.0.0 GHSA-bbbb-bbbb-bbbb")
	b.learn(adv("GHSA-bbbb-bbbb-bbbb", "left", "0", "2.0.0", "CVE-2099-0001"))
	b.rematch()
	same(t, []string{"1.0 left@1.0.0 CVE-2099-0001 open affected"}, only(b.decided(), "1.0 left@1.0.0 CVE"))
	list, err := b.findings.Assessments(t.Context(), b.finding("1.0 left@1.0.0 CVE-2099-0001").ID)
	if err != nil || len(list) != 2 {
		t.Fatalf("both decisions must show: %+v (%v)", list, err)
	}
	b.assess(not(finding.PlaceProduct, true), "1.0 left@1.0.0 CVE-2099-0001")
	same(t, []string{"1.0 left@1.0.0 CVE-2099-0001 settled not_affected"}, only(b.decided(), "1.0 left@1.0.0 CVE"))
}

func TestADecisionOnARecordWithoutACVEFollowsItIntoTheCVE(t *testing.T) {
	b := setup(t)
	b.learn(adv("GHSA-bbbb-bbbb-bbbb", "left", "0", "2.0.0"))
	b.match(b.store("Shop", "1.0", "left@1.0.0"))
	b.assess(not(finding.PlaceEverywhere, true), "1.0 left@1.0.0 GHSA-bbbb-bbbb-bbbb")
	b.learn(adv("GHSA-bbbb-bbbb-bbbb", "left", "0", "2.0.0", "CVE-2099-0009"))
	b.rematch()
	same(t, []string{"1.0 left@1.0.0 CVE-2099-0009 settled not_affected"}, b.decided())
}

func TestAnExpiredDecisionComesBack(t *testing.T) {
	b := setup(t)
	now := time.Now()
	b.findings.WithClock(func() time.Time { return now })
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "2.0.0", "CVE-2099-0001"))
	b.match(b.store("Shop", "1.0", "left@1.0.0"))
	d := not(finding.PlaceProduct, true)
	expires := now.Add(24 * time.Hour)
	d.Expires = &expires
	b.assess(d, "1.0 left@1.0.0 CVE-2099-0001")
	b.sweep()
	same(t, []string{"1.0 left@1.0.0 CVE-2099-0001 settled not_affected"}, b.decided())
	now = now.Add(25 * time.Hour)
	b.sweep()
	same(t, []string{"1.0 left@1.0.0 CVE-2099-0001 open"}, b.decided())
	same(t, []string{"opened", "assessed", "assessment_ended"}, b.history("1.0 left@1.0.0 CVE-2099-0001"))
}

func (b *bundle) sweep() {
	b.t.Helper()
	if _, err := b.matcher.SweepAssessments(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// only are the lines that begin with a word.
func only(lines []string, begin string) []string {
	out := []string{}
	for _, l := range lines {
		if strings.HasPrefix(l, begin) {
			out = append(out, l)
		}
	}
	return out
}
