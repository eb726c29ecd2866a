package sbom_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/klauspost/compress/zstd"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

const shop = `{"bomFormat":"CycloneDX","specVersion":"1.5",
 "metadata":{"component":{"type":"application","bom-ref":"root","name":"shop","version":"1"}},
 "components":[
  {"type":"library","bom-ref":"a","group":"org.example","name":"core","version":"2.16.0","purl":"pkg:maven/org.example/core@2.16.0"},
  {"type":"library","bom-ref":"b","name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0"},
  {"type":"library","bom-ref":"c","name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0"},
  {"type":"library","bom-ref":"d","name":"own"}],
 "dependencies":[{"ref":"root","dependsOn":["a","b"]},{"ref":"a","dependsOn":["c"]}]}`

func newStore(t *testing.T) (*sbom.Store, *pgxpool.Pool) {
	t.Helper()
	pool := testkit.DB(t)
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return sbom.NewStore(pool, client), pool
}

func upload(t *testing.T, document string) sbom.Upload {
	t.Helper()
	d, err := sbom.Read(t.Context(), strings.NewReader(document), sbom.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(document))
	return sbom.Upload{
		Product: "Shop", Release: "1.0", Document: d, Raw: encoder.EncodeAll([]byte(document), nil),
		SHA256: sum[:], Size: int64(len(document)), FileName: "shop.cdx.json",
	}
}

// rowVersions is the whole database's state as far as writes show: each table's rows with the transaction that wrote them.
func rowVersions(t *testing.T, pool *pgxpool.Pool) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range []string{"products", "releases", "sboms", "components", "component_traces", "occurrences", "dependencies", "findings", "matches", "river_job"} {
		var state string
		err := pool.QueryRow(t.Context(), `select coalesce(string_agg(xmin::text || ctid::text, ',' order by ctid), '') from `+
			pgx.Identifier{table}.Sanitize()).Scan(&state)
		if err != nil {
			t.Fatal(err)
		}
		out[table] = state
	}
	return out
}

func TestCase05ReuploadIsIdempotent(t *testing.T) {
	store, pool := newStore(t)
	document := `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[`
	edges := `],"dependencies":[`
	for i, parent := range []string{"a", "b", "c", "d"} {
		if i > 0 {
			document, edges = document+",", edges+","
		}
		document += fmt.Sprintf(`{"type":"library","bom-ref":%q,"name":%q},{"type":"library","bom-ref":%q,"name":"array-u","version":"0.2.1","purl":"pkg:npm/array-u@0.2.1"}`,
			parent, "parent-"+parent, parent+"|array-u")
		edges += fmt.Sprintf(`{"ref":%q,"dependsOn":[%q]}`, parent, parent+"|array-u")
	}
	document += edges + "]}"
	if _, err := store.StoreDocument(t.Context(), upload(t, document)); err != nil {
		t.Fatal(err)
	}
	var components, occurrences, edgesTo int
	err := pool.QueryRow(t.Context(), `
		select count(distinct c.id), count(*), (select count(*) from dependencies)
		from components c join occurrences o on o.component_id = c.id where c.purl = 'pkg:npm/array-u@0.2.1'`).Scan(&components, &occurrences, &edgesTo)
	if err != nil || components != 1 || occurrences != 4 || edgesTo != 4 {
		t.Errorf("%d components, %d occurrences, %d edges (%v), want 1, 4, 4", components, occurrences, edgesTo, err)
	}
	before := rowVersions(t, pool)
	if _, err := store.StoreDocument(t.Context(), upload(t, document)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, rowVersions(t, pool)); diff != "" {
		t.Errorf("rows were written (-before +after):\n%s", diff)
	}
}

func TestSecondUploadOfTheSameBytesWritesNoRow(t *testing.T) {
	store, pool := newStore(t)
	first, err := store.StoreDocument(t.Context(), upload(t, shop))
	if err != nil {
		t.Fatal(err)
	}
	if first.Unchanged || first.Job == nil {
		t.Errorf("the first upload must store and queue: %+v", first)
	}
	if got, want := [3]int{first.Stored.Components, first.Stored.Occurrences, first.Stored.Edges}, [3]int{3, 4, 3}; got != want {
		t.Errorf("components, occurrences, edges = %v, want %v", got, want)
	}
	before := rowVersions(t, pool)
	second, err := store.StoreDocument(t.Context(), upload(t, shop))
	if err != nil {
		t.Fatal(err)
	}
	if !second.Unchanged || second.Job != nil || second.Stored.ID != first.Stored.ID {
		t.Errorf("the second upload must be the first again: %+v", second)
	}
	if diff := cmp.Diff(before, rowVersions(t, pool)); diff != "" {
		t.Errorf("rows were written (-before +after):\n%s", diff)
	}
}

