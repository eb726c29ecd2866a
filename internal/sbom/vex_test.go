package sbom

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// said lists what a document says of which component.
func said(t *testing.T, d *Document) []string {
	t.Helper()
	list, faults := d.ComponentStatements()
	out := []string{}
	for _, s := range list {
		of := d.SubjectName
		if s.Component != Root {
			of = d.Components[s.Component].PURL
		}
		st := s.Statement
		out = append(out, fmt.Sprintf("%s in %s: %s %s %v %s %s", st.ID, of, st.State, st.Justification, st.Responses, st.Detail, st.Source))
	}
	for _, f := range faults {
		out = append(out, f.Path+" "+f.Code)
	}
	return out
}

// exported writes the document's statements and reads them again.
func exported(t *testing.T, d *Document) *Document {
	t.Helper()
	list, _ := d.ComponentStatements()
	var b bytes.Buffer
	err := WriteVEX(&b, VEX{
		SerialNumber: d.SerialNumber, Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), SubjectName: d.SubjectName, SubjectVersion: d.SubjectVersion,
		Components: d.Components, Statements: list,
	})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Read(context.Background(), &b, Limits{Strict: true})
	if err != nil {
		t.Fatalf("the export is not clean: %v", err)
	}
	refs := map[string]bool{again.SubjectRef: true}
	for _, c := range again.Components {
		if refs[c.Ref] {
			t.Errorf("the exported reference %q is not unique", c.Ref)
		}
		refs[c.Ref] = true
	}
	return again
}

func TestCase24VEXPerComponent(t *testing.T) {
	d, err := read(t, `{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"component":{"type":"application","bom-ref":"app","name":"app","version":"1"}},
		"components":[{"type":"library","bom-ref":"a","name":"grd","version":"1.0.0a1","purl":"pkg:pypi/grd@1.0.0a1"},
			{"type":"library","bom-ref":"b","name":"grd","version":"0.1.1","purl":"pkg:pypi/grd@0.1.1"}],
		"vulnerabilities":[{"id":"CVE-T","analysis":{"state":"exploitable"},"affects":[{"ref":"a"}]}]}`, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"CVE-T in pkg:pypi/grd@1.0.0a1: exploitable  []  "} // and nothing of b: not set
	if diff := cmp.Diff(want, said(t, d)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	again := exported(t, d)
	if diff := cmp.Diff(want, said(t, again)); diff != "" || len(again.Components) != 2 {
		t.Errorf("after export and import (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(want, said(t, exported(t, again))); diff != "" {
		t.Errorf("after two round trips (-want +got)\n%s", diff)
	}
}

func TestStatementsAreNotGuessedAt(t *testing.T) {
	d, err := read(t, `{"bomFormat":"CycloneDX","specVersion":"1.5","serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
		"metadata":{"component":{"type":"application","bom-ref":"app","name":"app"}},
		"components":[{"type":"library","bom-ref":"x","name":"one","purl":"pkg:npm/one@1"},{"type":"library","bom-ref":"x","name":"two","purl":"pkg:npm/two@1"},
			{"type":"library","bom-ref":"y#1","name":"three","purl":"pkg:npm/three@1"},{"type":"library","name":"four","purl":"pkg:npm/four@1"}],
		"vulnerabilities":[
			{"id":"CVE-1","source":{"name":"NVD"},"analysis":{"state":"not_affected","justification":"code_not_present","response":["update","rollback"],"detail":"gone"},
				"affects":[{"ref":"x"},{"ref":"app"},{"ref":"y#1"},{"ref":"y#1"},{"ref":"ghost"}]},
			{"id":"CVE-2","affects":[{"ref":"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#y%231"},{"ref":"urn:cdx:00000000-395b-41f5-a30f-a58921a69b79/1#y%231"}]},
			{"id":"CVE-3","analysis":{"state":"no such state"},"affects":[{"ref":"y#1"}]}]}`, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"CVE-1 in app: not_affected code_not_present [update rollback] gone NVD", "CVE-1 in pkg:npm/three@1: not_affected code_not_present [update rollback] gone NVD",
		"CVE-2 in pkg:npm/three@1:   []  ", "CVE-3 in pkg:npm/three@1:   []  ",
	}
	faults := []string{
		"/vulnerabilities/0/affects/0 duplicate_ref", "/vulnerabilities/0/affects/4 dangling_ref", "/vulnerabilities/1/affects/1 dangling_ref",
	}
	if diff := cmp.Diff(append(append([]string{}, want...), faults...), said(t, d)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if !strings.Contains(fmt.Sprint(d.Warnings), "unknown_state") {
		t.Errorf("an unknown state is not warned of: %v", d.Warnings)
	}
	if diff := cmp.Diff(want, said(t, exported(t, d))); diff != "" {
		t.Errorf("after export and import (-want +got)\n%s", diff)
	}
}
