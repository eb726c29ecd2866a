package finding_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// shop is one product with a release whose document holds web -> left -> core, and a local part that nothing covers; and a
// second product with core alone. Advisories 1 and 2 speak of core, 3 of left (possible only), 4 of web.
const shop = `
	insert into products (name) values ('Shop'), ('Till');
	insert into releases (product_id, version) values (1, '1.0'), (2, '7');
	insert into sboms (release_id, format, spec_version, encoding, sha256, size_bytes, document)
	values (1, 'cyclonedx', '1.5', 'json', 'a', 1, ''), (2, 'cyclonedx', '1.5', 'json', 'b', 1, '');
	update releases set current_sbom_id = id;
	insert into components (identity, purl, name, version, ecosystem, match_name, not_covered, upgrade_version) values
		(gen_random_uuid(), 'pkg:npm/web@1.0.0', 'web', '1.0.0', 'npm', 'web', '', null),
		(gen_random_uuid(), 'pkg:npm/left@1.0.0', 'left', '1.0.0', 'npm', 'left', '', null),
		(gen_random_uuid(), 'pkg:npm/core@1.0.0', 'core', '1.0.0', 'npm', 'core', '', '1.10.0'),
		(gen_random_uuid(), null, 'own', '1', '', '', 'no_purl', null),
		(gen_random_uuid(), 'pkg:npm/bare', 'bare', '', 'npm', 'bare', 'no_version', null);
	insert into occurrences (sbom_id, ordinal, component_id, depth) values
		(1, 0, 1, 1), (1, 1, 2, 2), (1, 2, 3, 3), (1, 3, 4, null), (1, 4, 5, 1), (1, 5, 3, null), (2, 0, 3, 1);
	insert into dependencies (sbom_id, from_ordinal, to_ordinal) values (1, 0, 1), (1, 1, 2);
	insert into vulnerabilities (name, severity, cvss_score) values
		('CVE-2099-0001', 'critical', 9.8), ('CVE-2099-0002', 'medium', null), ('CVE-2099-0003', 'high', 7.5), ('CVE-2099-0004', 'low', 2.0);
	insert into advisories (feed, advisory_id, source, content_hash)
	select 'osv', 'TW-' || n, 'TW', '' from generate_series(1, 4) n;
	insert into advisory_vulnerabilities (advisory_id, vulnerability_id) select n, n from generate_series(1, 4) n;
	insert into matches (component_id, advisory_id, confidence, reason, evidence, fixed_version, matcher_version) values
		(3, 1, 'confirmed', '', '{"words": "one"}', '1.9.0', 1), (3, 2, 'confirmed', '', '{}', '1.10.0', 1),
		(2, 3, 'possible', 'pseudo_version', '{}', null, 1), (1, 4, 'confirmed', '', '{}', null, 1);
	insert into fixes (component_id, vulnerability_id, version) values (3, 1, '1.9.0'), (3, 2, '1.10.0')`

type bench struct {
	t     *testing.T
	pool  *pgxpool.Pool
	store *finding.Store
}

func setup(t *testing.T) *bench {
	t.Helper()
	pool := testkit.DB(t)
	b := &bench{t, pool, finding.NewStore(pool)}
	b.exec(shop)
	b.refresh(finding.Changed{Opened: 5}, 1, 2)
	return b
}

func (b *bench) exec(sql string) {
	b.t.Helper()
	if _, err := b.pool.Exec(b.t.Context(), sql); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) in(do func(tx pgx.Tx) error) {
	b.t.Helper()
	if err := pgx.BeginFunc(b.t.Context(), b.pool, do); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) refresh(want finding.Changed, releases ...int64) {
	b.t.Helper()
	b.in(func(tx pgx.Tx) error {
		got, err := b.store.Refresh(b.t.Context(), tx, releases)
		same(b.t, want, got)
		return err
	})
}

func (b *bench) refreshComponents(want finding.Changed, where []int64, components ...int64) {
	b.t.Helper()
	b.in(func(tx pgx.Tx) error {
		got, releases, err := b.store.RefreshComponents(b.t.Context(), tx, components)
		same(b.t, want, got)
		same(b.t, where, releases)
		return err
	})
}

