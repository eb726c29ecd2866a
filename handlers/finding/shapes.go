package finding

import (
	"time"

	"github.com/threatwerk/threatwerk/handlers/wire"
)

// Finding says that a vulnerability reaches a component of a release.
type Finding struct {
	ID             int64          `json:"id"`
	ProductID      int64          `json:"product_id"`
	ProductName    string         `json:"product_name"`
	ReleaseID      int64          `json:"release_id"`
	ReleaseVersion string         `json:"release_version"`
	Component      wire.Component `json:"component"`
	Vulnerability  Vulnerability  `json:"vulnerability"`
	Severity       string         `json:"severity" enum:"critical,high,medium,low,none,unknown"`
	Score          *float64       `json:"score,omitempty" minimum:"0" maximum:"10" doc:"CVSS; absent where no source gives a vector."`
	EPSS           *float64       `json:"epss,omitempty" minimum:"0" maximum:"1" doc:"Likelihood of exploitation within 30 days (FIRST EPSS)."`
	EPSSPercentile *float64       `json:"epss_percentile,omitempty" minimum:"0" maximum:"1"`
	KEV            bool           `json:"kev" doc:"Known to be exploited (CISA KEV)."`
	KEVDue         string         `json:"kev_due,omitempty" format:"date" doc:"CISA's due date."`
	State          string         `json:"state" enum:"open,settled,resolved" doc:"Settled: a decision says that it is not affected or fixed."`
	VEX            string         `json:"vex,omitempty" enum:"under_investigation,affected,fixed,not_affected" doc:"Status of the decision that holds; absent: none."`
	Review         []string       `json:"review" enum:"range,severity,reinstated" doc:"What changed since the decision; it is to be looked at again."`
	Resolution     string         `json:"resolution" doc:"Why it is resolved; empty while open."`
	FixedVersion   string         `json:"fixed_version,omitempty" doc:"Smallest version that ends this finding; absent where none is known."`
	FirstSeen      time.Time      `json:"first_seen"`
	ResolvedAt     *time.Time     `json:"resolved_at,omitempty"`
	Direct         *bool          `json:"direct,omitempty" doc:"The product depends on the component directly; absent without a graph."`
	Depth          *int           `json:"depth,omitempty" doc:"Shortest distance from the product: 1 is direct."`
}

// Vulnerability names what reaches a component.
type Vulnerability struct {
	Name    string `json:"name" example:"CVE-2021-44228"`
	Kind    string `json:"kind" enum:"vulnerability,malware"`
	Summary string `json:"summary"`
}

// FindingDetail is a finding with everything that explains it.
type FindingDetail struct {
	Finding
	CVSSVector       string           `json:"cvss_vector"`
	SeveritySource   string           `json:"severity_source" doc:"Who states the vector or label that severity comes from."`
	Statements       []Statement      `json:"statements" doc:"What each advisory says of the component."`
	Paths            [][]PathStep     `json:"paths" doc:"Shortest ways from the product to the component; empty without a graph."`
	ComponentUpgrade string           `json:"component_upgrade,omitempty" doc:"Smallest version that ends all findings of the component."`
	Events           []Event          `json:"events" doc:"What happened to the finding, oldest first."`
	OtherReleases    []OtherRelease   `json:"other_releases" doc:"Other active releases with the same finding."`
	Aliases          []string         `json:"aliases"`
	Details          string           `json:"details" doc:"Markdown, from an advisory: foreign text."`
	References       []wire.Reference `json:"references"`
	CWEs             []string         `json:"cwes"`
	wire.Threat
}

// Statement is what one advisory says of the component.
type Statement struct {
	Advisory     string           `json:"advisory"`
	Source       string           `json:"source" example:"GHSA"`
	Feed         string           `json:"feed" example:"osv" doc:"Whose copy of the record this is."`
	Feeds        []string         `json:"feeds" doc:"All that carry the record."`
	URL          string           `json:"url"`
	Summary      string           `json:"summary"`
	Confidence   string           `json:"confidence" enum:"confirmed,possible,contradicted" doc:"Contradicted: found by CPE, but an advisory of the ecosystem says that this version is not affected; evidence only."`
	Reason       string           `json:"reason,omitempty" doc:"Why it is not confirmed."`
	Evidence     wire.Evidence    `json:"evidence"`
	FixedVersion string           `json:"fixed_version,omitempty"`
	Withdrawn    *time.Time       `json:"withdrawn,omitempty"`
	Published    *time.Time       `json:"published,omitempty"`
	Modified     *time.Time       `json:"modified,omitempty"`
	References   []wire.Reference `json:"references"`
	Vectors      []wire.Vector    `json:"vectors"`
}

// PathStep is one component on the way from the product.
type PathStep struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Event is something that happened to a finding.
type Event struct {
	At     time.Time      `json:"at"`
	Kind   string         `json:"kind" enum:"opened,resolved,reopened,changed,assessed,assessment_ended,review,left_group"`
	Detail map[string]any `json:"detail" doc:"changed: field to {from, to}; resolved: {reason}; assessed and assessment_ended: status, by; review: {reasons}; left_group: {was, status, by, assessed_at}, a decision that was made when this was part of another vulnerability."`
}

// OtherRelease is another release with the same finding.
type OtherRelease struct {
	FindingID   int64  `json:"finding_id"`
	ReleaseID   int64  `json:"release_id"`
	ProductName string `json:"product_name"`
	Version     string `json:"version"`
}

// Summary counts findings.
type Summary struct {
	Open wire.SeverityCounts `json:"open" doc:"Of all findings that the filters keep."`
}

// PossibleMatch is a match to check: never counted, never notified.
type PossibleMatch struct {
	Component       wire.Component `json:"component"`
	Advisory        string         `json:"advisory"`
	Source          string         `json:"source"`
	Vulnerabilities []string       `json:"vulnerabilities"`
	Severity        string         `json:"severity" enum:"critical,high,medium,low,none,unknown"`
	Score           *float64       `json:"score,omitempty" minimum:"0" maximum:"10"`
	Reason          string         `json:"reason" doc:"Why it is not confirmed."`
	Evidence        wire.Evidence  `json:"evidence"`
}

// Coverage says of how much of a release something can be said.
type Coverage struct {
	Components int              `json:"components"`
	Covered    int              `json:"covered"`
	NotCovered int              `json:"not_covered"`
	Reasons    []CoverageReason `json:"reasons" doc:"Most first."`
	Items      []CoverageItem   `json:"items" doc:"Components that are not covered."`
	NextCursor string           `json:"next_cursor,omitempty"`
}

// CoverageReason counts components by why they are not covered.
type CoverageReason struct {
	Reason string `json:"reason" example:"no_version"`
	Count  int    `json:"count"`
	Words  string `json:"words"`
}

// CoverageItem is a component of which nothing can be said.
type CoverageItem struct {
	Component wire.Component `json:"component"`
	Reason    string         `json:"reason"`
	Words     string         `json:"words"`
}

// Upgrade is the smallest upgrade of one component.
type Upgrade struct {
	Component wire.Component   `json:"component"`
	Findings  int              `json:"findings" doc:"Open findings of the component in this release."`
	Worst     string           `json:"worst" enum:"critical,high,medium,low,none,unknown"`
	Upgrade   string           `json:"upgrade,omitempty" doc:"Smallest version that ends them all; absent where none is known."`
	Partial   []PartialUpgrade `json:"partial" doc:"Versions that end some of them, the fewest first."`
}

// PartialUpgrade ends some findings of a component.
type PartialUpgrade struct {
	Version string `json:"version"`
	Ends    int    `json:"ends"`
}
