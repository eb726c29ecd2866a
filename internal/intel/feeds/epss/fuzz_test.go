package epss

import (
	"bytes"
	"testing"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// FuzzLines: whatever comes, it is no day's file, or each score is a probability of a CVE.
func FuzzLines(f *testing.F) {
	f.Add([]byte(day))
	f.Add([]byte("cve,epss\nCVE-2099-0001,1e400\nCVE-2099-0001,-0\n"))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(bytes.NewReader(data))
		if err != nil {
			return
		}
		for row, err := range file.Lines() {
			if err != nil || row.Refused != nil {
				continue
			}
			s := row.Score
			if !intel.IsCVE(s.CVE) || !(s.Score >= 0 && s.Score <= 1 && s.Percentile >= 0 && s.Percentile <= 1) {
				t.Errorf("kept %+v", s)
			}
		}
	})
}
