package report

import (
	"time"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// ReportDetail is all that is held of a threat report but its indicators.
type ReportDetail struct {
	wire.ReportBrief
	Description    string             `json:"description" doc:"Foreign text."`
	Industries     []string           `json:"industries" doc:"Said to be aimed at."`
	Countries      []string           `json:"countries"`
	References     []string           `json:"references" doc:"Foreign links."`
	CreatedAt      *time.Time         `json:"created_at,omitempty"`
	ModifiedAt     *time.Time         `json:"modified_at,omitempty"`
	FirstSeen      time.Time          `json:"first_seen" doc:"When it came here."`
	IndicatorTypes map[string]int     `json:"indicator_types" doc:"Indicators by type, as the feed sent them." example:"{\"IPv4\":12}"`
	Leads          []ReportLead       `json:"leads" doc:"The vulnerabilities it leads to, those that reach us first; bounded in number."`
	Components     []TouchedComponent `json:"components" doc:"Components of which an SBOM says something that the report names; bounded in number."`
	OfInterest     bool               `json:"of_interest" doc:"It shows a technique of interest."`
	Wanted         bool               `json:"wanted" doc:"It touches us and is held as a header: the next poll asks for it in full."`
}

// ReportLead is a vulnerability that a report leads to, and how far it reaches us.
type ReportLead struct {
	Vulnerability string   `json:"vulnerability" example:"CVE-2021-44228"`
	Link          string   `json:"link" enum:"named,reference" doc:"named: the report names it; reference: both refer to the same page."`
	Known         bool     `json:"known" doc:"An advisory that is held speaks of it."`
	Severity      string   `json:"severity" enum:"critical,high,medium,low,none,unknown"`
	Score         *float64 `json:"score,omitempty" minimum:"0" maximum:"10"`
	KEV           bool     `json:"kev"`
	Held          bool     `json:"held" doc:"A component matches it, for certain or possibly."`
	Findings      int      `json:"findings" doc:"Open, in active releases."`
	Releases      int      `json:"releases" doc:"Active releases with such a finding."`
}

// TouchedComponent is a component that shares something with a report.
type TouchedComponent struct {
	Component wire.Component `json:"component"`
	Shares    string         `json:"shares" enum:"hash,url,host,domain" doc:"What an SBOM says of it and the report names: a file's hash, an address, a host, or the domain above a host."`
	Type      string         `json:"type,omitempty" doc:"Of the indicator; absent where only its fingerprint is held."`
	Value     string         `json:"value,omitempty"`
	Role      string         `json:"role,omitempty"`
	Releases  int            `json:"releases" doc:"Active releases whose current SBOM has the component."`
}

// Indicator is a trace of an attack.
type Indicator struct {
	Type    string     `json:"type" example:"IPv4"`
	Value   string     `json:"value"`
	Role    string     `json:"role"`
	Expires *time.Time `json:"expires,omitempty"`
	Active  bool       `json:"active"`
	Ours    bool       `json:"ours" doc:"An SBOM names it."`
}

// IndicatorHits say who names a value.
type IndicatorHits struct {
	ReadAs     []string           `json:"read_as" enum:"hash,url,host,other" doc:"What the value was taken for."`
	Reports    []IndicatorReport  `json:"reports" doc:"The newest first; bounded in number."`
	Components []TouchedComponent `json:"components" doc:"Components of which an SBOM names it; bounded in number."`
}

// IndicatorReport is a report that names the value.
type IndicatorReport struct {
	Report wire.ReportBrief `json:"report"`
	Type   string           `json:"type,omitempty" doc:"Absent where only its fingerprint is held."`
	Value  string           `json:"value,omitempty" doc:"As the report writes it."`
	Role   string           `json:"role,omitempty"`
}

func shape(p intel.ReportPage) ReportDetail {
	out := ReportDetail{
		ReportBrief: wire.ReportBriefOf(p.ReportBrief), Description: p.Description, Industries: wire.Strings(p.Industries),
		Countries: wire.Strings(p.Countries), References: wire.Strings(p.References), CreatedAt: p.Created, ModifiedAt: p.Modified,
		FirstSeen: p.FirstSeen, IndicatorTypes: p.IndicatorsBy, OfInterest: p.OfInterest, Wanted: p.WantedInFull,
		Components: wire.Slice(p.Components, shapeComponent),
		Leads: wire.Slice(p.CVEList, func(c intel.ReportCVE) ReportLead {
			return ReportLead{
				Vulnerability: c.Name, Link: c.Link, Known: c.Known, Severity: c.Severity, Score: c.Score, KEV: c.KEV,
				Held: c.Held, Findings: c.Findings, Releases: c.Releases,
			}
		}),
	}
	if out.IndicatorTypes == nil {
		out.IndicatorTypes = map[string]int{}
	}
	return out
}

func shapeComponent(c intel.TouchedComponent) TouchedComponent {
	return TouchedComponent{
		Component: wire.Component{ID: c.ID, Name: c.Name, Version: c.Version, PURL: c.PURL, Ecosystem: c.Ecosystem},
		Shares:    string(c.Kind), Type: c.Type, Value: c.Value, Role: c.Role, Releases: c.Releases,
	}
}

func shapeIndicator(i intel.HeldIndicator) Indicator {
	return Indicator{Type: i.Type, Value: i.Value, Role: i.Role, Expires: i.Expires, Active: i.Active, Ours: i.Ours}
}

func shapeHits(h intel.IndicatorHits) IndicatorHits {
	return IndicatorHits{
		ReadAs:     wire.Slice(h.Read, func(t ident.Trace) string { return string(t.Kind) }),
		Components: wire.Slice(h.Components, shapeComponent),
		Reports: wire.Slice(h.Reports, func(r intel.IndicatorReport) IndicatorReport {
			return IndicatorReport{wire.ReportBriefOf(r.ReportBrief), r.Type, r.Value, r.Role}
		}),
	}
}