// list is every finding of a release as "component vulnerability score state/resolution", in the order of names.
func (b *bench) list(release int64) []string {
	b.t.Helper()
	page, err := b.store.List(b.t.Context(), finding.Filter{ReleaseID: release, State: "all"}, "component", "", 50)
	if err != nil {
		b.t.Fatal(err)
	}
	out := []string{}
	for _, f := range page.Items {
		out = append(out, fmt.Sprintf("%s %s %s %s", f.ComponentName, f.Vulnerability, f.State, f.Resolution))
	}
	return out
}

func same(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFindingsAreResolvedWithTheReason(t *testing.T) {
	b := setup(t)
	b.refresh(finding.Changed{}, 1, 2)
	b.exec(`delete from occurrences where sbom_id = 1 and component_id = 1;
		update vulnerabilities set withdrawn = now() where id = 2;
		delete from matches where component_id = 3 and advisory_id = 1`)
	b.refresh(finding.Changed{Resolved: 3}, 1)
	same(t, []string{
		"core CVE-2099-0001 resolved no_longer_matches", "core CVE-2099-0002 resolved withdrawn", "web CVE-2099-0004 resolved component_gone",
	}, b.list(1))
	b.exec(`update vulnerabilities set withdrawn = null where id = 2`)
	b.refresh(finding.Changed{Reopened: 1}, 1)
	page, err := b.store.List(t.Context(), finding.Filter{ReleaseID: 1}, "", "", 10)
	if err != nil || len(page.Items) != 1 || page.Items[0].ResolvedAt != nil || page.Items[0].Resolution != "" {
		t.Errorf("a reopened finding is as open as any: %+v (%v)", page.Items, err)
	}
	d, err := b.store.Get(t.Context(), page.Items[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range d.Events {
		kinds = append(kinds, e.Kind+string(e.Detail))
	}
	same(t, []string{"opened{}", `resolved{"reason": "withdrawn"}`, "reopened{}"}, kinds)
}

func TestAComponentIsRefreshedEverywhereAndNothingElseIs(t *testing.T) {
	b := setup(t)
	b.exec(`update vulnerabilities set severity = 'high', cvss_score = 8.1 where id = 2;
		update vulnerabilities set severity = 'none' where id = 4;
		delete from matches where component_id = 3 and advisory_id = 1`)
	b.refreshComponents(finding.Changed{Updated: 2, Resolved: 2}, []int64{1, 2}, 3)
	same(t, []string{"core CVE-2099-0001 resolved no_longer_matches", "core CVE-2099-0002 open ", "web CVE-2099-0004 open "}, b.list(1))
	b.refreshComponents(finding.Changed{Updated: 1}, []int64{1}, 1, 4)
	b.refreshComponents(finding.Changed{}, nil, 999)
	b.refresh(finding.Changed{}, 1, 2)
	var detail string
	err := b.pool.QueryRow(t.Context(), `select e.detail::text from finding_events e join findings f on f.id = e.finding_id
		where e.kind = 'changed' and f.release_id = 2`).Scan(&detail)
	same(t, `{"score": {"to": 8.1, "from": 5.5}, "severity": {"to": "high", "from": "medium"}}`, detail)
	if err != nil {
		t.Error(err)
	}
}

func TestInactiveReleasesLeaveThePortfolio(t *testing.T) {
	b := setup(t)
	b.exec(`update releases set active = false where id = 2`)
	b.refresh(finding.Changed{}, 2)
	for _, tc := range []struct {
		f    finding.Filter
		want int
	}{{finding.Filter{}, 3}, {finding.Filter{ReleaseID: 2}, 2}, {finding.Filter{Active: "all"}, 5}, {finding.Filter{Active: "false"}, 2}} {
		c, err := b.store.Summary(t.Context(), tc.f)
		if err != nil || c.Total != tc.want {
			t.Errorf("%+v: %d findings (%v), want %d", tc.f, c.Total, err, tc.want)
		}
	}
}

func TestWhatIsKnownOfOneFinding(t *testing.T) {
	b := setup(t)
	page, err := b.store.List(t.Context(), finding.Filter{ReleaseID: 1, Vulnerability: "CVE-2099-0001"}, "", "", 10)
	if err != nil || len(page.Items) != 1 {
		t.Fatal(page, err)
	}
	d, err := b.store.Get(t.Context(), page.Items[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, []finding.PathStep{{Name: "web", Version: "1.0.0"}, {Name: "left", Version: "1.0.0"}, {Name: "core", Version: "1.0.0"}}, d.Path)
	same(t, "1.9.0 1.10.0 3", fmt.Sprint(d.FixedVersion, " ", d.ComponentUpgrade, " ", *d.Depth))
	if len(d.OtherReleases) != 1 || d.OtherReleases[0].Product != "Till" {
		t.Errorf("other releases %+v", d.OtherReleases)
	}
	if len(d.Statements) != 1 || string(d.Statements[0].Evidence) != `{"words": "one"}` {
		t.Errorf("statements %+v", d.Statements)
	}
	_, err = b.store.Get(t.Context(), 999)
	if p := new(problem.Error); !errors.As(err, &p) || p.Kind != problem.NotFound {
		t.Errorf("an unknown finding: %v", err)
	}
}

func TestWhatIsToCheckAndWhatIsNotCovered(t *testing.T) {
	b := setup(t)
	possible, err := b.store.Possible(t.Context(), 1, "", 10)
	if err != nil || len(possible.Items) != 1 || possible.Items[0].Advisory != "TW-3" || possible.Items[0].Reason != "pseudo_version" {
		t.Fatalf("possible %+v (%v)", possible, err)
	}
	counts, uncovered, err := b.store.PossibleCounts(t.Context(), []int64{1, 2})
	same(t, map[int64]int{1: 1, 2: 0}, counts)
	same(t, map[int64]int{1: 2, 2: 0}, uncovered)
	if err != nil {
		t.Error(err)
	}
	cover, first, err := b.store.Coverage(t.Context(), 1, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	same(t, finding.Coverage{Components: 5, Covered: 3, NotCovered: 2, Reasons: []finding.ReasonCount{{Reason: "no_purl", Count: 1}, {Reason: "no_version", Count: 1}}}, cover)
	_, second, err := b.store.Coverage(t.Context(), 1, first.Next, 1)
	if err != nil || first.Items[0].Name != "bare" || second.Items[0].Name != "own" || second.Next != "" {
		t.Errorf("pages %+v, %+v (%v)", first, second, err)
	}
	// What another source confirms is a finding and no longer to be checked.
	b.exec(`insert into matches (component_id, advisory_id, confidence, evidence, matcher_version) values (2, 4, 'confirmed', '{}', 1);
		insert into advisory_vulnerabilities values (4, 3)`)
	b.refresh(finding.Changed{Opened: 3}, 1)
	if possible, err = b.store.Possible(t.Context(), 1, "", 10); err != nil || len(possible.Items) != 0 {
		t.Errorf("possible %+v (%v)", possible, err)
	}
}

func TestUpgradesNameTheWorstFirstAndWhatEachEnds(t *testing.T) {
	b := setup(t)
	got, err := b.store.Upgrades(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	same(t, []finding.Upgrade{
		{ComponentID: 3, Name: "core", Version: "1.0.0", PURL: "pkg:npm/core@1.0.0", Ecosystem: "npm", Findings: 2, Worst: "critical", To: "1.10.0",
			Partial: []finding.PartialUpgrade{{Version: "1.9.0", Ends: 1}, {Version: "1.10.0", Ends: 2}}},
		{ComponentID: 1, Name: "web", Version: "1.0.0", PURL: "pkg:npm/web@1.0.0", Ecosystem: "npm", Findings: 1, Worst: "low", Partial: []finding.PartialUpgrade{}},
	}, got)
}
