package intel_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/nvd"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// hashOf is the content hash as the store takes it of a record that it gave out.
func hashOf(t testing.TB, a intel.Advisory) []byte {
	t.Helper()
	a.Modified = time.Time{}
	encoded, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(encoded)
	return sum[:]
}

// sameHashes compares every record that is given out with the hash that was stored of the one that came in.
func sameHashes(t testing.TB, b *bench, feed string) int {
	t.Helper()
	ctx := t.Context()
	rows, err := b.pool.Query(ctx, `select advisory_id, content_hash from advisories where feed = $1`, feed)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{}
	var id string
	var hash []byte
	if _, err := pgx.ForEachRow(rows, []any{&id, &hash}, func() error { want[id] = bytes.Clone(hash); return nil }); err != nil {
		t.Fatal(err)
	}
	seen, last := 0, ""
	err = b.store.Export(ctx, func(e *intel.Export) error {
		for a, err := range e.Advisories(ctx, feed) {
			if err != nil {
				return err
			}
			if seen++; a.ID <= last {
				t.Errorf("%s comes after %s", a.ID, last)
			}
			if last = a.ID; !bytes.Equal(hashOf(t, a), want[a.ID]) {
				encoded, _ := json.Marshal(a)
				t.Errorf("%s came back as another record: %.3000s", a.ID, encoded)
			}
			if t.Failed() {
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen != len(want) && !t.Failed() {
		t.Errorf("%d records came back of %d", seen, len(want))
	}
	return seen
}

func TestExportGivesBackWhatWasImported(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	// Lists that are empty in one spelling and absent in another, times beyond a microsecond and of another zone, entries
	// out of their order, and ids that collations order differently.
	odd := intel.Advisory{
		ID: "odd_1", Source: "X", Kind: intel.KindVulnerability, Published: time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.FixedZone("", 3600)),
		Modified: time.Date(2026, 1, 2, 3, 4, 5, 999999999, time.UTC), Severities: []intel.Severity{}, CWEs: []string{}, Aliases: []string{"CVE-2026-0001"},
		Affected: []intel.Affected{
			{Ordinal: 2, Name: "b", Versions: []string{}, Ranges: []intel.Range{{Type: "SEMVER", Events: []intel.Event{}}}},
			{Ordinal: 1, Name: "a", GitOnly: true, LastKnownAffected: "<= 3"},
		},
		Configurations: []intel.Configuration{{Operator: "OR", Nodes: []intel.Node{}}, {Operator: "AND", Negate: true, Nodes: []intel.Node{
			{Operator: "OR", Matches: []intel.CPEMatch{}},
			{Operator: "OR", Matches: []intel.CPEMatch{{Vulnerable: true, Criteria: "cpe:2.3:a:v:p:*:*:*:*:*:*:*:*", VersionEndExcluding: "2 <&> \u2028"}}},
		}}},
	}
	given := func(yield func(intel.Incoming, error) bool) {
		for _, id := range []string{"odd_1", "odd-1", "Odd-2", "odd-10", "oddé"} {
			a := odd
			a.ID = id
			if !yield(intel.Incoming{Advisory: a}, nil) {
				return
			}
		}
	}
	if r, err := b.store.ImportAdvisories(t.Context(), "x", intel.TriggerImport, given, nil); err != nil || r.Added != 5 {
		t.Fatalf("%+v %v", r, err)
	}
	if n := sameHashes(t, b, "x"); n != 5 {
		t.Errorf("%d records", n)
	}
	before := fingerprint(t, b.pool)
	if r, err := b.store.ImportAdvisories(t.Context(), "x", intel.TriggerImport, given, nil); err != nil || r.Changed != 0 || fingerprint(t, b.pool) != before {
		t.Errorf("a second import of the same wrote: %+v %v", r, err)
	}
	if odd.Affected[0].Versions == nil || odd.Configurations[0].Nodes == nil || odd.Published.Nanosecond() != 678901234 {
		t.Error("the caller's record was changed")
	}
}

func TestExportGivesBackTheSharedRecords(t *testing.T) {
	t.Parallel()
	advisories := testkit.SharedData(t, "advisories")
	files, err := nvd.Find([]string{testkit.SharedData(t, "nvd")})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, name := range []string{"npm", "Maven", "Alpine", "Red Hat", "Rocky Linux", "Ubuntu", "GIT", "CRAN", "Hackage"} {
		paths = append(paths, filepath.Join(advisories, name))
	}
	b := newBench(t)
	importPaths(t, b.store, paths...)
	if _, err := b.store.ImportNVD(t.Context(), nvd.Records(t.Context(), files), nil); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d OSV records, %d NVD records", sameHashes(t, b, "osv"), sameHashes(t, b, "nvd"))
}
