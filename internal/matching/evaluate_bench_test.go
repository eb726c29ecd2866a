package matching

import (
	"fmt"
	"testing"

	"github.com/threatwerk/threatwerk/internal/ident"
)

// BenchmarkPackageOfAKernel is the worst package that distributions know: thousands of records, each fixed at another version.
func BenchmarkPackageOfAKernel(b *testing.B) {
	var cands []Candidate
	for i := range 10000 {
		c := advisory(fmt.Sprintf("TW-%d", i), "Debian:12", "linux", fmt.Sprintf("introduced 0, fixed 6.1.%d-1", i%300+1))
		c.AdvisoryRow, c.Vulnerabilities = int64(i), []int64{int64(i)}
		cands = append(cands, c)
	}
	c := Component{Identity: ident.Identify(ident.Input{PURL: "pkg:deb/debian/linux@6.1.5-1?distro=debian-12"})}
	for b.Loop() {
		p := Compile(cands)
		matches := p.Evaluate(c)
		if up := p.Upgrades(c, matches); len(matches) < 9000 || up.All != "6.1.300-1" {
			b.Fatalf("%d matches, %s", len(matches), up.All)
		}
	}
}
