package intel_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/osv"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

func shared(t testing.TB, parts ...string) string {
	t.Helper()
	root := os.Getenv("TW_SHARED_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("test data absent: %s (set TW_SHARED_DATA)", path)
	}
	return path
}

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

// TestImportCorpus loads every shared advisory, twice.
func TestImportCorpus(t *testing.T) {
	path := shared(t, "advisories")
	if testing.Short() {
		t.Skip("48,500 records: left out with -short")
	}
	pool := testkit.DB(t)
	store := intel.NewStore(pool, nil)
	first := importPaths(t, store, path)
	t.Logf("first: %+v, %.0f records/s", first.Progress, first.Rate())
	if first.Added != 47897 || first.Refused != 0 || first.Changed != 0 {
		t.Errorf("first import: %+v, want 47897 added", first.Counts)
	}
	before := fingerprint(t, pool)
	second := importPaths(t, store, path)
	t.Logf("second: %+v, %.0f records/s", second.Progress, second.Rate())
	if second.Added != 0 || second.Changed != 0 || second.Seen != first.Seen {
		t.Errorf("second import: %+v, want nothing written", second.Counts)
	}
	if after := fingerprint(t, pool); after != before {
		t.Error("the second import wrote rows")
	}
}
