package sbom

import (
	"fmt"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// QualityReport says how well a document describes its subject, in the spirit of the NTIA minimum elements
// (supplier, name, version, identifier, relationships, author, time) and of SBOM scorecards.
type QualityReport struct {
	Score  int             // 0 to 100, the weighted mean of Checks
	Checks []QualityCheck  // in a fixed order
	Faults []problem.Fault // one for each check that is not met in full, worst first in weight
}

// QualityCheck is one thing asked of a document.
type QualityCheck struct {
	Code   string // stable: "versions", "identifiers", ...
	Title  string
	Weight int // of 100
	Met    int // components (or documents, for checks of the whole) that meet it
	Of     int // out of these; 0 means that the check does not apply
	Fault  string
}

// share is the part of the check that is met, 1 where it does not apply.
func (c QualityCheck) share() float64 {
	if c.Of == 0 {
		return 1
	}
	return float64(c.Met) / float64(c.Of)
}

// qualityRule judges each component, or the document as a whole.
type qualityRule struct {
	code, title, fault string
	weight             int
	part               func(*Component) bool
	whole              func(*Document) bool
}

// qualityRules weigh first what matching needs, then what the minimum elements ask for.
var qualityRules = []qualityRule{
	{code: "versions", title: "Components name their version", fault: "have no version, so no advisory can be compared with them", weight: 20,
		part: func(c *Component) bool { return versionKnown(c) }},
	{code: "identifiers", title: "Components carry a purl or CPE", fault: "have neither purl nor CPE and cannot be looked up", weight: 20,
		part: func(c *Component) bool { return c.PURL != "" || len(c.CPEs) > 0 }},
	{code: "ecosystems", title: "Identifiers belong to a known ecosystem", fault: "have an identifier that no advisory source covers or that is not readable", weight: 15,
		part: func(c *Component) bool {
			switch c.Identity.NotCovered {
			case ident.NotCoveredUnknownEcosystem, ident.NotCoveredBadPURL, ident.NotCoveredNoRelease, ident.NotCoveredBadVersion:
				return false
			}
			return true
		}},
	{code: "names", title: "Components have a name", fault: "have no name", weight: 5,
		part: func(c *Component) bool { return c.Name != "" }},
	{code: "suppliers", title: "Components name their supplier", fault: "name no supplier", weight: 8,
		part: func(c *Component) bool { return c.Supplier != "" }},
	{code: "licenses", title: "Components state a licence", fault: "state no licence, or one that is no SPDX expression", weight: 7,
		part: func(c *Component) bool { return licensed(c) }},
	{code: "hashes", title: "Components carry a hash", fault: "carry no hash", weight: 3,
		part: func(c *Component) bool { return len(c.Hashes) > 0 }},
	{code: "relationships", title: "Components are part of the dependency graph", fault: "are not connected to the subject, so that it is not known what brings them in", weight: 10,
		part: func(c *Component) bool { return c.Depth > 0 }},
	{code: "subject", title: "The document says what it describes", fault: "The document does not say what it describes", weight: 3,
		whole: func(d *Document) bool { return d.SubjectName != "" }},
	{code: "author", title: "The document says which tool wrote it", fault: "The document names no tool that wrote it", weight: 2,
		whole: func(d *Document) bool { return len(d.Tools) > 0 }},
	{code: "created", title: "The document says when it was written", fault: "The document has no readable time of creation", weight: 2,
		whole: func(d *Document) bool { return d.Created.After(time.Unix(0, 0)) }},
	{code: "conformance", title: "The document follows its specification", fault: "The document has faults, listed as warnings", weight: 5,
		whole: func(d *Document) bool { return d.WarningCount == countNotes(d) }},
}

// Quality judges a document that Read has read.
func Quality(d *Document) QualityReport {
	var r QualityReport
	total, got := 0.0, 0.0
	for _, rule := range qualityRules {
		c := QualityCheck{Code: rule.code, Title: rule.title, Weight: rule.weight}
		path := "/"
		if rule.whole != nil {
			c.Of = 1
			if rule.whole(d) {
				c.Met = 1
			} else {
				c.Fault = rule.fault
			}
		} else {
			c.Of = len(d.Components)
			path = "/components"
			for i := range d.Components {
				if rule.part(&d.Components[i]) {
					c.Met++
				} else if path == "/components" {
					path = d.Components[i].Path
				}
			}
			if bad := c.Of - c.Met; bad > 0 {
				c.Fault = fmt.Sprintf("%d of %d components %s", bad, c.Of, rule.fault)
			}
		}
		if c.Fault != "" {
			r.Faults = append(r.Faults, problem.Fault{Path: path, Code: "quality_" + c.Code, Message: c.Fault})
		}
		total += float64(c.Weight)
		got += float64(c.Weight) * c.share()
		r.Checks = append(r.Checks, c)
	}
	if len(d.Components) == 0 {
		r.Faults = append([]problem.Fault{{Path: "/", Code: "quality_empty", Message: "the document lists no components"}}, r.Faults...)
		return r
	}
	// Rounded down, so that 100 means that nothing is missing.
	r.Score = int(100*got/total + 1e-9)
	return r
}

func versionKnown(c *Component) bool {
	if c.Identity.NotCovered == ident.NotCoveredNoVersion {
		return false
	}
	switch strings.ToLower(firstOf(c.Version, c.Identity.Version)) {
	case "", "unknown", "noassertion", "none":
		return false
	}
	return true
}

func licensed(c *Component) bool {
	for _, l := range c.Licenses {
		if !LicenseExpression(l) {
			return false
		}
	}
	return len(c.Licenses) > 0
}

// countNotes counts the warnings that only inform. They are few; beyond those kept every warning counts as a fault.
func countNotes(d *Document) int {
	n := 0
	for _, w := range d.Warnings {
		if notes[w.Code] {
			n++
		}
	}
	return n
}