func TestTwoUploadsOfTheSameBytesAtOnceStoreOne(t *testing.T) {
	store, pool := newStore(t)
	const n = 4
	ups := make([]sbom.Upload, n)
	for i := range ups {
		ups[i] = upload(t, shop)
	}
	receipts, errs := make([]sbom.Receipt, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { receipts[i], errs[i] = store.StoreDocument(context.Background(), ups[i]) })
	}
	wg.Wait()
	stored := 0
	for i := range n {
		if errs[i] != nil {
			t.Fatalf("upload %d: %v", i, errs[i])
		}
		if !receipts[i].Unchanged {
			stored++
		}
	}
	var documents, products, queued int
	err := pool.QueryRow(t.Context(), `select (select count(*) from sboms), (select count(*) from products),
		(select count(*) from river_job where kind = 'match_sbom')`).Scan(&documents, &products, &queued)
	if err != nil {
		t.Fatal(err)
	}
	if stored != 1 || documents != 1 || products != 1 || queued != 1 {
		t.Errorf("stored %d, documents %d, products %d, jobs %d; want 1 of each", stored, documents, products, queued)
	}
}

func TestAnOlderDocumentBecomesCurrentAgain(t *testing.T) {
	store, _ := newStore(t)
	newer := strings.Replace(shop, "2.16.0", "2.17.0", 2)
	var ids []int64
	for _, d := range []string{shop, newer, shop} {
		r, err := store.StoreDocument(t.Context(), upload(t, d))
		if err != nil {
			t.Fatal(err)
		}
		if r.Unchanged || r.Job == nil || !r.Stored.Current {
			t.Errorf("must become current, with a job: %+v", r)
		}
		ids = append(ids, r.Stored.ID)
	}
	if ids[0] != ids[2] || ids[0] == ids[1] {
		t.Errorf("ids %v: the third upload must be the first document", ids)
	}
}

