package sbom

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// summary is what a case looks at, in one line a part.
func summary(d *Document) []string {
	out := []string{fmt.Sprintf("%s %s %s subject=%s@%s tools=%v", d.Format, d.SpecVersion, d.Encoding, d.SubjectName, d.SubjectVersion, d.Tools)}
	for i, c := range d.Components {
		out = append(out, fmt.Sprintf("%d %s parent=%d depth=%d", i, firstOf(c.PURL, c.Name+" "+c.Version), c.Parent, c.Depth))
	}
	for _, e := range d.Edges {
		out = append(out, fmt.Sprintf("%d>%d", e.From, e.To))
	}
	for _, x := range d.External {
		out = append(out, fmt.Sprintf("%d>>%s", x.From, x.To))
	}
	for _, w := range d.Warnings {
		out = append(out, fmt.Sprintf("warn %s %s: %s", w.Path, w.Code, w.Message))
	}
	return out
}

const case1XML = `<?xml version="1.0" encoding="utf-8"?><bom xmlns="http://cyclonedx.org/schema/bom/1.4" version="1">` +
	`<components><component type="library"><name>left</name><version>1.0.0</version><purl>pkg:npm/left@1.0.0</purl></component></components></bom>`

// cases are from public bug reports; the name is that of the case.
var cases = []struct {
	name, input string
	want        []string
}{
	{"case-01-xml-utf8-bom", "\xEF\xBB\xBF" + case1XML, []string{
		"cyclonedx 1.4 xml subject=@ tools=[]", "0 pkg:npm/left@1.0.0 parent=-1 depth=0",
	}},
	{"xml-without-bom", case1XML, []string{
		"cyclonedx 1.4 xml subject=@ tools=[]", "0 pkg:npm/left@1.0.0 parent=-1 depth=0",
	}},
	{"json-utf8-bom-and-space", "\xEF\xBB\xBF \r\n\t" + `{"bomFormat":"CycloneDX","specVersion":"1.4","components":[{"type":"library","name":"left","purl":"pkg:npm/left@1.0.0"}]}` + "\n\n", []string{
		"cyclonedx 1.4 json subject=@ tools=[]", "0 pkg:npm/left@1.0.0 parent=-1 depth=0",
	}},
	{"case-02-cdx15-tools-object", `{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"tools":{"components":[{"type":"application","name":"gen","version":"9"}]}},
		"components":[{"type":"library","name":"abc","version":"1.0","purl":"pkg:pypi/abc@1.0"}]}`, []string{
		"cyclonedx 1.5 json subject=@ tools=[gen 9]", "0 pkg:pypi/abc@1.0 parent=-1 depth=0",
	}},
	{"case-02-cdx15-tools-array", `{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"tools":[{"vendor":"v","name":"gen","version":"9"}]},
		"components":[{"type":"library","name":"abc","version":"1.0","purl":"pkg:pypi/abc@1.0"}]}`, []string{
		"cyclonedx 1.5 json subject=@ tools=[gen 9]", "0 pkg:pypi/abc@1.0 parent=-1 depth=0",
	}},
	{"case-03-nested-components", `{"bomFormat":"CycloneDX","specVersion":"1.6",
		"metadata":{"component":{"type":"application","name":"shop","version":"1","components":[{"type":"library","name":"mod-a","purl":"pkg:maven/ex/mod-a@1"}]}},
		"components":[{"type":"library","bom-ref":"f","name":"frame","purl":"pkg:maven/ex/frame@2","components":[
			{"type":"library","bom-ref":"i","name":"inner","components":[{"type":"library","bom-ref":"d","name":"deep","purl":"pkg:maven/ex/deep@4"}],"purl":"pkg:maven/ex/inner@3"}]}]}`, []string{
		"cyclonedx 1.6 json subject=shop@1 tools=[]",
		"0 pkg:maven/ex/mod-a@1 parent=-1 depth=0",
		"1 pkg:maven/ex/frame@2 parent=-1 depth=0",
		"2 pkg:maven/ex/inner@3 parent=1 depth=0",
		"3 pkg:maven/ex/deep@4 parent=2 depth=0",
	}},
	{"case-04-duplicate-bom-ref", duplicateRefs, []string{
		"cyclonedx 1.5 json subject=@ tools=[]",
		"0 pkg:npm/one@1.0.0 parent=-1 depth=0", "1 pkg:npm/two@1.0.0 parent=-1 depth=0", "2 app  parent=-1 depth=0",
		`warn /components/0 duplicate_ref: 2 components carry the reference "x"; no dependency is guessed between them`,
		`warn /dependencies/0 dangling_ref: the reference "ghost" leads to nothing in this document`,
	}},
	{"case-05-reupload-idempotent-occurrences", `{"bomFormat":"CycloneDX","specVersion":"1.4","metadata":{"component":{"type":"application","bom-ref":"root","name":"r"}},"components":[
		{"type":"library","bom-ref":"a","name":"a"},{"type":"library","bom-ref":"b","name":"b"},
		{"type":"library","bom-ref":"a|array-u","name":"array-u","version":"0.2.1","purl":"pkg:npm/array-u@0.2.1"},
		{"type":"library","bom-ref":"b|array-u","name":"array-u","version":"0.2.1","purl":"pkg:npm/array-u@0.2.1"}],
		"dependencies":[{"ref":"root","dependsOn":["a","b"]},{"ref":"a","dependsOn":["a|array-u"]},{"ref":"b","dependsOn":["b|array-u"]}]}`, []string{
		"cyclonedx 1.4 json subject=r@ tools=[]",
		"0 a  parent=-1 depth=1", "1 b  parent=-1 depth=1", "2 pkg:npm/array-u@0.2.1 parent=-1 depth=2", "3 pkg:npm/array-u@0.2.1 parent=-1 depth=2",
		"-1>0", "-1>1", "0>2", "1>3",
	}},
	{"case-06-spdx-noassertion-target", `{"spdxVersion":"SPDX-2.2","SPDXID":"SPDXRef-DOCUMENT","name":"doc","packages":[{"SPDXID":"SPDXRef-A","name":"a","versionInfo":"1",
		"externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:generic/a@1"}]}],
		"relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-A"},
		{"spdxElementId":"SPDXRef-A","relationshipType":"GENERATED_FROM","relatedSpdxElement":"NOASSERTION"},
		{"spdxElementId":"SPDXRef-A","relationshipType":"DEPENDS_ON","relatedSpdxElement":"NONE"}]}`, []string{
		"spdx 2.2 json subject=a@1 tools=[]", "0 pkg:generic/a@1 parent=-1 depth=0",
	}},
	{"case-07-spdx-tv-external-doc", `SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: net
DocumentNamespace: https://example.org/net-1
Creator: Tool: gen-1
Created: 2025-01-01T00:00:00Z
ExternalDocumentRef: DocumentRef-base https://example.org/base-1 SHA1: 0123456789abcdef0123456789abcdef01234567
PackageName: net
SPDXID: SPDXRef-net
PackageVersion: 6.1
PackageDownloadLocation: NOASSERTION
ExternalRef: PACKAGE-MANAGER purl pkg:generic/net@6.1
Relationship: SPDXRef-net DEPENDS_ON DocumentRef-base:SPDXRef-core
`, []string{
		"spdx 2.3 tag-value subject=net@ tools=[gen-1]", "0 pkg:generic/net@6.1 parent=-1 depth=0", "0>>DocumentRef-base:SPDXRef-core",
		`warn line 14 external_reference: 1 relationship leads to another document ("DocumentRef-base:SPDXRef-core"); it is kept unresolved`,
	}},
	{"case-08-missing-version", `{"bomFormat":"CycloneDX","specVersion":"1.4","components":[
		{"type":"library","name":"active","purl":"pkg:gem/active"},{"type":"library","name":"active","purl":"pkg:gem/active@"},
		{"type":"library","name":"active","version":"UNKNOWN"},{"type":"library","name":"active","version":""},
		{"type":"library","name":"active","purl":"pkg:gem/active@7.0.0"}]}`, []string{
		"cyclonedx 1.4 json subject=@ tools=[]",
		"0 pkg:gem/active parent=-1 depth=0", "1 pkg:gem/active@ parent=-1 depth=0", "2 active UNKNOWN parent=-1 depth=0", "3 active  parent=-1 depth=0",
		"4 pkg:gem/active@7.0.0 parent=-1 depth=0",
	}},
	{"wrapped-by-github", `{"sbom":{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"com.github.o/r","packages":[
		{"SPDXID":"SPDXRef-r","name":"com.github.o/r"},{"SPDXID":"SPDXRef-p","name":"npm:left","versionInfo":"1.0.0",
		"externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:npm/left@1.0.0"}]}],
		"relationships":[{"spdxElementId":"SPDXRef-r","relationshipType":"DEPENDS_ON","relatedSpdxElement":"SPDXRef-p"},
		{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-r"}]}}`, []string{
		"spdx 2.3 json subject=com.github.o/r@ tools=[]", "0 pkg:npm/left@1.0.0 parent=-1 depth=1", "-1>0",
	}},
	{"in-toto-statement", `{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://cyclonedx.org/bom","subject":[],"predicate":{"bomFormat":"CycloneDX","specVersion":"1.4",
		"components":[{"type":"library","name":"left","purl":"pkg:npm/left@1.0.0"}]}}`, []string{
		"cyclonedx 1.4 json subject=@ tools=[]", "0 pkg:npm/left@1.0.0 parent=-1 depth=0",
	}},
	{"in-toto-data-text", `{"_type":"https://in-toto.io/Statement/v0.1","predicate":{"Data":"SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: d\nPackageName: net\nSPDXID: SPDXRef-net\nPackageVersion: 6\n","Timestamp":"2025-01-01T00:00:00Z"}}`, []string{
		"spdx 2.3 tag-value subject=d@ tools=[]", "0 net 6 parent=-1 depth=0",
	}},
}

