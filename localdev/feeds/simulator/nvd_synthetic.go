package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// The made-up records: the nth is always the same, so that 420,000 of them need no room and every run meets the same
// world. Their ids have seven digits, which real ones do not reach.

// syntheticSeed is the seed of all made-up records.
const syntheticSeed = 0x7468726561745f77

// syntheticYear is the year of the nth record's id: more of them are recent.
func syntheticYear(n int) int {
	r := rand.New(rand.NewPCG(syntheticSeed, uint64(n)))
	return 2026 - int(float64(28)*r.Float64()*r.Float64())
}

func syntheticID(n int) string { return fmt.Sprintf("CVE-%d-%07d", syntheticYear(n), 1_000_000+n) }

// synthesised is when the nth record changed last: some time after it was published, before November 2026.
func synthesised(n int) time.Time {
	r := rand.New(rand.NewPCG(syntheticSeed+1, uint64(n)))
	published := syntheticPublished(n)
	end := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	return published.Add(time.Duration(r.Float64() * float64(end.Sub(published)))).Truncate(time.Millisecond)
}

func syntheticPublished(n int) time.Time {
	r := rand.New(rand.NewPCG(syntheticSeed+2, uint64(n)))
	year := time.Date(syntheticYear(n), 1, 1, 0, 0, 0, 0, time.UTC)
	days := 365
	if year.Year() == 2026 {
		days = 300
	}
	return year.Add(time.Duration(r.Float64() * float64(days) * 24 * float64(time.Hour))).Truncate(time.Millisecond)
}

var (
	nvdStatuses   = []string{"Analyzed", "Analyzed", "Modified", "Modified", "Deferred", "Awaiting Analysis", "Received", "Rejected"}
	nvdVectors    = []string{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H"}
	nvdTags       = []string{"Patch", "Vendor Advisory", "Third Party Advisory", "Exploit", "Issue Tracking", "Mailing List", "VDB Entry"}
	nvdFlaws      = []string{"an out-of-bounds write", "a path traversal", "a cross-site scripting flaw", "an SQL injection", "a use after free", "an integer overflow"}
	nvdWeaknesses = []string{"CWE-787", "CWE-22", "CWE-79", "CWE-89", "CWE-416", "CWE-190", "NVD-CWE-noinfo"}
)

// synthetic writes the nth record as it stands since a change.
func synthetic(n int, modified time.Time) json.RawMessage {
	r := rand.New(rand.NewPCG(syntheticSeed+3, uint64(n)))
	vendor, product := fmt.Sprintf("vendor%d", r.IntN(9000)), fmt.Sprintf("product_%d", r.IntN(40_000))
	status := nvdStatuses[r.IntN(len(nvdStatuses))]
	if status == "Rejected" && r.IntN(4) > 0 {
		status = "Deferred"
	}
	flaw := nvdFlaws[r.IntN(len(nvdFlaws))]
	fixed := fmt.Sprintf("%d.%d.%d", 1+r.IntN(12), r.IntN(30), r.IntN(40))
	var b bytes.Buffer
	out := &writer{w: &b}
	out.printf(`{"cve":{"id":%q,"sourceIdentifier":"security@%s.example","published":%q,"lastModified":%q,"vulnStatus":%q,"cveTags":[],`,
		syntheticID(n), vendor, syntheticPublished(n).Format(nvdTime), modified.UTC().Format(nvdTime), status)
	if status == "Rejected" {
		out.printf(`"descriptions":[{"lang":"en","value":"Rejected reason: it was withdrawn by its CNA."}],"metrics":{},"references":[]}}`)
		return b.Bytes()
	}
	sentence := fmt.Sprintf("%s %s before %s has %s in its component %d, by which a remote attacker may run code or stop the service by a crafted request. ",
		vendor, product, fixed, flaw, r.IntN(100))
	out.printf(`"descriptions":[{"lang":"en","value":%q},{"lang":"es","value":%q}],`, strings.Repeat(sentence, 1+r.IntN(4)), sentence)
	vector := nvdVectors[r.IntN(len(nvdVectors))]
	primary := ""
	if status == "Analyzed" || status == "Modified" {
		primary = fmt.Sprintf(`,{"source":"nvd@nist.gov","type":"Primary","cvssData":{"version":"3.1","vectorString":%q,"baseScore":7.5,"baseSeverity":"HIGH"},"exploitabilityScore":3.9,"impactScore":3.6}`, vector)
	}
	out.printf(`"metrics":{"cvssMetricV31":[{"source":"security@%s.example","type":"Secondary","cvssData":{"version":"3.1","vectorString":%q,"attackVector":"NETWORK","attackComplexity":"LOW","privilegesRequired":"NONE","userInteraction":"NONE","scope":"UNCHANGED","confidentialityImpact":"HIGH","integrityImpact":"HIGH","availabilityImpact":"HIGH","baseScore":9.8,"baseSeverity":"CRITICAL"},"exploitabilityScore":3.9,"impactScore":5.9}%s]`,
		vendor, vector, primary)
	if syntheticYear(n) >= 2025 && r.IntN(2) == 0 {
		out.printf(`,"ssvcV203":[{"source":"134c704f-9b21-4f2e-91b3-4a467353bcc0","ssvcData":{"timestamp":"2026-11-02T00:00:00Z","id":%q,"options":[{"exploitation":"none"},{"automatable":"no"},{"technicalImpact":"partial"}],"role":"CISA Coordinator","version":"2.0.3"}}]`, syntheticID(n))
	}
	out.printf(`},"weaknesses":[{"source":"nvd@nist.gov","type":"Primary","description":[{"lang":"en","value":%q}]}],`, nvdWeaknesses[r.IntN(len(nvdWeaknesses))])
	if primary != "" {
		out.printf(`"configurations":[{"nodes":[{"operator":"OR","negate":false,"cpeMatch":[`)
		for i := range 1 + r.IntN(4) {
			if i > 0 {
				out.printf(",")
			}
			out.printf(`{"vulnerable":true,"criteria":"cpe:2.3:a:%s:%s:*:*:*:*:*:*:*:*","versionStartIncluding":"%d.0","versionEndExcluding":%q,"matchCriteriaId":"%08X-0000-4000-8000-%012X"}`,
				vendor, product, i, fixed, r.Uint32(), n)
		}
		out.printf(`]}]}],`)
	} else if r.IntN(3) == 0 {
		out.printf(`"affected":[{"source":"security@%s.example","affectedData":[{"vendor":%q,"product":%q,"packageURL":"pkg:npm/%%40%s/%s","defaultStatus":"unaffected","versions":[{"version":"0","status":"affected","lessThan":%q,"versionType":"semver"}]}]}],`,
			vendor, vendor, product, vendor, product, fixed)
	}
	out.printf(`"references":[`)
	for i := range 1 + r.IntN(5) {
		if i > 0 {
			out.printf(",")
		}
		out.printf(`{"url":"https://%s.example/advisories/%d/%d","source":"security@%s.example","tags":[%q]}`, vendor, n, i, vendor, nvdTags[r.IntN(len(nvdTags))])
	}
	out.printf("]}}")
	return b.Bytes()
}

// sortNVD orders records as the yearly files do: by nothing in particular, and always the same.
func sortNVD(list []nvdRecord) {
	slices.SortFunc(list, func(a, b nvdRecord) int {
		if c := a.modified.Compare(b.modified); c != 0 {
			return c
		}
		if c := a.number - b.number; c != 0 {
			return c
		}
		return bytes.Compare(a.raw, b.raw)
	})
}
