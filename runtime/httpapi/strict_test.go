package httpapi_test

import (
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/sbom"
)

// Case 4 of the public bug reports: references that are used twice or lead nowhere are warnings, and faults in strict mode.
func TestCase04StrictModeRefusesWhatIsOtherwiseAWarning(t *testing.T) {
	f := newFixture(t, sbom.DefaultLimits())
	document := `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[
		{"type":"library","bom-ref":"x","name":"one","version":"1.0.0","purl":"pkg:npm/one@1.0.0"},
		{"type":"library","bom-ref":"x","name":"two","version":"1.0.0","purl":"pkg:npm/two@1.0.0"},
		{"type":"library","bom-ref":"app","name":"app","version":"1"}],
		"dependencies":[{"ref":"app","dependsOn":["x","ghost"]}]}`
	refused := f.call("POST", "/api/v1/sboms?product=Shop&release=1&strict=true", bodyBytes([]byte(document)))
	if refused.status != 422 {
		t.Fatalf("strict: status %d, want 422: %s", refused.status, refused.body)
	}
	for _, said := range []string{`\"x\"`, "ghost"} {
		if !strings.Contains(string(refused.body), said) {
			t.Errorf("the refusal does not name %s: %s", said, refused.body)
		}
	}
	accepted := f.call("POST", "/api/v1/sboms?product=Shop&release=1", bodyBytes([]byte(document)))
	if accepted.status != 202 {
		t.Fatalf("status %d, want 202: %s", accepted.status, accepted.body)
	}
	var got struct {
		SBOM struct {
			Components int `json:"component_count"`
			Edges      int `json:"edge_count"`
			Warnings   int `json:"warning_count"`
		}
	}
	accepted.decode(t, &got)
	if got.SBOM.Components != 3 || got.SBOM.Edges != 0 || got.SBOM.Warnings < 2 {
		t.Errorf("want 3 components, no guessed edge and a warning for each fault: %+v", got.SBOM)
	}
}
