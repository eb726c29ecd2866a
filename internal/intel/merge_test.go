package intel

import (
	"encoding/json"
	"testing"
	"time"
)

const (
	vector98 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
	vector75 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"
	vectorV2 = "AV:N/AC:L/Au:N/C:C/I:C/A:C"
	vectorV4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"
)

func says(id, source string, vectors ...string) *statement {
	s := &statement{ID: id, Source: source, Feed: "osv", Kind: KindVulnerability}
	list := []Severity{}
	for _, v := range vectors {
		list = append(list, Severity{Type: VectorType(v), Score: v})
	}
	s.Severities, _ = json.Marshal(list)
	s.rate()
	return s
}

func fromSource(s *statement, vectorsAndSources ...string) *statement {
	var list []Severity
	for i := 0; i < len(vectorsAndSources); i += 2 {
		list = append(list, Severity{Type: VectorType(vectorsAndSources[i]), Score: vectorsAndSources[i], Source: vectorsAndSources[i+1]})
	}
	s.Severities, _ = json.Marshal(list)
	s.rate()
	return s
}

func TestMergePicksTheSeverity(t *testing.T) {
	dayOne := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	withdrawn := func(s *statement) *statement { s.Withdrawn = &dayOne; return s }
	labelled := func(s *statement, label string) *statement { s.Label = label; return s }
	several := func(s *statement) *statement { s.Several = true; return s }
	malware := func(s *statement) *statement { s.Kind = KindMalware; return s }
	cases := []struct {
		name       string
		statements []*statement
		severity   string
		source     string
		score      float64 // 0: none
	}{
		{"nothing said", []*statement{says("A-1", "A")}, SeverityUnknown, "", 0},
		{"GHSA before the ecosystem", []*statement{says("PYSEC-1", "PYSEC", vector98), says("GHSA-1", "GHSA", vector75)}, SeverityHigh, "GHSA", 7.5},
		{"CVE record before the ecosystem", []*statement{says("PYSEC-1", "PYSEC", vector98), says("CVE-2099-1", "CVE", vector75)}, SeverityHigh, "CVE", 7.5},
		{"ecosystem before the distribution", []*statement{says("DSA-1", "DSA", vector98), says("PYSEC-1", "PYSEC", vector75)}, SeverityHigh, "PYSEC", 7.5},
		{"a vector before a better source's label", []*statement{labelled(says("GHSA-1", "GHSA"), "LOW"), says("DSA-1", "DSA", vector98)}, SeverityCritical, "DSA", 9.8},
		{"only labels: the best source's", []*statement{labelled(says("GHSA-1", "GHSA"), "MODERATE"), labelled(says("ALSA-1", "ALSA"), "Critical")}, SeverityMedium, "GHSA", 0},
		{"newest CVSS of one source", []*statement{says("GHSA-1", "GHSA", vectorV2, vector98, vectorV4)}, SeverityMedium, "GHSA", 6.9},
		{"worst of one version", []*statement{says("GHSA-1", "GHSA", vector75, vector98)}, SeverityCritical, "GHSA", 9.8},
		{"withdrawn does not speak", []*statement{withdrawn(says("GHSA-1", "GHSA", vector98)), says("PYSEC-1", "PYSEC", vector75)}, SeverityHigh, "PYSEC", 7.5},
		{"malware without a rating", []*statement{malware(says("MAL-1", "MAL"))}, SeverityCritical, "malware", 0},
		{"first source listed for a version", []*statement{fromSource(says("CVE-2099-1", "NVD"), vector75, "NVD", vector98, "cna@vendor.example")}, SeverityHigh, "NVD", 7.5},
		{"about several flaws comes last", []*statement{several(says("GHSA-1", "GHSA", vector98)), says("DSA-1", "DSA", vector75)}, SeverityHigh, "DSA", 7.5},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := merge(c.statements)
			score := 0.0
			if h.score != nil {
				score = *h.score
			}
			if h.severity != c.severity || h.severitySource != c.source || score != c.score {
				t.Errorf("got %s from %q, %.1f; want %s from %q, %.1f", h.severity, h.severitySource, score, c.severity, c.source, c.score)
			}
		})
	}
}

func TestMergeOfWithdrawn(t *testing.T) {
	dayOne, dayTwo := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2099, 1, 2, 0, 0, 0, 0, time.UTC)
	a, b := says("A-1", "A", vector75), says("B-1", "B")
	a.Withdrawn, b.Withdrawn = &dayOne, &dayTwo
	if h := merge([]*statement{a, b}); h.withdrawn == nil || !h.withdrawn.Equal(dayTwo) || h.severity != SeverityHigh {
		t.Errorf("all withdrawn: %+v, want withdrawn on the second day and still rated", h)
	}
	b.Withdrawn = nil
	if h := merge([]*statement{a, b}); h.withdrawn != nil {
		t.Error("one in force: still withdrawn")
	}
}

func TestSummaryFromDetails(t *testing.T) {
	a := says("PYSEC-1", "PYSEC")
	a.Lead = "# Widget reads files. More words\nand lines"
	if h := merge([]*statement{a}); h.summary != "Widget reads files." {
		t.Errorf("summary %q", h.summary)
	}
	b := says("DSA-1", "DSA")
	b.Summary = "widget - security update"
	if h := merge([]*statement{a, b}); h.summary != b.Summary {
		t.Errorf("summary %q: a written one comes before the start of details", h.summary)
	}
}
