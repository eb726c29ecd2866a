package matching_test

import (
	"testing"

	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/matching"
)

// aged makes the database look as an older matcher left it: it missed left, saw right where it is not, and doubted up.
func aged(t *testing.T) *bundle {
	b := setup(t)
	b.learn(
		adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "1.2.0", "CVE-2099-0001"),
		adv("GHSA-bbbb-bbbb-bbbb", "right", "2.0.0", "2.1.0", "CVE-2099-0002"),
		adv("GHSA-cccc-cccc-cccc", "up", "0", "1.5.0", "CVE-2099-0003"))
	b.match(b.store("Shop", "1.0", "left@1.0.0", "right@2.2.0", "up@1.0.0", "other@1.0.0"))
	_, err := b.pool.Exec(t.Context(), `
		delete from matches where component_id = (select id from components where name = 'left');
		insert into matches (component_id, advisory_id, confidence, evidence, matcher_version)
		select c.id, a.id, 'confirmed', '{}', 1 from components c, advisories a where c.name = 'right' and a.advisory_id = 'GHSA-bbbb-bbbb-bbbb';
		update matches set confidence = 'possible', reason = 'old' where component_id = (select id from components where name = 'up');
		update components set matcher_version = 1`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.matcher.RefreshReleases(t.Context(), []int64{1}); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestARematchReportsBeforeItApplies(t *testing.T) {
	b := aged(t)
	before, open := b.writes(), b.open()
	same(t, []string{"1.0 right@2.2.0 CVE-2099-0002 -> "}, open)
	var steps int
	report, err := b.matcher.Rematch(t.Context(), false, func(matching.Rematch) { steps++ })
	if err != nil {
		t.Fatal(err)
	}
	same(t, 1, steps)
	same(t, before["matches"]+before["components"]+before["fixes"], b.writes()["matches"]+b.writes()["components"]+b.writes()["fixes"])
	same(t, open, b.open())

	applied, err := b.matcher.Rematch(t.Context(), true, nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, report, applied)
	same(t, []string{"1.0 left@1.0.0 CVE-2099-0001 -> 1.2.0", "1.0 up@1.0.0 CVE-2099-0003 -> 1.5.0"}, b.open())
	var how []string
	for _, d := range applied.Differences {
		how = append(how, d.PURL+" "+d.Advisory+": "+d.Before+", "+d.After)
		if (d.After == "none") != (d.Words == "") {
			t.Errorf("words of %+v", d)
		}
	}
	same(t, []string{
		"pkg:npm/left@1.0.0 GHSA-aaaa-aaaa-aaaa: none, confirmed", "pkg:npm/right@2.2.0 GHSA-bbbb-bbbb-bbbb: confirmed, none",
		"pkg:npm/up@1.0.0 GHSA-cccc-cccc-cccc: possible, confirmed",
	}, how)
	applied.Differences = nil
	findings := finding.Changed{Opened: 0, Reopened: 2, Resolved: 1}
	same(t, matching.Rematch{
		Components: 4, Added: 1, Removed: 1, Confirmed: 1, Findings: findings,
		Releases: []matching.ReleaseDifference{{ReleaseID: 1, Product: "Shop", Version: "1.0", Findings: findings}},
	}, applied)

	again, err := b.matcher.Rematch(t.Context(), true, nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, matching.Rematch{}, again)
}

// A new document has old components judged anew: what changes for them changes for every release that has them.
func TestADocumentThatRenewsOldJudgementsRenewsThemEverywhere(t *testing.T) {
	b := aged(t)
	same(t, finding.Changed{Opened: 1, Reopened: 1}, b.match(b.store("Till", "7", "left@1.0.0")))
	same(t, []string{"1.0 left@1.0.0 CVE-2099-0001 -> 1.2.0", "7 left@1.0.0 CVE-2099-0001 -> 1.2.0", "1.0 right@2.2.0 CVE-2099-0002 -> "}, b.open())
}
