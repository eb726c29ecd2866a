package intel

import (
	"time"

	"github.com/threatwerk/threatwerk/internal/ident"
)

// Kind tells a flaw in good software from software that is itself the attack.
type Kind string

// The kinds of advisory. Malware is what OSV publishes under MAL- ids.
const (
	KindVulnerability Kind = "vulnerability"
	KindMalware       Kind = "malware"
)

// Advisory is one record of one feed, normalised: what the store keeps and the content hash covers.
type Advisory struct {
	Feed      string // "osv", "nvd", "ghsa"
	ID        string // "GHSA-...", "CVE-...", "DSA-..."
	Source    string // who wrote it, from the id: "GHSA", "PYSEC", "DSA", "ALPINE", "NVD"
	Kind      Kind
	Published time.Time // zero: unknown
	Modified  time.Time
	Withdrawn time.Time // zero: in force
	Summary   string
	Details   string
	// Severities are the vectors, each under the type that its own prefix names.
	Severities []Severity
	// SeverityLabel is the feed's own word ("HIGH", "medium"), used only where there is no vector.
	SeverityLabel string
	References    []Reference
	CWEs          []string
	Aliases       []string // the same flaw under other ids
	Upstream      []string // the flaws a distribution's record deals with (OSV 1.7 upstream)
	Related       []string
	URL           string
	// Status and Tags are what the source says of the record itself, in its own words: NVD's vulnStatus ("Deferred") and
	// cveTags ("disputed"). Left out of the content hash where there are none.
	Status   string   `json:",omitempty"`
	Tags     []string `json:",omitempty"`
	Affected []Affected
	// Configurations are NVD's applicability statements by CPE.
	Configurations []Configuration
}

// Severity is one CVSS vector, or a label scheme such as Ubuntu's.
type Severity struct {
	Type   string `json:"type"`  // CVSS_V2, CVSS_V3, CVSS_V4, Ubuntu
	Score  string `json:"score"` // the vector as given
	Source string `json:"source,omitempty"`
}

// Reference is a link with the OSV reference type.
type Reference struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

// Affected is one affected[] entry of the OSV schema.
type Affected struct {
	Ordinal  int           `json:"ordinal"` // position in the record
	Package  ident.Package `json:"package"` // Name folded
	Name     string        `json:"name"`    // as the record writes it
	Ranges   []Range       `json:"ranges"`
	Versions []string      `json:"versions"`
	// LastKnownAffected is GHSA's database_specific.last_known_affected_version_range, such as "<= 29.0".
	LastKnownAffected string `json:"last_known_affected,omitempty"`
	// GitOnly says that the entry has only commit ranges, which package versions cannot be compared with.
	GitOnly bool `json:"git_only,omitempty"`
}

// Range is one ranges[] entry. Type is SEMVER or ECOSYSTEM.
type Range struct {
	Type   string  `json:"type"`
	Events []Event `json:"events"`
}

// Event is one of the four kinds; exactly one field is set.
type Event struct {
	Introduced   string `json:"introduced,omitempty"`
	Fixed        string `json:"fixed,omitempty"`
	LastAffected string `json:"last_affected,omitempty"`
	Limit        string `json:"limit,omitempty"`
}