func TestTheDocumentComesBackByteForByte(t *testing.T) {
	store, _ := newStore(t)
	r, err := store.StoreDocument(t.Context(), upload(t, shop))
	if err != nil {
		t.Fatal(err)
	}
	_, body, err := store.OpenDocument(t.Context(), r.Stored.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	got, err := io.ReadAll(body)
	if err != nil || !bytes.Equal(got, []byte(shop)) {
		t.Errorf("got %d bytes (%v), want the %d that were sent", len(got), err, len(shop))
	}
}

func TestNamesCollideWithoutRegardToCase(t *testing.T) {
	store, _ := newStore(t)
	name, again, empty, odd := "Shop", " shop ", " ", "urgent"
	p, err := store.CreateProduct(t.Context(), sbom.ProductInput{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.CreateProduct(t.Context(), sbom.ProductInput{Name: &again}); !problem.Is(err, problem.Conflict) {
		t.Errorf("want a conflict, got %v", err)
	}
	if _, err := store.CreateProduct(t.Context(), sbom.ProductInput{Name: &empty, Criticality: &odd}); !problem.Is(err, problem.Invalid) {
		t.Errorf("want two faults, got %v", err)
	}
	if _, err := store.CreateRelease(t.Context(), p.ID, "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.CreateRelease(t.Context(), p.ID, "1"); !problem.Is(err, problem.Conflict) {
		t.Errorf("want a conflict, got %v", err)
	}
	if _, err := store.CreateRelease(t.Context(), p.ID+1, "1"); !problem.Is(err, problem.NotFound) {
		t.Errorf("want not found, got %v", err)
	}
}

func TestProductsPageByKeysetInEveryOrder(t *testing.T) {
	store, _ := newStore(t)
	for _, name := range []string{"delta", "Alpha", "charlie", "Bravo", "echo"} {
		if _, err := store.CreateProduct(t.Context(), sbom.ProductInput{Name: &name}); err != nil {
			t.Fatal(err)
		}
	}
	for sort, want := range map[string][]string{
		"name": {"Alpha", "Bravo", "charlie", "delta", "echo"}, "-name": {"echo", "delta", "charlie", "Bravo", "Alpha"},
		"created": {"delta", "Alpha", "charlie", "Bravo", "echo"}, "-created": {"echo", "Bravo", "charlie", "Alpha", "delta"},
	} {
		var got []string
		cursor := ""
		for {
			page, err := store.Products(t.Context(), sbom.ProductFilter{Sort: sort, Cursor: cursor, Limit: 2})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range page.Items {
				got = append(got, p.Name)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("sort %s (-want +got):\n%s", sort, diff)
		}
	}
}

func TestWhichActiveReleasesContainAVersionBelow(t *testing.T) {
	store, _ := newStore(t)
	for release, version := range map[string]string{"1.0": "2.9.0", "1.1": "2.16.0", "1.2": "2.17.0", "1.3": "2.100.0"} {
		up := upload(t, strings.Replace(shop, "2.16.0", version, 2))
		up.Release = release
		if _, err := store.StoreDocument(t.Context(), up); err != nil {
			t.Fatal(err)
		}
	}
	page, err := store.SearchComponents(t.Context(), sbom.ComponentFilter{Name: "core", Below: "2.17.0", Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, hit := range page.Items {
		for _, r := range hit.Releases {
			got[r.Version] = hit.Component.Version
		}
	}
	if diff := cmp.Diff(map[string]string{"1.0": "2.9.0", "1.1": "2.16.0"}, got); diff != "" {
		t.Errorf("releases (-want +got):\n%s", diff)
	}
	inactive := false
	id := page.Items[0].Releases[0].ReleaseID
	if _, err := store.UpdateRelease(t.Context(), id, sbom.ReleaseInput{Active: &inactive}); err != nil {
		t.Fatal(err)
	}
	page, err = store.SearchComponents(t.Context(), sbom.ComponentFilter{Name: "core", Below: "2.17.0", Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 1 {
		t.Errorf("an inactive release still counts: %+v", page.Items)
	}
}

func TestCompareSaysWhatAnUploadWouldChange(t *testing.T) {
	store, _ := newStore(t)
	r, err := store.StoreDocument(t.Context(), upload(t, shop))
	if err != nil {
		t.Fatal(err)
	}
	changed := upload(t, strings.Replace(shop, "2.16.0", "2.17.0", 2))
	got, err := store.Compare(t.Context(), r.Stored.ReleaseID, changed.Document)
	if err != nil {
		t.Fatal(err)
	}
	if want := (sbom.Difference{Added: 1, Removed: 1, Unchanged: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLicencesOfAReleaseAreCountedAndJudged(t *testing.T) {
	store, _ := newStore(t)
	receipt, err := store.StoreDocument(t.Context(), upload(t, `{"bomFormat":"CycloneDX","specVersion":"1.6","components":[
		{"type":"library","name":"a","licenses":[{"license":{"id":"MIT"}}]},{"type":"library","name":"b","licenses":[{"license":{"id":"MIT"}}]},
		{"type":"library","name":"b","licenses":[{"license":{"id":"MIT"}}]},
		{"type":"library","name":"c","licenses":[{"expression":"MIT OR Apache-2.0"}]},
		{"type":"library","name":"d","licenses":[{"license":{"id":"MIT"}},{"license":{"id":"Apache-2.0"}}]},
		{"type":"library","name":"e","licenses":[{"license":{"name":"see, \"LICENSE\""}}]},{"type":"library","name":"f"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := sbom.NewLicensePolicy([]string{"Apache-2.0"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	cursor, pages := "", 0
	for {
		page, err := store.ReleaseLicenses(t.Context(), receipt.Stored.ReleaseID, policy, cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range page.Items {
			got = append(got, fmt.Sprintf("%d %q %s", l.Components, l.Licenses, l.Verdict.Outcome))
		}
		pages++
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	sort.Strings(got)
	want := []string{
		`1 ["MIT OR Apache-2.0"] none`, `1 ["MIT" "Apache-2.0"] violation`, `1 ["see, \"LICENSE\""] needs_review`,
		`1 [] needs_review`, `2 ["MIT"] none`,
	}
	if diff := cmp.Diff(want, got); diff != "" || pages != 3 {
		t.Errorf("%d pages (-want +got):\n%s", pages, diff)
	}
}
