package intel_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/osv"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// recorder notes which advisories were handed to the matcher.
type recorder struct{ rows []int64 }

func (r *recorder) EnqueueMatchAdvisories(_ context.Context, _ pgx.Tx, rows []int64) error {
	r.rows = append(r.rows, rows...)
	return nil
}

// bench is a store on a database of its own, with what it enqueued.
type bench struct {
	t     *testing.T
	pool  *pgxpool.Pool
	store *intel.Store
	jobs  *recorder
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, pool: testkit.DB(t), jobs: &recorder{}}
	b.store = intel.NewStore(b.pool, b.jobs)
	return b
}

func records(documents ...string) iter.Seq2[intel.Incoming, error] {
	return func(yield func(intel.Incoming, error) bool) {
		for i, d := range documents {
			a, warnings, err := osv.Parse([]byte(d))
			if !yield(intel.Incoming{Path: fmt.Sprintf("record %d", i), Advisory: a, Warnings: warnings, Refused: err}, nil) {
				return
			}
		}
	}
}

// load imports the documents and returns the ids handed to the matcher, sorted.
func (b *bench) load(documents ...string) (intel.RunResult, []string) {
	b.t.Helper()
	b.jobs.rows = nil
	result, err := b.store.ImportOSV(context.Background(), records(documents...), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return result, b.list(`select advisory_id from advisories where id = any($1) order by 1`, b.jobs.rows)
}

func (b *bench) list(sql string, args ...any) []string {
	b.t.Helper()
	rows, err := b.pool.Query(context.Background(), sql, args...)
	if err != nil {
		b.t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// links lists what each advisory speaks of: "GHSA-A CVE-2099-0001".
func (b *bench) links() []string {
	return b.list(`
		select a.advisory_id || ' ' || v.name
		from advisory_vulnerabilities l join advisories a on a.id = l.advisory_id join vulnerabilities v on v.id = l.vulnerability_id
		order by 1`)
}

func (b *bench) expect(what string, want, got []string) {
	b.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func djx(id string, aliases ...string) string {
	quoted := ""
	if len(aliases) > 0 {
		quoted = `"` + strings.Join(aliases, `","`) + `"`
	}
	return fmt.Sprintf(`{"id":%q,"modified":"2099-01-01T00:00:00Z","aliases":[%s],
		"affected":[{"package":{"ecosystem":"PyPI","name":"djx"},"versions":["4.0.0"]}]}`, id, quoted)
}

func TestCase22AliasesAreTransitiveWhileAsserted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(djx("PYSEC-A", "CVE-2099-0001"), djx("GHSA-A", "CVE-2099-0001"), djx("OTHER-A", "GHSA-A"))
	b.expect("one group", []string{"GHSA-A CVE-2099-0001", "OTHER-A CVE-2099-0001", "PYSEC-A CVE-2099-0001"}, b.links())
	before := b.list(`select id::text from vulnerabilities where name = 'CVE-2099-0001'`)

	_, matched := b.load(djx("OTHER-A"))
	b.expect("two groups", []string{"GHSA-A CVE-2099-0001", "OTHER-A OTHER-A", "PYSEC-A CVE-2099-0001"}, b.links())
	b.expect("the CVE keeps its row", before, b.list(`select id::text from vulnerabilities where name = 'CVE-2099-0001'`))
	b.expect("only the changed one is matched", []string{"OTHER-A"}, matched)

	// The edge can also go at its other end: then the neighbour's group changes though its record did not.
	b.load(djx("OTHER-A", "GHSA-A"))
	_, matched = b.load(djx("GHSA-A"))
	b.expect("the neighbour lost its anchor", []string{"GHSA-A GHSA-A", "OTHER-A GHSA-A", "PYSEC-A CVE-2099-0001"}, b.links())
	b.expect("the neighbour is matched too", []string{"GHSA-A", "OTHER-A"}, matched)
	b.expect("no vulnerability is left behind", []string{"CVE-2099-0001", "GHSA-A"}, b.list(`select name from vulnerabilities order by 1`))
}

func TestGroupsDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	documents := []string{
		djx("OTHER-A", "GHSA-A"), djx("LAST-A", "OTHER-A"), djx("GHSA-A", "CVE-2099-0001"),
		djx("GO-1", "CVE-2099-0002", "CVE-2099-0001"), djx("LONE-1"), djx("LONE-2", "LONE-1"),
	}
	want := []string{
		"GHSA-A CVE-2099-0001", "GO-1 CVE-2099-0001", "GO-1 CVE-2099-0002", "LAST-A CVE-2099-0001", "LONE-1 LONE-1",
		"LONE-2 LONE-1", "OTHER-A CVE-2099-0001",
	}
	one := newBench(t)
	one.load(documents...)
	one.expect("one import", want, one.links())
	each := newBench(t)
	for _, d := range documents {
		each.load(d)
	}
	each.expect("one by one", want, each.links())
	slices.Reverse(documents)
	back := newBench(t)
	for _, d := range documents {
		back.load(d)
	}
	back.expect("one by one, backwards", want, back.links())
}

func TestVulnerabilityKeepsItsRowWhenACVEArrives(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(djx("RUSTSEC-1", "GHSA-1"))
	row := b.list(`select id::text || ' ' || name from vulnerabilities`)
	id, _, _ := strings.Cut(row[0], " ")
	b.expect("named by the better known id", []string{id + " GHSA-1"}, row)
	b.load(djx("RUSTSEC-1", "GHSA-1", "CVE-2099-0001"))
	b.expect("the same row under its CVE", []string{id + " CVE-2099-0001"}, b.list(`select id::text || ' ' || name from vulnerabilities`))
}

func TestVulnerabilityWithFindingsOutlivesItsAdvisories(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(djx("LONE-1"), djx("GHSA-A", "CVE-2099-0001"))
	_, err := b.pool.Exec(context.Background(), `
		with p as (insert into products (name) values ('p') returning id),
			r as (insert into releases (product_id, version) select id, '1' from p returning id, product_id),
			c as (insert into components (identity, name) values (gen_random_uuid(), 'djx') returning id)
		insert into findings (product_id, release_id, component_id, vulnerability_id, component_name, vulnerability_name)
		select r.product_id, r.id, c.id, v.id, 'djx', v.name from r, c, vulnerabilities v`)
	if err != nil {
		t.Fatal(err)
	}
	b.load(djx("LONE-1", "GHSA-A"))
	b.expect("kept for its finding", []string{"CVE-2099-0001", "LONE-1"}, b.list(`select name from vulnerabilities order by 1`))
	b.expect("relinked", []string{"GHSA-A CVE-2099-0001", "LONE-1 CVE-2099-0001"}, b.links())

	rated := strings.Replace(djx("PYSEC-9", "CVE-2099-0001"), `"aliases"`,
		`"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"aliases"`, 1)
	_, matched := b.load(rated)
	b.expect("a severity that findings show is carried to all of its advisories", []string{"GHSA-A", "LONE-1", "PYSEC-9"}, matched)
}

func TestSecondImportWritesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	documents := []string{djx("GHSA-A", "CVE-2099-0001", "X-1"), djx("LONE-1"), `{"id":"broken"`, djx("DSA-1-1")}
	first, _ := b.load(documents...)
	if first.Seen != 4 || first.Added != 3 || first.Refused != 1 || len(first.Faults) != 1 || first.Faults[0].Path != "record 2" {
		t.Errorf("first run: %+v", first)
	}
	before := fingerprint(t, b.pool)
	second, matched := b.load(documents...)
	if second.Added+second.Changed != 0 || second.Seen != 4 || second.Refused != 1 || len(matched) != 0 {
		t.Errorf("second run: %+v, matched %v", second, matched)
	}
	if fingerprint(t, b.pool) != before {
		t.Error("the second import wrote rows")
	}
	// A newer modified time and a shuffled list are no change, but the time is kept.
	touched := strings.Replace(djx("GHSA-A", "X-1", "CVE-2099-0001"), "2099-01-01", "2099-02-02", 1)
	third, matched := b.load(touched)
	if third.Changed != 0 || len(matched) != 0 {
		t.Errorf("touched record: %+v, matched %v", third, matched)
	}
	b.expect("time kept", []string{"2099-02-02"}, b.list(`select to_char(modified, 'YYYY-MM-DD') from advisories where advisory_id = 'GHSA-A'`))
	// And an older copy takes nothing back.
	older, _ := b.load(djx("GHSA-A"))
	if older.Changed != 0 {
		t.Errorf("older copy: %+v", older)
	}
}

func TestChangedRecordReplacesItsParts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(`{"id":"GHSA-A","modified":"2099-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"a"},"versions":["1"]},
		{"package":{"ecosystem":"npm","name":"b"},"versions":["1"]}]}`)
	result, matched := b.load(`{"id":"GHSA-A","modified":"2099-01-02T00:00:00Z","withdrawn":"2099-01-02T00:00:00Z",
		"affected":[{"package":{"ecosystem":"npm","name":"b"},"versions":["2"]}]}`)
	if result.Changed != 1 || result.Withdrawn != 1 || len(matched) != 1 {
		t.Errorf("%+v, matched %v", result, matched)
	}
	b.expect("packages", []string{"b {2}"}, b.list(`select name || ' ' || versions::text from affected_packages`))
	b.expect("its vulnerability is withdrawn", []string{"2099-01-02"}, b.list(`select to_char(withdrawn, 'YYYY-MM-DD') from vulnerabilities`))
}

