package bundle_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/bundle"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/epss"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/kev"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/nvd"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/osv"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// matcher counts what is handed to it.
type matcher struct{ advisories int }

func (m *matcher) EnqueueMatchAdvisories(_ context.Context, _ pgx.Tx, rows []int64) error {
	m.advisories += len(rows)
	return nil
}

// instance is a database of its own with its store.
type instance struct {
	t     testing.TB
	pool  *pgxpool.Pool
	store *intel.Store
	jobs  *matcher
}

func newInstance(t testing.TB) *instance {
	t.Helper()
	i := &instance{t: t, pool: testkit.DB(t), jobs: &matcher{}}
	i.store = intel.NewStore(i.pool, i.jobs)
	return i
}

// load imports files as an operator would.
func (i *instance) load(osvPaths []string, kevFile, epssFile string, nvdPaths ...string) {
	i.t.Helper()
	ctx := i.t.Context()
	check := func(err error) {
		i.t.Helper()
		if err != nil {
			i.t.Fatal(err)
		}
	}
	source, err := osv.Open(osvPaths)
	check(err)
	_, err = i.store.ImportOSV(ctx, source.Records(ctx), nil)
	check(errors.Join(err, source.Close()))
	f, err := os.Open(kevFile)
	check(err)
	catalogue, err := kev.Parse(f)
	check(errors.Join(err, f.Close()))
	_, err = i.store.ImportKEV(ctx, catalogue)
	check(err)
	f, err = os.Open(epssFile)
	check(err)
	scores, err := epss.Open(f)
	check(err)
	_, err = i.store.ImportEPSS(ctx, scores.Header, scores.Lines())
	check(errors.Join(err, f.Close()))
	if len(nvdPaths) > 0 {
		files, err := nvd.Find(nvdPaths)
		check(err)
		_, err = i.store.ImportNVD(ctx, nvd.Records(ctx, files), nil)
		check(err)
	}
}

// loadSamples loads the records that the demonstration has, and a cursor.
func (i *instance) loadSamples() {
	i.t.Helper()
	demo := filepath.Join(testkit.Root(), "localdev", "demo", "intel")
	i.load([]string{filepath.Join(demo, "osv")}, filepath.Join(demo, "kev.json"), filepath.Join(demo, "epss.csv"))
	i.exec(`insert into feed_cursors (feed, cursor) values ('osv', '{"modified": "2026-11-25T00:00:00Z", "n": 12345678901234567890}')`)
}

func (i *instance) exec(sql string, args ...any) {
	i.t.Helper()
	if _, err := i.pool.Exec(i.t.Context(), sql, args...); err != nil {
		i.t.Fatal(err)
	}
}

func (i *instance) export(key ed25519.PrivateKey) ([]byte, bundle.Manifest) {
	i.t.Helper()
	var out bytes.Buffer
	m, err := bundle.Export(i.t.Context(), i.store, &out, bundle.ExportOptions{Product: "test", Created: noon, Key: key})
	if err != nil {
		i.t.Fatal(err)
	}
	return out.Bytes(), m
}

// took is what an import did, by feed, and what it warned of.
type took struct {
	runs     map[string]intel.RunResult
	warnings []string
}

func (i *instance) take(raw []byte, o bundle.ImportOptions) (took, error) {
	i.t.Helper()
	b, err := open(raw, bundle.Trust{AllowUnsigned: true})
	if err != nil {
		i.t.Fatal(err)
	}
	got := took{runs: map[string]intel.RunResult{}}
	o.Done = func(r intel.RunResult) { got.runs[r.Feed] = r }
	o.Warn = func(words string) { got.warnings = append(got.warnings, words) }
	return got, bundle.Import(i.t.Context(), i.store, b, o)
}

func (i *instance) mustTake(raw []byte) took {
	i.t.Helper()
	got, err := i.take(raw, bundle.ImportOptions{})
	if err != nil {
		i.t.Fatal(err)
	}
	return got
}

func (i *instance) rows(sql string) []string {
	i.t.Helper()
	rows, err := i.pool.Query(i.t.Context(), sql)
	if err != nil {
		i.t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		i.t.Fatal(err)
	}
	return out
}

