package kev

import (
	"bytes"
	"testing"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// FuzzParse: whatever comes, it is no catalogue, or each entry has a CVE and a day.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"catalogVersion":"1","count":1,"vulnerabilities":[{"cveID":"CVE-2099-0001","dateAdded":"2099-01-01","dueDate":"x"}]}`))
	f.Add([]byte(`{"vulnerabilities":[null,7,{"cveID":[]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, e := range c.Entries {
			if !intel.IsCVE(e.CVE) || e.DateAdded.IsZero() && e.DateAdded.Year() != 1 {
				t.Errorf("kept %+v", e)
			}
		}
	})
}
