package matching_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/klauspost/compress/zstd"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/matching"
	"github.com/threatwerk/threatwerk/internal/platform/live"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// bundle is one database with the three stores and the matcher on it.
type bundle struct {
	t        *testing.T
	pool     *pgxpool.Pool
	sboms    *sbom.Store
	intel    *intel.Store
	findings *finding.Store
	matcher  *matching.Matcher
	changed  []int64 // advisories that the last import changed
}

// EnqueueMatchAdvisories notes what would be queued, so that a test decides when the job runs.
func (b *bundle) EnqueueMatchAdvisories(_ context.Context, _ pgx.Tx, rows []int64) error {
	b.changed = append(b.changed, rows...)
	return nil
}

func setup(t *testing.T) *bundle {
	t.Helper()
	pool := testkit.DB(t)
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{t: t, pool: pool, sboms: sbom.NewStore(pool, client), findings: finding.NewStore(pool)}
	b.intel = intel.NewStore(pool, b)
	b.matcher = matching.NewMatcher(pool, b.sboms, b.intel, b.findings)
	return b
}

// adv is an npm advisory in which everything from introduced on is affected below fixed (none: no fix).
func adv(id, name, introduced, fixed string, aliases ...string) intel.Advisory {
	events := []intel.Event{{Introduced: introduced}}
	if fixed != "" {
		events = append(events, intel.Event{Fixed: fixed})
	}
	return intel.Advisory{
		Feed: "osv", ID: id, Source: "GHSA", Kind: intel.KindVulnerability, Aliases: aliases, Modified: time.Unix(1, 0),
		Severities: []intel.Severity{{Type: "CVSS_V3", Score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
		Affected: []intel.Affected{{
			Package: ident.Package{Ecosystem: "npm", Name: ident.FoldName("npm", name)}, Name: name,
			Ranges: []intel.Range{{Type: "SEMVER", Events: events}},
		}},
	}
}

func (b *bundle) learn(advisories ...intel.Advisory) {
	b.t.Helper()
	b.changed = nil
	var records iter.Seq2[intel.Incoming, error] = func(yield func(intel.Incoming, error) bool) {
		for _, a := range advisories {
			if !yield(intel.Incoming{Advisory: a, Path: a.ID}, nil) {
				return
			}
		}
	}
	if _, err := b.intel.ImportOSV(b.t.Context(), records, nil); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) rematch() finding.Changed {
	b.t.Helper()
	c, err := b.matcher.MatchAdvisories(b.t.Context(), b.changed)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// store uploads a document of npm packages ("name@version") and leaves the matching to the test.
func (b *bundle) store(product, release string, packages ...string) sbom.Stored {
	b.t.Helper()
	var list []string
	for _, p := range packages {
		name, version, _ := strings.Cut(p, "@")
		list = append(list, fmt.Sprintf(`{"type":"library","name":%q,"version":%q,"purl":"pkg:npm/%s"}`, name, version, p))
	}
	return b.storeComponents(product, release, list...)
}

// storeComponents uploads a document of components in CycloneDX's JSON.
func (b *bundle) storeComponents(product, release string, list ...string) sbom.Stored {
	b.t.Helper()
	text := `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[` + strings.Join(list, ",") + `]}`
	d, err := sbom.Read(b.t.Context(), strings.NewReader(text), sbom.DefaultLimits())
	if err != nil {
		b.t.Fatal(err)
	}
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(text))
	r, err := b.sboms.StoreDocument(b.t.Context(), sbom.Upload{
		Product: product, Release: release, Document: d, Raw: encoder.EncodeAll([]byte(text), nil), SHA256: sum[:], Size: int64(len(text)),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return r.Stored
}

func (b *bundle) match(s sbom.Stored) finding.Changed {
	b.t.Helper()
	c, err := b.matcher.MatchSBOM(b.t.Context(), s.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// open lists the open findings as "release component@version vulnerability -> fix".
func (b *bundle) open() []string {
	b.t.Helper()
	page, err := b.findings.List(b.t.Context(), finding.Filter{}, "component", "", 200)
	if err != nil {
		b.t.Fatal(err)
	}
	out := []string{}
	for _, f := range page.Items {
		out = append(out, fmt.Sprintf("%s %s@%s %s -> %s", f.ReleaseVersion, f.ComponentName, f.ComponentVersion, f.Vulnerability, f.FixedVersion))
	}
	return out
}

func same(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCase05AnUploadBecomesFindingsAndASecondRunWritesNothing(t *testing.T) {
	b := setup(t)
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "1.2.0", "CVE-2099-0001"), adv("GHSA-bbbb-bbbb-bbbb", "right", "2.0.0", "2.1.0"))
	s := b.store("Shop", "1.0", "left@1.0.0", "right@2.0.5", "other@1.0.0")
	same(t, finding.Changed{Opened: 2}, b.match(s))
	same(t, []string{"1.0 left@1.0.0 CVE-2099-0001 -> 1.2.0", "1.0 right@2.0.5 GHSA-bbbb-bbbb-bbbb -> 2.1.0"}, b.open())
	stored, err := b.sboms.StoredDocument(t.Context(), s.ID)
	if err != nil || stored.Status != "matched" || stored.Done != stored.Total {
		t.Errorf("document %+v (%v) must be matched", stored, err)
	}
	before := b.writes()
	same(t, finding.Changed{}, b.match(s))
	same(t, before, b.writes())
}

// writes is the state of every derived table as far as a write shows.
func (b *bundle) writes() map[string]string {
	b.t.Helper()
	out := map[string]string{}
	for _, table := range []string{"components", "matches", "fixes", "findings", "finding_events", "sboms", "releases"} {
		var s string
		err := b.pool.QueryRow(b.t.Context(), `select coalesce(string_agg(xmin::text || ctid::text, ',' order by ctid), '') from `+pgx.Identifier{table}.Sanitize()).Scan(&s)
		if err != nil {
			b.t.Fatal(err)
		}
		out[table] = s
	}
	return out
}

func TestAChangedAdvisoryReachesEveryReleaseAndIsTakenBack(t *testing.T) {
	b := setup(t)
	b.match(b.store("Shop", "1.0", "left@1.0.0"))
	b.match(b.store("Till", "7", "left@1.0.0", "left@1.5.0"))
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "1.2.0", "CVE-2099-0001"))
	same(t, finding.Changed{Opened: 2}, b.rematch())
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "1.6.0", "CVE-2099-0001"))
	same(t, finding.Changed{Opened: 1, Updated: 2}, b.rematch())
	same(t, []string{"1.0 left@1.0.0 CVE-2099-0001 -> 1.6.0", "7 left@1.0.0 CVE-2099-0001 -> 1.6.0", "7 left@1.5.0 CVE-2099-0001 -> 1.6.0"}, b.open())

	renamed := adv("GHSA-aaaa-aaaa-aaaa", "leftish", "0", "1.6.0", "CVE-2099-0001") // the record named the wrong package
	b.learn(renamed)
	same(t, finding.Changed{Resolved: 3}, b.rematch())

	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "1.2.0", "CVE-2099-0001"))
	same(t, finding.Changed{Reopened: 2}, b.rematch())

	withdrawn := adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "1.2.0", "CVE-2099-0001")
	withdrawn.Withdrawn = time.Unix(5, 0)
	b.learn(withdrawn)
	same(t, finding.Changed{Resolved: 2}, b.rematch())
	same(t, []string{}, b.open())
}