// contents is every table of what feeds say, without row numbers and times of writing: a count and a digest each.
func (i *instance) contents() []string {
	i.t.Helper()
	return i.rows(`
		with a as (select id, feed || '/' || advisory_id as key from advisories),
		rows (what, line) as (
			select 'advisories', (to_jsonb(x) - 'id' - 'first_seen' - 'changed_at')::text from advisories x
			union all
			select 'aliases', a.key || x.alias from advisory_aliases x join a on a.id = x.advisory_id
			union all
			select 'packages', a.key || (to_jsonb(x) - 'id' - 'advisory_id')::text from affected_packages x join a on a.id = x.advisory_id
			union all
			select 'configurations', a.key || x.ordinal || x.configuration from affected_cpes x join a on a.id = x.advisory_id
			union all
			select 'products', a.key || c.ordinal || x.vendor || ' ' || x.product
			from affected_cpe_products x join affected_cpes c on c.id = x.affected_cpe_id join a on a.id = c.advisory_id
			union all
			select 'vulnerabilities', (to_jsonb(x) - 'id')::text from vulnerabilities x
			union all
			select 'links', a.key || v.name from advisory_vulnerabilities x join a on a.id = x.advisory_id join vulnerabilities v on v.id = x.vulnerability_id
			union all
			select 'kev', to_jsonb(x)::text from kev x
			union all
			select 'epss', to_jsonb(x)::text from epss x
			union all
			select 'facts', feed || facts from feeds x
			where feed = 'epss'
			union all
			select 'ssvc', to_jsonb(x)::text from ssvc x
			union all
			-- a header has not the hash of the whole report, and is a partial one where it came without
			select 'reports', (to_jsonb(x) - 'id' - 'first_seen' - 'touched_at'
				- case when kept = 'header' then '{content_hash,partial}' else '{}' end::text[])::text
			from threat_reports x
			union all
			select 'named', r.feed || r.report_id || x.cve || x.link from report_vulnerabilities x join threat_reports r on r.id = x.report_id
			union all
			select 'indicators', r.feed || r.report_id || (to_jsonb(x) - 'id' - 'report_id')::text
			from indicators x join threat_reports r on r.id = x.report_id
			union all
			select 'cursors', (to_jsonb(x) - 'updated_at')::text from feed_cursors x
		)
		select what || ' ' || count(*) || ' ' || md5(string_agg(line, ',' order by line collate "C")) from rows group by what order by what`)
}

// written counts every row version: xmin changes with any write.
func (i *instance) written() []string {
	i.t.Helper()
	return i.rows(`
		with rows (what, x) as (
			select 'a', xmin from advisories union all select 'l', xmin from advisory_aliases union all select 'v', xmin from vulnerabilities
			union all select 'av', xmin from advisory_vulnerabilities union all select 'p', xmin from affected_packages
			union all select 'c', xmin from affected_cpes union all select 'k', xmin from kev union all select 'e', xmin from epss
			union all select 'f', xmin from feed_cursors union all select 's', xmin from ssvc union all select 'r', xmin from threat_reports
			union all select 'n', xmin from report_vulnerabilities union all select 'i', xmin from indicators
		)
		select what || ' ' || count(*) || ' ' || sum(x::text::bigint) from rows group by what order by what`)
}

// sameSections compares what two manifests say of their records, byte for byte.
func sameSections(t testing.TB, a, b bundle.Manifest) {
	t.Helper()
	if diff := cmp.Diff(a.Sections, b.Sections); diff != "" || len(a.Sections) == 0 {
		t.Errorf("the second export differs:\n%s", diff)
	}
}

// thereAndBack carries everything from one instance to an empty one and compares both.
func thereAndBack(t *testing.T, a *instance) {
	t.Helper()
	key, _ := keys(t)
	raw, first := a.export(key)
	b := newInstance(t)
	b.store = b.store.At(a.store.Now)
	b.mustTake(raw)
	if diff := cmp.Diff(a.contents(), b.contents()); diff != "" {
		t.Errorf("the tables differ:\n%s", diff)
	}
	again, second := b.export(key)
	sameSections(t, first, second)
	if !bytes.Equal(raw, again) {
		t.Error("the same content at the same time by the same key is another file")
	}
	b.jobs.advisories = 0
	before := b.written()
	for feed, r := range b.mustTake(raw).runs {
		if r.Added+r.Changed+r.Withdrawn+r.Refused != 0 || r.Seen == 0 {
			t.Errorf("the second import of %s: %+v", feed, r.Counts)
		}
	}
	if diff := cmp.Diff(before, b.written()); diff != "" || b.jobs.advisories != 0 {
		t.Errorf("the second import wrote, and %d records are matched again:\n%s", b.jobs.advisories, diff)
	}
}

