package nvd

import (
	"testing"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// FuzzParse: whatever comes, a record is refused, or names a CVE and holds only CPEs and vectors that can be read.
func FuzzParse(f *testing.F) {
	f.Add([]byte(widget))
	f.Add([]byte(`{"cve":{"id":"CVE-2099-0003","affected":[{"affectedData":[{"packageURL":"pkg:npm/w","defaultStatus":"affected",
		"versions":[{"version":"1","status":"unaffected","lessThanOrEqual":"1.*","changes":[{"at":"2","status":"affected"}]}]}]}]}}`))
	f.Add([]byte(`{"cve":{"id":"CVE-2099-0003","metrics":{"ssvcV203":[{"ssvcData":{"options":[null,{"exploitation":7}]}}]},"configurations":[null,{"nodes":[null]}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, _, err := Parse(data)
		if err != nil {
			return
		}
		if !intel.IsCVE(a.ID) {
			t.Errorf("kept %q", a.ID)
		}
		for _, s := range a.Severities {
			if _, _, _, err := intel.Score(s.Score); err != nil && s.Type != intel.TypeSSVC {
				t.Errorf("keeps a vector that cannot be scored: %v", err)
			}
		}
		for _, c := range a.Configurations {
			for _, n := range c.Nodes {
				for _, m := range n.Matches {
					if _, err := ident.ParseCPE(m.Criteria); err != nil {
						t.Errorf("keeps %q: %v", m.Criteria, err)
					}
				}
			}
		}
	})
}