func TestOneFindingPerAliasGroupWithEachSourcesStatement(t *testing.T) {
	b := setup(t)
	pysec := adv("PYSEC-A", "djx", "0", "4.1.0", "CVE-2099-0002")
	other := adv("OTHER-A", "djx", "0", "4.0.5", "GHSA-cccc-cccc-cccc")
	b.learn(pysec, adv("GHSA-cccc-cccc-cccc", "djx", "0", "4.1.0", "CVE-2099-0002"), other)
	b.match(b.store("Shop", "1.0", "djx@4.0.0"))
	same(t, []string{"1.0 djx@4.0.0 CVE-2099-0002 -> 4.1.0"}, b.open())
	page, err := b.findings.List(t.Context(), finding.Filter{}, "", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.findings.Get(t.Context(), page.Items[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Statements) != 3 || len(d.Events) != 1 {
		t.Errorf("%d statements and %d events, want 3 and 1", len(d.Statements), len(d.Events))
	}
	id := d.ID
	b.learn(adv("OTHER-A", "djx", "0", "4.0.5")) // drops its alias: a flaw of its own now
	same(t, finding.Changed{Opened: 1}, b.rematch())
	same(t, []string{"1.0 djx@4.0.0 CVE-2099-0002 -> 4.1.0", "1.0 djx@4.0.0 OTHER-A -> 4.0.5"}, b.open())
	if d, err = b.findings.Get(t.Context(), id); err != nil || d.Vulnerability != "CVE-2099-0002" || len(d.Statements) != 2 {
		t.Errorf("the finding must stay with the CVE, with two statements: %+v (%v)", d, err)
	}
}

func TestAnAdvisoryThatNamesSeveralCVEsCoversThem(t *testing.T) {
	b := setup(t)
	b.learn(adv("GHSA-dddd-dddd-dddd", "two", "0", "1.5.0", "CVE-2099-0003", "CVE-2099-0004"), adv("GHSA-eeee-eeee-eeee", "two", "0", "1.4.0", "CVE-2099-0003"))
	b.match(b.store("Shop", "1.0", "two@1.0.0"))
	same(t, []string{"1.0 two@1.0.0 CVE-2099-0003 -> 1.5.0", "1.0 two@1.0.0 CVE-2099-0004 -> 1.5.0"}, b.open())
}

func TestTheNextSBOMResolvesWhatIsGone(t *testing.T) {
	b := setup(t)
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "1.2.0", "CVE-2099-0001"))
	b.match(b.store("Shop", "1.0", "left@1.0.0"))
	same(t, finding.Changed{Resolved: 1}, b.match(b.store("Shop", "1.0", "left@1.2.0")))
	page, err := b.findings.List(t.Context(), finding.Filter{State: "resolved"}, "", "", 10)
	if err != nil || len(page.Items) != 1 || page.Items[0].Resolution != "component_gone" || page.Items[0].ResolvedAt == nil {
		t.Errorf("resolved: %+v (%v)", page.Items, err)
	}
}