func TestOneRecordThatTheDatabaseRefusesStopsNoImport(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	// Longer than an index entry can be, and not to be compressed.
	var name strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&name, "%x.", i*i*i)
	}
	bad := fmt.Sprintf(`{"id":"BAD-1","affected":[{"package":{"ecosystem":"npm","name":%q}}]}`, name.String())
	result, _ := b.load(djx("A-1"), bad, djx("A-2"), djx("A-3"))
	if result.Added != 3 || result.Refused != 1 || result.Faults[0].Path != "record 1" {
		t.Errorf("%+v", result)
	}
	b.expect("the others are kept", []string{"A-1", "A-2", "A-3"}, b.list(`select advisory_id from advisories order by 1`))
}

func TestRunRecordsTellOfFailure(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	broken := errors.New("connection cut")
	_, err := b.store.ImportOSV(context.Background(), func(yield func(intel.Incoming, error) bool) {
		for in := range records(djx("A-1")) {
			if !yield(in, nil) {
				return
			}
		}
		yield(intel.Incoming{}, broken)
	}, nil)
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	o, err := b.store.Overview(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Feeds) != 1 || o.Feeds[0].FinishedAt == nil || !strings.Contains(o.Feeds[0].Error, "connection cut") {
		t.Errorf("%+v", o.Feeds)
	}
}

