package intel_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/osv"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

func importPaths(t testing.TB, s *intel.Store, paths ...string) intel.RunResult {
	t.Helper()
	source, err := osv.Open(paths)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	result, err := s.ImportOSV(context.Background(), source.Records(context.Background()), nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// fingerprint counts every row version of the advisory tables: xmin changes with any write.
func fingerprint(t testing.TB, pool *pgxpool.Pool) string {
	t.Helper()
	var sum string
	err := pool.QueryRow(context.Background(), `
		select md5(string_agg(k, ',' order by k)) from (
			select 'a' || count(*) || ':' || sum(xmin::text::bigint) as k from advisories
			union all select 'l' || count(*) || ':' || sum(xmin::text::bigint) from advisory_aliases
			union all select 'v' || count(*) || ':' || sum(xmin::text::bigint) from vulnerabilities
			union all select 'av' || count(*) || ':' || sum(xmin::text::bigint) from advisory_vulnerabilities
			union all select 'p' || count(*) || ':' || sum(xmin::text::bigint) from affected_packages
			union all select 'k' || count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from kev
			union all select 'e' || count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from epss
		) rows`).Scan(&sum)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// TestImportTwice loads the dumps of two ecosystems whose records are aliases of one another, twice.
func TestImportTwice(t *testing.T) {
	t.Parallel()
	paths := []string{testkit.SharedData(t, "advisories/npm"), testkit.SharedData(t, "advisories/Maven")}
	pool := testkit.DB(t)
	store := intel.NewStore(pool, nil)
	first := importPaths(t, store, paths...)
	if first.Added < 2000 || first.Added != first.Seen || first.Refused != 0 || first.Changed != 0 {
		t.Errorf("first import: %+v", first.Counts)
	}
	before := fingerprint(t, pool)
	second := importPaths(t, store, paths...)
	if second.Added != 0 || second.Changed != 0 || second.Seen != first.Seen {
		t.Errorf("second import: %+v, want nothing written", second.Counts)
	}
	if after := fingerprint(t, pool); after != before {
		t.Error("the second import wrote rows")
	}
}

// Two tasks that import the same records at the same moment store them once, and the groups come out whole.
func TestTwoImportsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var documents []string
	for i := range 1500 {
		documents = append(documents, djx(fmt.Sprintf("GHSA-%d", i), fmt.Sprintf("CVE-2099-%04d", i/2)), djx(fmt.Sprintf("X-%d", i), fmt.Sprintf("GHSA-%d", i)))
	}
	var work errgroup.Group
	for range 2 {
		store := intel.NewStore(b.pool, nil)
		work.Go(func() error {
			_, err := store.ImportOSV(context.Background(), records(documents...), nil)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		t.Fatal(err)
	}
	b.expect("rows", []string{"3000", "750", "3000", "6000", "3000"}, b.list(`
		select (select count(*) from advisories)::text
		union all select (select count(*) from vulnerabilities)::text
		union all select (select count(*) from advisory_vulnerabilities)::text
		union all select (select count(*) from advisory_aliases)::text
		union all select (select count(*) from affected_packages)::text`))
}

// BenchmarkImport loads every shared advisory into an empty database, then again.
func BenchmarkImport(b *testing.B) {
	path := testkit.SharedData(b, "advisories")
	for b.Loop() {
		store := intel.NewStore(testkit.DB(b), nil)
		first := importPaths(b, store, path)
		second := importPaths(b, store, path)
		if first.Added != 47897 || second.Added+second.Changed != 0 {
			b.Errorf("first %+v, second %+v", first.Counts, second.Counts)
		}
		b.ReportMetric(first.Rate(), "records/s")
		b.ReportMetric(second.Rate(), "unchanged/s")
	}
}