func TestAJobThatWasKilledBetweenStepsGoesOn(t *testing.T) {
	b := setup(t)
	var advisories []intel.Advisory
	var packages []string
	for i := range 1200 { // three chunks
		name := fmt.Sprintf("p%04d", i)
		packages = append(packages, name+"@1.0.0")
		if i%100 == 0 {
			advisories = append(advisories, adv(fmt.Sprintf("GHSA-%04d-aaaa-aaaa", i), name, "0", "2.0.0"))
		}
	}
	b.learn(advisories...)
	s := b.store("Shop", "1.0", packages...)
	ctx, cancel := context.WithCancel(t.Context())
	conn, err := b.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	// The last component is held by someone else: the job stops in its last chunk and is killed there.
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `select from components where id = (select max(id) from components) for update`); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() {
		_, err := b.matcher.MatchSBOM(ctx, s.ID)
		failed <- err
	}()
	b.await(`select count(*) = 1000 from components where matcher_version > 0`)
	cancel()
	if err := <-failed; err == nil {
		t.Fatal("the killed job must fail")
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, []string{}, b.open())
	same(t, finding.Changed{Opened: 12}, b.match(s))
}

// The matches that a job took back are what leads to their findings: killed at any point, the next attempt must still find them.
func TestAnAdvisoryJobThatWasKilledBeforeItsFindingsGoesOn(t *testing.T) {
	b := setup(t)
	b.match(b.store("Shop", "1.0", "left@1.0.0"))
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "1.2.0", "CVE-2099-0001"))
	same(t, finding.Changed{Opened: 1}, b.rematch())
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "leftish", "0", "1.2.0", "CVE-2099-0001"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tx, err := b.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `select from releases for update`); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() {
		_, err := b.matcher.MatchAdvisories(ctx, b.changed)
		failed <- err
	}()
	b.await(`select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`)
	cancel()
	if err := <-failed; err == nil {
		t.Fatal("the killed job must fail")
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, finding.Changed{Resolved: 1}, b.rematch())
}

func TestAHintSaysWhichReleasesChangedAndOnlyThen(t *testing.T) {
	b := setup(t)
	conn, err := b.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), `listen `+live.Channel); err != nil {
		t.Fatal(err)
	}
	b.match(b.store("Shop", "1.0", "left@1.0.0")) // nothing found: no hint
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "1.2.0", "CVE-2099-0001"))
	b.rematch()
	b.rematch() // nothing changed: no hint
	if _, err := b.pool.Exec(t.Context(), `select pg_notify($1, 'end')`, live.Channel); err != nil {
		t.Fatal(err)
	}
	var got []string
	for len(got) == 0 || got[len(got)-1] != "end" {
		n, err := conn.Conn().WaitForNotification(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(n.Payload, live.Products) { // of what the test made
			got = append(got, n.Payload)
		}
	}
	same(t, []string{`{"kind":"findings","places":[{"p":1,"r":1}]}`, "end"}, got)
}

