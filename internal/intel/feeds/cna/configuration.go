package cna

import (
	"fmt"
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// Configuration is an applicability statement by CPE: one of NVD's "configurations", or of "cpeApplicability" in a CVE
// record (5.1 and later).
type Configuration struct {
	Operator string `json:"operator"`
	Negate   bool   `json:"negate"`
	Nodes    []struct {
		Operator string `json:"operator"`
		Negate   bool   `json:"negate"`
		CPEMatch []struct {
			Vulnerable            bool   `json:"vulnerable"`
			Criteria              string `json:"criteria"`
			VersionStartIncluding string `json:"versionStartIncluding"`
			VersionStartExcluding string `json:"versionStartExcluding"`
			VersionEndIncluding   string `json:"versionEndIncluding"`
			VersionEndExcluding   string `json:"versionEndExcluding"`
		} `json:"cpeMatch"`
	} `json:"nodes"`
}

// Read gives the statement; without nodes it says nothing. The error, with the JSON pointer of what it is about, names a
// CPE that cannot be read: half a condition would say something else than the record does, so all of it is left out.
func (c Configuration) Read() (out intel.Configuration, at string, err error) {
	out = intel.Configuration{Operator: operator(c.Operator), Negate: c.Negate}
	for i, n := range c.Nodes {
		one := intel.Node{Operator: operator(n.Operator), Negate: n.Negate}
		for j, m := range n.CPEMatch {
			if _, err := ident.ParseCPE(m.Criteria); err != nil {
				return intel.Configuration{}, fmt.Sprintf("/nodes/%d/cpeMatch/%d/criteria", i, j), err
			}
			one.Matches = append(one.Matches, intel.CPEMatch{
				Vulnerable: m.Vulnerable, Criteria: clean(m.Criteria),
				VersionStartIncluding: clean(m.VersionStartIncluding), VersionStartExcluding: clean(m.VersionStartExcluding),
				VersionEndIncluding: clean(m.VersionEndIncluding), VersionEndExcluding: clean(m.VersionEndExcluding),
			})
		}
		if len(one.Matches) > 0 {
			out.Nodes = append(out.Nodes, one)
		}
	}
	return out, "", nil
}

func operator(s string) string {
	if strings.EqualFold(clean(s), "and") {
		return "AND"
	}
	return "OR"
}