const duplicateRefs = `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[
	{"type":"library","bom-ref":"x","name":"one","purl":"pkg:npm/one@1.0.0"},{"type":"library","bom-ref":"x","name":"two","purl":"pkg:npm/two@1.0.0"},
	{"type":"application","bom-ref":"app","name":"app"}],"dependencies":[{"ref":"app","dependsOn":["x","ghost"]}]}`

func read(t testing.TB, input string, lim Limits) (*Document, error) {
	t.Helper()
	return Read(context.Background(), strings.NewReader(input), lim)
}

func TestReadCases(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			doc, err := read(t, c.input, DefaultLimits())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, summary(doc)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestReadIsPure reads twice and wants the same document, identities included.
func TestReadIsPure(t *testing.T) {
	for _, c := range cases {
		a, errA := read(t, c.input, DefaultLimits())
		b, errB := read(t, c.input, DefaultLimits())
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestReadStrict(t *testing.T) {
	_, err := read(t, duplicateRefs, Limits{Strict: true})
	var p *problem.Error
	if !errors.As(err, &p) || p.Kind != problem.Invalid {
		t.Fatalf("want invalid, got %v", err)
	}
	codes := make([]string, 0, len(p.Faults))
	for _, f := range p.Faults {
		codes = append(codes, f.Code)
	}
	if !slices.Equal(codes, []string{"duplicate_ref", "dangling_ref"}) {
		t.Errorf("faults %v", codes)
	}
	for _, c := range cases {
		doc, err := read(t, c.input, Limits{Strict: true})
		if clean := c.name != "case-04-duplicate-bom-ref"; clean != (err == nil) {
			t.Errorf("%s: strict gives %v, %v", c.name, doc, err)
		}
	}
}

// TestReadDistributionHints looks at what identity makes of what tools say beside the purl.
func TestReadDistributionHints(t *testing.T) {
	cdx := func(components string) string {
		return `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[` + components + `]}`
	}
	trivy := cdx(`{"type":"operating-system","bom-ref":"os","name":"debian","version":"12.5"},
		{"type":"library","name":"libssl3","version":"3.0.11-1","purl":"pkg:deb/debian/libssl3@3.0.11-1","properties":[
		{"name":"aquasecurity:trivy:SrcName","value":"openssl"},{"name":"aquasecurity:trivy:SrcVersion","value":"3.0.11"},
		{"name":"aquasecurity:trivy:SrcRelease","value":"1"},{"name":"aquasecurity:trivy:SrcEpoch","value":"1"}]}`)
	syft := cdx(`{"type":"library","name":"libssl3","version":"3.0.11-1","purl":"pkg:deb/debian/libssl3@3.0.11-1","properties":[
		{"name":"syft:metadata:source","value":"openssl"},{"name":"syft:metadata:sourceVersion","value":"1:3.0.11-1"}]},
		{"type":"operating-system","name":"Debian GNU/Linux","version":"12","properties":[{"name":"syft:distro:id","value":"debian"},{"name":"syft:distro:versionID","value":"12"}]}`)
	spdx := `{"spdxVersion":"SPDX-2.3","packages":[{"SPDXID":"SPDXRef-OperatingSystem-1","name":"debian","versionInfo":"12.5"},
		{"SPDXID":"SPDXRef-1","name":"libssl3","versionInfo":"3.0.11-1","sourceInfo":"built package from: openssl 1:3.0.11-1",
		"externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:deb/debian/libssl3@3.0.11-1"}]}]}`
	generated := `{"spdxVersion":"SPDX-2.3","packages":[
		{"SPDXID":"SPDXRef-1","name":"libssl3","versionInfo":"3.0.11-1","externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:deb/debian/libssl3@3.0.11-1?distro=debian-12"}]},
		{"SPDXID":"SPDXRef-2","name":"openssl","versionInfo":"1:3.0.11-1","externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:deb/debian/openssl@3.0.11-1?arch=source&distro=debian-12"}]}],
		"relationships":[{"spdxElementId":"SPDXRef-1","relationshipType":"GENERATED_FROM","relatedSpdxElement":"SPDXRef-2"}]}`
	for name, input := range map[string]string{"trivy": trivy, "syft": syft, "trivy-spdx": spdx, "generated-from": generated} {
		doc, err := read(t, input, DefaultLimits())
		if err != nil {
			t.Fatal(name, err)
		}
		for _, c := range doc.Components {
			if c.Name != "libssl3" {
				continue
			}
			id := c.Identity
			if id.Package.Ecosystem != "Debian" || id.Package.Name != "openssl" || id.Package.Release != "12" || id.Version != "1:3.0.11-1" {
				t.Errorf("%s: identity %+v", name, id)
			}
		}
	}
}

func TestReadModularityLabels(t *testing.T) {
	for _, name := range []string{"syft:metadata:modularityLabel", "aquasecurity:trivy:Modularitylabel"} {
		doc, err := read(t, `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"type":"library","name":"nodejs","version":"1:14.17.2-1.module_el8.4.0+2500+1",
			"purl":"pkg:rpm/almalinux/nodejs@14.17.2-1.module_el8.4.0+2500+1?distro=almalinux-8.4","properties":[{"name":"`+name+`","value":"nodejs:14:8040020210817133458:522a0ee4"}]}]}`, DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		if got := doc.Components[0].Identity.Module; got != "nodejs:14" {
			t.Errorf("%s: module %q", name, got)
		}
	}
}

// TestReadScopes takes SPDX relationships for what CycloneDX calls scope.
func TestReadScopes(t *testing.T) {
	doc, err := read(t, `SPDXVersion: SPDX-2.3
DocumentName: d
PackageName: app
SPDXID: SPDXRef-app
PackageName: dev
SPDXID: SPDXRef-dev
PackageName: opt
SPDXID: SPDXRef-opt
PackageName: both
SPDXID: SPDXRef-both
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-app
Relationship: SPDXRef-dev DEV_DEPENDENCY_OF SPDXRef-app
Relationship: SPDXRef-opt OPTIONAL_DEPENDENCY_OF SPDXRef-app
Relationship: SPDXRef-both TEST_DEPENDENCY_OF SPDXRef-app
Relationship: SPDXRef-app DEPENDS_ON SPDXRef-both
this is no tag
FIleComment: misspelt
`, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range doc.Components {
		got[c.Name] = c.Scope
	}
	if diff := cmp.Diff(map[string]string{"dev": "excluded", "opt": "optional", "both": ""}, got); diff != "" {
		t.Error(diff)
	}
	want := []string{`line 16 bad_line: line 16 is no "Tag: value": "this is no tag"; it is ignored`, `line 17 unknown_tag: line 17: the tag "FIleComment" is none of SPDX; it is ignored`}
	if diff := cmp.Diff(want, firstWarnings(doc, 9)); diff != "" {
		t.Error(diff)
	}
}
