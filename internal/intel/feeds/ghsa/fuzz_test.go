package ghsa

import (
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// FuzzParse: whatever comes, a record is refused, or has a GHSA id, vectors that can be scored, links that a browser may
// follow, and ranges that begin somewhere.
func FuzzParse(f *testing.F) {
	f.Add([]byte(widget))
	f.Add([]byte(`{"ghsa_id":"GHSA-aaaa-bbbb-cccc","references":[{"url":"https://x"},7,null],"vulnerabilities":[null,{"package":{"ecosystem":"npm","name":"w"},"vulnerable_version_range":"> 1.0, <= 1.4","first_patched_version":[]}]}`))
	f.Add([]byte(`{"ghsa_id":"GHSA-aaaa-bbbb-cccc","cvss":{"vector_string":"AV:N/AC:L/Au:N/C:C/I:C/A:C"},"vulnerabilities":[{"package":{"ecosystem":"NPM","name":"\u0000"},"vulnerable_version_range":"= 1,"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, _, err := Parse(data)
		if err != nil {
			return
		}
		if !idPattern.MatchString(a.ID) || a.Feed != Feed {
			t.Errorf("kept %q", a.ID)
		}
		for _, s := range a.Severities {
			if _, _, _, err := intel.Score(s.Score); err != nil {
				t.Errorf("keeps a vector that cannot be scored: %v", err)
			}
		}
		for _, r := range a.References {
			if !strings.HasPrefix(r.URL, "http") {
				t.Errorf("links to %q", r.URL)
			}
		}
		for _, e := range a.Affected {
			if e.Package.Ecosystem == "" || strings.Contains(e.Name, "\x00") {
				t.Errorf("names %+v", e.Package)
			}
			for _, r := range e.Ranges {
				if len(r.Events) == 0 || r.Events[0].Introduced == "" {
					t.Errorf("a range without a beginning: %+v", r)
				}
			}
		}
	})
}
