package sbom

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQuality(t *testing.T) {
	const good = `{"bomFormat":"CycloneDX","specVersion":"1.5","metadata":{"timestamp":"2025-01-01T00:00:00Z","tools":[{"name":"gen"}],
		"component":{"type":"application","bom-ref":"root","name":"shop","version":"1"}},"components":[
		{"type":"library","bom-ref":"a","name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0","supplier":{"name":"Left Ltd"},
		"licenses":[{"expression":"(MIT OR Apache-2.0) AND GPL-2.0-only WITH Classpath-exception-2.0"}],
		"hashes":[{"alg":"MD5","content":"0123456789abcdef0123456789abcdef"}]}],"dependencies":[{"ref":"root","dependsOn":["a"]}]}`
	const poor = `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"type":"library","name":"left"},
		{"type":"library","name":"right","version":"1","purl":"pkg:nonsense/right@1","licenses":[{"license":{"name":"mine, all mine"}}]}]}`
	codes := func(input string) (int, []string) {
		doc, err := read(t, input, DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		r := Quality(doc)
		var out []string
		for _, f := range r.Faults {
			out = append(out, f.Code+" "+f.Path)
		}
		weights := 0
		for _, c := range r.Checks {
			weights += c.Weight
		}
		if weights != 100 {
			t.Errorf("weights sum to %d", weights)
		}
		return r.Score, out
	}
	if score, faults := codes(good); score != 100 || len(faults) != 0 {
		t.Errorf("good: %d %v", score, faults)
	}
	score, faults := codes(poor)
	want := []string{"quality_versions /components/0", "quality_identifiers /components/0", "quality_ecosystems /components/1",
		"quality_suppliers /components/0", "quality_licenses /components/0", "quality_hashes /components/0", "quality_relationships /components/0",
		"quality_subject /", "quality_author /", "quality_created /"}
	if diff := cmp.Diff(want, faults); diff != "" || score < 30 || score > 50 {
		t.Errorf("poor: %d %s", score, diff)
	}
	if score, faults := codes(`{"bomFormat":"CycloneDX","specVersion":"1.5"}`); score != 0 || faults[0] != "quality_empty /" {
		t.Errorf("empty: %d %v", score, faults)
	}
}

func TestLicenseExpression(t *testing.T) {
	for s, want := range map[string]bool{
		"MIT": true, "mit": true, "Apache-2.0 AND MIT": true, "(MIT OR Apache-2.0) AND BSD-3-Clause": true, "GPL-2.0+": true,
		"GPL-2.0-only WITH Classpath-exception-2.0": true, "LicenseRef-x": true, "DocumentRef-a:LicenseRef-b": true,
		"": false, "MIT/Apache-2.0": false, "MIT Apache-2.0": false, "(MIT": false, "MIT)": false, "AND": false, "MIT AND": false,
		"MIT WITH": false, "Apache-2": false, "Apache License 2.0": false, "()": false,
	} {
		if LicenseExpression(s) != want {
			t.Errorf("%q: want %v", s, want)
		}
	}
}
