package sbom_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

const digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// named reads a document and says which of the readings of these values its first component is known by.
func named(t *testing.T, document string, values ...string) []string {
	t.Helper()
	d, err := sbom.Read(t.Context(), strings.NewReader(document), sbom.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range d.Components {
		for _, have := range c.Traces {
			for _, value := range values {
				if slices.ContainsFunc(ident.TracesOf(value), func(t ident.Trace) bool { return t.Key() == have.Key }) {
					out = append(out, string(have.Kind)+" "+value)
				}
			}
		}
	}
	return out
}

func TestEveryFormatSaysWhereAComponentComesFrom(t *testing.T) {
	t.Parallel()
	values := []string{"https://dl.evil.example/a.tgz", "dl.evil.example", "evil.example", "github.com", "https://github.com/evil/a", digest, "chat.example"}
	all := []string{"url https://dl.evil.example/a.tgz", "host dl.evil.example", "domain evil.example", "url https://github.com/evil/a"}
	for name, tc := range map[string]struct {
		document string
		want     []string
	}{
		"CycloneDX JSON": {`{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"type":"library","name":"a","version":"1",
			"externalReferences":[{"type":"distribution","url":"https://dl.evil.example/a.tgz","hashes":[{"alg":"SHA-256","content":"` + digest + `"}]},
				{"type":"vcs","url":"git+https://github.com/evil/a"},{"type":"chat","url":"https://chat.example/x"}]}]}`,
			slices.Insert(slices.Clone(all), 3, "hash "+digest)},
		"CycloneDX XML": {`<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components><component type="library"><name>a</name><version>1</version>
			<externalReferences><reference type="distribution"><url>https://dl.evil.example/a.tgz</url><hashes><hash alg="SHA-256">` + digest + `</hash></hashes></reference>
			<reference type="vcs"><url>https://github.com/evil/a</url></reference></externalReferences></component></components></bom>`,
			slices.Insert(slices.Clone(all), 3, "hash "+digest)},
		"SPDX JSON": {`{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"d","packages":[{"SPDXID":"SPDXRef-a","name":"a","versionInfo":"1",
			"downloadLocation":"https://dl.evil.example/a.tgz","homepage":"https://github.com/evil/a"}]}`, all},
		"SPDX tag-value": {"SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: d\nPackageName: a\nSPDXID: SPDXRef-a\nPackageVersion: 1\n" +
			"PackageDownloadLocation: https://dl.evil.example/a.tgz\nPackageHomePage: https://github.com/evil/a\n", all},
		"SPDX 3": {`{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"type":"CreationInfo","@id":"_:c","specVersion":"3.0.1"},
			{"type":"software_Package","spdxId":"urn:a","name":"a","software_packageVersion":"1",
			"software_downloadLocation":"https://dl.evil.example/a.tgz","software_homePage":"https://github.com/evil/a"}]}`, all},
		"no assertion": {`{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"d","packages":[{"SPDXID":"SPDXRef-a","name":"a","versionInfo":"1",
			"downloadLocation":"NOASSERTION","homepage":"NONE"}]}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, named(t, tc.document, values...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTracesAreStoredOnceForThePortfolio(t *testing.T) {
	store, pool := newStore(t)
	document := func(more string) string {
		return `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[
			{"type":"library","name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0?download_url=https://dl.evil.example/left.tgz",
			 "hashes":[{"alg":"SHA-256","content":"` + digest + `"}]},
			{"type":"library","name":"right","version":"1.0.0","purl":"pkg:npm/right@1.0.0"` + more + `}]}`
	}
	count := func() (n int) {
		if err := pool.QueryRow(t.Context(), `select count(*) from component_traces`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if _, err := store.StoreDocument(t.Context(), upload(t, document(""))); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 4 { // the hash, the address, its host and the name above
		t.Errorf("%d traces, want 4", n)
	}
	next := upload(t, document(`,"externalReferences":[{"type":"vcs","url":"https://dl.evil.example/right"}]`))
	next.Release = "2.0"
	if _, err := store.StoreDocument(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 7 {
		t.Errorf("%d traces after the second document, want 7: the new component's address, host and name above", n)
	}
}