func TestSamplesThereAndBack(t *testing.T) {
	t.Parallel()
	a := newInstance(t)
	a.loadSamples()
	thereAndBack(t, a)
}

// A few thousand records of every shape that the feeds have; the rest are more of the same.
func TestSharedRecordsThereAndBack(t *testing.T) {
	t.Parallel()
	var paths []string
	for _, name := range []string{"npm", "Alpine", "Red Hat", "Rocky Linux", "Ubuntu", "GIT"} {
		paths = append(paths, testkit.SharedData(t, filepath.Join("advisories", name)))
	}
	one := func(folder, pattern string) string {
		found, err := filepath.Glob(filepath.Join(testkit.SharedData(t, folder), pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s in %s: %v", pattern, folder, err)
		}
		return found[0]
	}
	a := newInstance(t)
	a.load(paths, one("kev", "*.json"), one("epss", "*kev-only.csv"), testkit.SharedData(t, "nvd"))
	thereAndBack(t, a)
}

func TestImportLeavesRunRecordsAndHandsOverToTheMatcher(t *testing.T) {
	t.Parallel()
	a, b := newInstance(t), newInstance(t)
	a.loadSamples()
	raw, m := a.export(nil)
	got := b.mustTake(raw)
	if len(got.warnings) != 0 || int64(b.jobs.advisories) != got.runs["osv"].Added || b.jobs.advisories == 0 {
		t.Errorf("warned %v, %d records to be matched, %+v", got.warnings, b.jobs.advisories, got.runs["osv"].Counts)
	}
	want := []string{"epss bundle", "kev bundle", "osv bundle"}
	if diff := cmp.Diff(want, b.rows(`select feed || ' ' || trigger from feed_runs where finished_at is not null and error = '' and refused = 0 order by 1`)); diff != "" {
		t.Error(diff)
	}
	if len(m.Sections) != 4 || m.Sections[3].Name != "cursors" || m.Sections[3].Required {
		t.Errorf("%+v", m.Sections)
	}
}

func TestNothingIsWrittenOfABundleThatFailsToItsEnd(t *testing.T) {
	t.Parallel()
	b := newInstance(t)
	data := `{"id":"A","kind":"malware"}` + "\n" + `{"id":"B","kind":"malware"}` + "\n" + `{"id":"C","kind":` + "\n"
	if _, err := b.take(whole(t, `{"name":"advisories","feed":"osv","required":true}`, data), bundle.ImportOptions{}); err == nil || !strings.Contains(err.Error(), "record 3 of advisories of osv") {
		t.Errorf("%v", err)
	}
	if got := b.rows(`select feed from feed_runs union all select feed from advisories`); len(got) != 0 {
		t.Errorf("written: %v", got)
	}
}

func TestExportOfNothing(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	if _, err := bundle.Export(t.Context(), i.store, io.Discard, bundle.ExportOptions{}); err == nil || !strings.Contains(err.Error(), "nothing to export") {
		t.Errorf("%v", err)
	}
}

func TestOlderBundleTakesNothingBack(t *testing.T) {
	t.Parallel()
	a, b := newInstance(t), newInstance(t)
	a.loadSamples()
	// A record with a date that never was would make every bundle look as new as any other.
	slip := func(yield func(intel.Incoming, error) bool) {
		yield(intel.Incoming{Advisory: intel.Advisory{ID: "SLIP-1", Source: "X", Kind: intel.KindVulnerability, Modified: noon.AddDate(99, 0, 0)}}, nil)
	}
	if _, err := a.store.ImportOSV(t.Context(), slip, nil); err != nil {
		t.Fatal(err)
	}
	older, _ := a.export(nil)
	// Meanwhile the feeds went on: a record changed, one came, one CVE more is known to be exploited, a day of scores.
	a.exec(`update feeds set facts = jsonb_set(facts, '{score_date}', '"2026-11-20T00:00:00+0000"') where feed = 'epss'`)
	a.exec(`update epss set score = 0.125 where cve = (select min(cve) from epss)`)
	a.exec(`insert into kev (cve, date_added, content_hash) values ('CVE-2026-99999', '2026-11-20', '')`)
	newest := func(yield func(intel.Incoming, error) bool) {
		yield(intel.Incoming{Advisory: intel.Advisory{ID: "NEW-1", Source: "NEW", Kind: intel.KindVulnerability, Modified: noon.AddDate(0, 0, -1)}}, nil)
	}
	if _, err := a.store.ImportOSV(t.Context(), newest, nil); err != nil {
		t.Fatal(err)
	}
	a.exec(`update feed_cursors set cursor = '{"modified": "2027-11-25T00:00:00Z"}' where feed = 'osv'`)
	newer, _ := a.export(nil)
	b.mustTake(older)
	b.mustTake(newer)
	before := b.written()
	want := a.contents()
	// The row put into kev by hand has no hash; an import gives it one.
	if diff := cmp.Diff(without(want, "kev"), without(b.contents(), "kev")); diff != "" {
		t.Errorf("the newer bundle did not arrive:\n%s", diff)
	}
	got, err := b.take(older, bundle.ImportOptions{})
	if err != nil || len(got.warnings) != 3 {
		t.Errorf("%v, warned %q", err, got.warnings)
	}
	if diff := cmp.Diff(before, b.written()); diff != "" {
		t.Errorf("the older bundle took something back:\n%s", diff)
	}
	runs := len(b.rows(`select feed from feed_runs`))
	if _, err := b.take(older, bundle.ImportOptions{RefuseOlder: true}); err == nil || !strings.Contains(err.Error(), "the bundle is older than what is held: kev ends with") {
		t.Errorf("%v", err)
	}
	if now := len(b.rows(`select feed from feed_runs`)); now != runs {
		t.Errorf("the refused bundle left %d runs", now-runs)
	}
}

func without(lines []string, what string) []string {
	var out []string
	for _, l := range lines {
		if !strings.HasPrefix(l, what+" ") {
			out = append(out, l)
		}
	}
	return out
}

func TestCursorsOfFeedsThatArePolledHereStay(t *testing.T) {
	t.Parallel()
	a, b := newInstance(t), newInstance(t)
	a.loadSamples()
	raw, _ := a.export(nil)
	b.exec(`insert into feed_cursors (feed, cursor) values ('osv', '"own"')`)
	b.exec(`insert into feed_runs (feed, trigger) values ('osv', 'poll')`)
	b.mustTake(raw)
	if got := b.rows(`select cursor::text from feed_cursors where feed = 'osv'`); len(got) != 1 || got[0] != `"own"` {
		t.Errorf("%v", got)
	}
}

// TestCutOffAnywhere ends imports after each of their batches, as a kill does, and imports again.
func TestCutOffAnywhere(t *testing.T) {
	t.Parallel()
	a, b := newInstance(t), newInstance(t)
	records := func(yield func(intel.Incoming, error) bool) {
		for n := range 3500 {
			if !yield(intel.Incoming{Advisory: intel.Advisory{
				ID: fmt.Sprintf("X-%04d", n), Source: "X", Kind: intel.KindVulnerability, Aliases: []string{fmt.Sprintf("CVE-2099-%04d", n/2)},
			}}, nil) {
				return
			}
		}
	}
	if _, err := a.store.ImportOSV(t.Context(), records, nil); err != nil {
		t.Fatal(err)
	}
	raw, _ := a.export(nil)
	cut := 0
	for after := 1; ; after++ {
		ctx, cancel := context.WithCancel(t.Context())
		bdl, err := open(raw, bundle.Trust{AllowUnsigned: true})
		if err != nil {
			t.Fatal(err)
		}
		batches := 0
		err = bundle.Import(ctx, b.store, bdl, bundle.ImportOptions{Progress: func(string, int64, intel.Progress) {
			if batches++; batches == after {
				cancel()
			}
		}})
		cancel()
		if err == nil {
			break
		}
		if cut++; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if cut == 0 {
		t.Error("no import was cut off")
	}
	if diff := cmp.Diff(a.contents(), b.contents()); diff != "" {
		t.Errorf("the tables differ:\n%s", diff)
	}
}