func TestCandidates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(
		`{"id":"GHSA-A","aliases":["CVE-2099-0001"],"affected":[{"package":{"ecosystem":"PyPI","name":"PDF_Miner.Six"},
			"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"last_affected":"29.0"}]}],
			"database_specific":{"last_known_affected_version_range":"<= 29.0"}}]}`,
		`{"id":"DSA-1-1","upstream":["CVE-2099-0002","CVE-2099-0001"],"withdrawn":"2099-01-01T00:00:00Z",
			"affected":[{"package":{"ecosystem":"Debian:12","name":"expx"},"versions":["1"]}]}`,
		djx("OTHER-1"),
	)
	names := []intel.NameKey{{Ecosystem: "Debian", Name: "expx"}, {Ecosystem: "PyPI", Name: "pdf-miner-six"}, {Ecosystem: "npm", Name: "djx"}, {Ecosystem: "Debian", Name: "expx"}}
	var got []intel.Candidate
	for c, err := range b.store.Candidates(context.Background(), b.pool, names) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c)
	}
	if len(got) != 2 {
		t.Fatalf("%d candidates, want 2: %+v", len(got), got)
	}
	dsa, ghsa := got[0], got[1]
	if dsa.AdvisoryID != "DSA-1-1" || !dsa.Withdrawn || dsa.Affected.Package.Release != "12" || len(dsa.Vulnerabilities) != 2 ||
		!slices.Equal(dsa.VulnerabilityIDs, []string{"CVE-2099-0001", "CVE-2099-0002"}) || dsa.Key() != names[0] {
		t.Errorf("%+v", dsa)
	}
	want := []intel.Range{{Type: "ECOSYSTEM", Events: []intel.Event{{Introduced: "0"}, {LastAffected: "29.0"}}}}
	if diff := cmp.Diff(want, ghsa.Affected.Ranges); diff != "" || ghsa.Affected.LastKnownAffected != "<= 29.0" || ghsa.Affected.Name != "PDF_Miner.Six" {
		t.Errorf("%+v\n%s", ghsa, diff)
	}
}

func TestVulnerabilityPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	b.load(
		`{"id":"GHSA-A","aliases":["CVE-2099-0001"],"summary":"Path traversal","details":"Long words","published":"2099-01-01T00:00:00Z",
			"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],"database_specific":{"cwe_ids":["CWE-22"]},
			"references":[{"type":"FIX","url":"https://git.example/1"}],
			"affected":[{"package":{"ecosystem":"npm","name":"w"},"ranges":[{"type":"SEMVER","events":[{"introduced":"1.0.0"},{"fixed":"1.2.0"}]}]}]}`,
		`{"id":"DSA-1-1","upstream":["CVE-2099-0001","CVE-2099-0002"],"summary":"w - security update","affected":[{"package":{"ecosystem":"Debian:12","name":"w"},
			"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.1-1"}]}]}]}`,
	)
	due := time.Date(2099, 1, 8, 0, 0, 0, 0, time.UTC)
	if _, err := b.store.ImportKEV(ctx, intel.KEVCatalogue{Entries: []intel.KEVEntry{{CVE: "CVE-2099-0001", DateAdded: due, DueDate: due}}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cve-2099-0001", "GHSA-A"} {
		p, err := b.store.Vulnerability(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		if p.Name != "CVE-2099-0001" || p.Summary != "Path traversal" || p.Details != "Long words" || *p.Score != 7.5 || p.SeveritySource != "GHSA" ||
			p.KEV == nil || !p.KEV.DueDate.Equal(due) || p.EPSS != nil || !slices.Equal(p.Aliases, []string{"GHSA-A"}) ||
			!slices.Equal(p.CWEs, []string{"CWE-22"}) || len(p.References) != 1 || len(p.Advisories) != 2 {
			t.Errorf("%s: %+v", name, p)
		}
		if want := []intel.AliasEdge{{Advisory: "GHSA-A", Feed: "osv", Alias: "CVE-2099-0001"}}; !slices.Equal(p.AliasEdges, want) {
			t.Errorf("asserted by %+v", p.AliasEdges)
		}
		want := []intel.AffectedWords{{Ecosystem: "Debian:12", Package: "w", Ranges: []string{"< 1.1-1"}, Fixed: []string{"1.1-1"}}}
		if diff := cmp.Diff(want, p.Advisories[1].Affected); diff != "" {
			t.Error(diff)
		}
	}
	// The bulletin speaks of two and is the name of neither.
	if _, err := b.store.Vulnerability(ctx, "DSA-1-1"); err == nil {
		t.Error("DSA-1-1 led to one of the two vulnerabilities it covers")
	}
}
