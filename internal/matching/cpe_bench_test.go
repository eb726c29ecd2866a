package matching

import (
	"fmt"
	"testing"
)

// BenchmarkCPEsOfAKernel is the worst product that NVD knows: thousands of records, each with a fix in every stable line.
func BenchmarkCPEsOfAKernel(b *testing.B) {
	var cands []CPECandidate
	for i := range 8000 {
		node := or()
		for line := range 8 {
			node.Matches = append(node.Matches, vulnerable(fmt.Sprintf("o:linux:linux_kernel:* >=5.%d <5.%d.%d", line, line, i%250+1)))
		}
		c := record(fmt.Sprintf("CVE-2099-%d", i), anyOf(node))[0]
		c.AdvisoryRow, c.Vulnerabilities = int64(i), []int64{int64(i)}
		cands = append(cands, c)
	}
	c := bearing("", "o:linux:linux_kernel:5.4.1")
	for b.Loop() {
		s := CompileCPEs(cands)
		matches := s.Evaluate(c, nil)
		if up := s.Upgrades(c, matches, nil); len(matches) < 7000 || up.All != "5.4.250" {
			b.Fatalf("%d matches, %s", len(matches), up.All)
		}
	}
}
