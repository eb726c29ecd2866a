package finding

import (
	"encoding/json"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// Store keeps findings and their events. It is the only writer of their tables.
type Store struct {
	db  pg.DB
	now func() time.Time
}

// NewStore makes a store on a pool.
func NewStore(db pg.DB) *Store { return &Store{db: db, now: time.Now} }

// Finding is one row of a list.
type Finding struct {
	ID               int64
	ProductID        int64
	ProductName      string
	ReleaseID        int64
	ReleaseVersion   string
	ComponentID      int64
	ComponentName    string
	ComponentVersion string
	ComponentPURL    string
	Ecosystem        string
	Vulnerability    string // its name
	Kind             string // vulnerability, malware
	Summary          string
	Severity         string
	Score            *float64 // CVSS base score, computed from the vector; nil: none
	EPSS             *float64 // probability, 0 to 1
	EPSSPercentile   *float64
	KEV              bool
	KEVDue           *time.Time
	State            string // open, settled (by an assessment), resolved
	Resolution       string
	Status           string   // of the assessment that holds, see Statuses; empty: none
	Review           []string // why the assessment is to be reviewed: range, severity, reinstated; empty: it stands
	FixedVersion     string   // smallest upgrade that ends it; empty: none known
	FirstSeen        time.Time
	ResolvedAt       *time.Time
	Depth            *int // 1: direct; nil: not in the graph
}

// Counts are open findings by severity. KEV counts those on CISA's list, whatever their severity.
type Counts struct {
	Critical, High, Medium, Low, None, Unknown, KEV, Total int
}

// Worst is the highest severity that Counts holds; empty: no finding.
func (c Counts) Worst() string {
	for _, s := range []struct {
		n    int
		name string
	}{{c.Critical, "critical"}, {c.High, "high"}, {c.Medium, "medium"}, {c.Low, "low"}, {c.None, "none"}, {c.Unknown, "unknown"}} {
		if s.n > 0 {
			return s.name
		}
	}
	return ""
}

// Filter narrows a list. Zero values do not filter, but State defaults to open and Active to active releases only
// when neither a product nor a release is named.
type Filter struct {
	ProductID, ReleaseID, ComponentID int64
	Vulnerability                     string // exact name
	Query                             string // part of the component's or vulnerability's name
	Severities                        []string
	Ecosystem                         string
	KEV                               *bool
	Fixable                           *bool
	Statuses                          []string // of assessments, "none" for those without
	Review                            bool     // only what is to be reviewed
	State                             string   // open, settled, resolved, all
	Active                            string   // true, false, all

	words words
}

// narrow says that so few findings pass that they are read whole and then put in order. A sort by another table's values would else
// walk through that table's rows in search of them.
func (f Filter) narrow() bool {
	return f.ProductID != 0 || f.ReleaseID != 0 || f.ComponentID != 0 || f.Vulnerability != "" || f.words.few || f.KEV != nil && *f.KEV
}

// Sorts are the orders that List knows; a leading minus turns one round.
var Sorts = []string{
	"score", "-score", "epss", "-epss", "kev", "first_seen", "-first_seen", "component", "-component",
	"vulnerability", "-vulnerability", "product", "-product",
}

// Page is one page of a keyset list. Next is empty on the last page.
type Page[T any] struct {
	Items []T
	Next  string
}

// Statement is what one source says of a finding.
type Statement struct {
	Advisory     string
	Source       string
	Feed         string
	URL          string
	Summary      string
	Confidence   string
	Reason       string
	Evidence     json.RawMessage // matching.Evidence
	FixedVersion string
	Withdrawn    *time.Time
	Published    *time.Time
	Modified     *time.Time
	Vectors      json.RawMessage // [{"type","score"}]
	References   json.RawMessage // [{"type","url"}]
	Feeds        []string        // those that carry the record; Feed is the one whose copy this is
}

// Event is one change in a finding's life.
type Event struct {
	At     time.Time
	Kind   string
	Detail json.RawMessage
}

// PathStep is a component on the way from the root.
type PathStep struct{ Name, Version string }

// Detail is all that is known of one finding.
type Detail struct {
	Finding
	CVSSVector       string
	SeveritySource   string
	Details          string
	Statements       []Statement
	Aliases          []string
	References       json.RawMessage
	CWEs             []string
	Path             []PathStep // shortest, root's child first; empty: no graph
	ComponentUpgrade string     // smallest version that ends all findings of the component
	Events           []Event
	OtherReleases    []OtherRelease
}

// OtherRelease has the same component and vulnerability.
type OtherRelease struct {
	FindingID, ReleaseID int64
	Product, Version     string
}

// PossibleMatch is listed to check: never counted.
type PossibleMatch struct {
	ComponentID      int64
	ComponentName    string
	ComponentVersion string
	ComponentPURL    string
	Ecosystem        string
	Advisory         string
	Source           string
	Vulnerabilities  []string
	Severity         string
	Score            *float64
	Reason           string
	Evidence         json.RawMessage
}

// Coverage says how much of a release could be judged.
type Coverage struct {
	Components, Covered, NotCovered int
	Reasons                         []ReasonCount
}

// ReasonCount counts components by why they are not covered.
type ReasonCount struct {
	Reason string
	Count  int
}

// Uncovered is one component that could not be judged.
type Uncovered struct {
	ComponentID                 int64
	Name, Version, PURL, Reason string
	Ecosystem                   string
}

// Upgrade is what to do about one component of a release.
type Upgrade struct {
	ComponentID                    int64
	Name, Version, PURL, Ecosystem string
	Findings                       int
	Worst                          string
	To                             string // smallest version that no known advisory reaches; empty: none known
	Partial                        []PartialUpgrade
}

// PartialUpgrade ends some of a component's findings.
type PartialUpgrade struct {
	Version string
	Ends    int
}
