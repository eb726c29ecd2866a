package sbom

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// FuzzVEX checks that what a document says of its components is said of the same ones after export and import.
func FuzzVEX(f *testing.F) {
	f.Add([]byte(`{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"component":{"bom-ref":"app","name":"app"}},"components":[
		{"bom-ref":"a","name":"x","version":"1"},{"bom-ref":"a","name":"y"},{"bom-ref":"component-1","name":"z"},{"name":"subject","bom-ref":"subject"}],
		"vulnerabilities":[{"id":"CVE-T","source":{"name":"NVD"},"analysis":{"state":"exploitable","response":["update"],"detail":"d"},"affects":[{"ref":"a"},{"ref":"component-1"},{"ref":"app"}]},
		{"id":"CVE-U","affects":[{"ref":"subject"}]}]}`))
	f.Add([]byte(`{"bomFormat":"CycloneDX","specVersion":"1.5","serialNumber":"urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79","components":[{"bom-ref":"urn:cdx:x/1#a","name":"x"}],
		"vulnerabilities":[{"id":"CVE-T","analysis":{"state":"in_triage"},"affects":[{"ref":"urn:cdx:x/1#a"},{"ref":"urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#urn:cdx:x%2F1%23a"}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := Read(context.Background(), bytes.NewReader(raw), Limits{MaxComponents: 200})
		if err != nil {
			return
		}
		list, _ := d.ComponentStatements()
		var b bytes.Buffer
		if err := WriteVEX(&b, VEX{SubjectName: "subject", Components: d.Components, Statements: list}); err != nil {
			t.Fatal(err)
		}
		again, err := Read(context.Background(), &b, DefaultLimits())
		if err != nil {
			t.Fatalf("the export is not read: %v\n%s", err, b.String())
		}
		back, faults := again.ComponentStatements()
		if len(faults) > 0 {
			t.Fatalf("the export's references lead nowhere: %v", faults)
		}
		if want, got := spelled(list), spelled(back); !slices.Equal(want, got) {
			t.Fatalf("said %q, and after export and import %q", want, got)
		}
	})
}

func spelled(list []ComponentStatement) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		st := s.Statement
		out = append(out, fmt.Sprintf("%d %q %q %q %q %q %q", s.Component, st.ID, st.Source, st.State, st.Justification, st.Responses, st.Detail))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// FuzzLicensePolicy checks that any text is judged, that it is judged alike in another case and inside parentheses, and that
// joining it with a licence that is fine never makes it better by AND nor worse by OR.
func FuzzLicensePolicy(f *testing.F) {
	for _, s := range []string{"MIT", "Apache-2.0 AND (MIT OR GPL-2.0-only WITH Classpath-exception-2.0)", "GPL-3.0+", "((", "MIT OR", "LicenseRef-x", "NOASSERTION", "a/b"} {
		f.Add(s)
	}
	policy, err := NewLicensePolicy([]string{"Apache-2.0", "GPL-3.0-or-later", "GPL-2.0-only WITH Classpath-exception-2.0"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v := policy.Judge([]string{s})
		if v.Outcome != LicenseFine && len(v.Because) == 0 {
			t.Fatalf("%q: %s, and no word why", s, v.Outcome)
		}
		if !LicenseExpression(s) || strings.Count(s, "(") >= maxLicenseParens || len(strings.Fields(s)) > 100 {
			return
		}
		if in := policy.Judge([]string{"(" + s + ")"}); in.Outcome != v.Outcome {
			t.Fatalf("%q: %s, and %s inside parentheses", s, v.Outcome, in.Outcome)
		}
		if and := policy.Judge([]string{"(" + s + ") AND MIT"}); and.Outcome != v.Outcome {
			t.Fatalf("%q: %s, and %s with AND MIT", s, v.Outcome, and.Outcome)
		}
		if or := policy.Judge([]string{"(" + s + ") OR MIT"}); or.Outcome != LicenseFine {
			t.Fatalf("%q: %s with OR MIT", s, or.Outcome)
		}
		if list := policy.Judge([]string{s, "MIT"}); list.Outcome != v.Outcome {
			t.Fatalf("%q: %s, and %s in a list with MIT", s, v.Outcome, list.Outcome)
		}
	})
}