// await polls a condition of the database: the job under test has no other signal to wait for.
func (b *bundle) await(condition string) {
	b.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		var met bool
		if err := b.pool.QueryRow(b.t.Context(), condition).Scan(&met); err != nil {
			b.t.Fatal(err)
		}
		if met {
			return
		}
		<-tick.C
	}
	b.t.Fatalf("never came true: %s", condition)
}

// However a document and an advisory arrive together, both jobs done mean the same findings.
func TestDocumentAndAdvisoryArrivingTogetherNeverMissEachOther(t *testing.T) {
	b := setup(t)
	b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", "1.2.0", "CVE-2099-0001"))
	for i := range 8 {
		fixed := fmt.Sprintf("1.%d.0", i+3)
		s := b.store("Shop", fmt.Sprint(i), "left@1.0.0", fmt.Sprintf("left@1.2.%d", i))
		b.learn(adv("GHSA-aaaa-aaaa-aaaa", "left", "0", fixed, "CVE-2099-0001"))
		rows := b.changed
		var wg sync.WaitGroup
		errs := make([]error, 2)
		wg.Go(func() { _, errs[0] = b.matcher.MatchSBOM(context.Background(), s.ID) })
		wg.Go(func() { _, errs[1] = b.matcher.MatchAdvisories(context.Background(), rows) })
		wg.Wait()
		if errs[0] != nil || errs[1] != nil {
			t.Fatal(errs)
		}
		var stale, releases int
		err := b.pool.QueryRow(t.Context(), `select count(*) filter (where fixed_version <> @fixed), count(distinct release_id)
			from findings where state = 'open'`, pgx.NamedArgs{"fixed": fixed}).Scan(&stale, &releases)
		if err != nil || stale != 0 || releases != i+1 {
			t.Fatalf("round %d: %d stale findings, %d releases (%v)", i, stale, releases, err)
		}
	}
}

func TestListsPageExactlyInEverySort(t *testing.T) {
	b := setup(t)
	var advisories []intel.Advisory
	for i := range 7 {
		advisories = append(advisories, adv(fmt.Sprintf("GHSA-%04d-aaaa-aaaa", i), "left", "0", fmt.Sprintf("2.%d.0", i), fmt.Sprintf("CVE-2099-%04d", 10+i)))
	}
	b.learn(advisories...)
	_, err := b.pool.Exec(t.Context(), `
		insert into epss (cve, score, percentile) values ('CVE-2099-0010', 0.5, 0.9), ('CVE-2099-0011', 0.00043, 0.1), ('CVE-2099-0012', 0.5, 0.9);
		insert into kev (cve, date_added, content_hash) values ('CVE-2099-0013', '2025-01-01', ''), ('CVE-2099-0014', '2025-02-01', '')`)
	if err != nil {
		t.Fatal(err)
	}
	for _, release := range []string{"1", "2", "3"} {
		b.match(b.store("Shop "+release, release, "left@1.0.0"))
	}
	for _, sort := range append([]string{""}, finding.Sorts...) {
		seen := map[int64]bool{}
		var scores []float64
		after := ""
		for {
			page, err := b.findings.List(t.Context(), finding.Filter{}, sort, after, 4)
			if err != nil {
				t.Fatalf("sort %s: %v", sort, err)
			}
			for _, f := range page.Items {
				if seen[f.ID] {
					t.Errorf("sort %s: finding %d twice", sort, f.ID)
				}
				seen[f.ID] = true
				if f.EPSS != nil {
					scores = append(scores, *f.EPSS)
				}
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if len(seen) != 21 {
			t.Errorf("sort %s: %d findings, want 21", sort, len(seen))
		}
		if sort == "-epss" && (scores[0] < 0.4 || scores[len(scores)-1] > 0.001) {
			t.Errorf("by EPSS: %v", scores)
		}
	}
	kev := true
	counts, err := b.findings.Summary(t.Context(), finding.Filter{KEV: &kev})
	if err != nil || counts.Total != 6 || counts.KEV != 6 {
		t.Errorf("KEV only: %+v (%v)", counts, err)
	}
}
