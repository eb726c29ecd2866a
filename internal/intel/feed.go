package intel

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// Feed is one service that is polled. It fetches and parses and knows nothing of the database; the poller stores what
// it yields (internal/intel/poll).
type Feed interface {
	// Name is what the store files its records under: "nvd", "ghsa", "osv", "kev", "epss", "otx", "cve".
	Name() string
	// Poll yields, step by step, what changed since the cursor: everything where the cursor is empty. Whoever calls
	// stores a step before asking for the next, so a cursor handed out with a step may say that the step is done; a
	// poll that is cut off anywhere is taken up from the last stored cursor. The error ends the poll. It is a
	// problem.Error in words that an operator can act on: who answered what, and whether waiting or a key would help.
	Poll(ctx context.Context, ask Ask) iter.Seq2[Step, error]
}

// Ask says what a poll is asked for.
type Ask struct {
	// Cursor is what the last stored step gave out; nil when nothing was ever stored. Its shape is the feed's own.
	Cursor json.RawMessage
	// Key is the service's API key; empty to go without.
	Key string
	// Reconcile asks for a look at everything that the service holds (or at the next part of it), so that what was
	// lost on either side comes right: records missed, and records that are gone. It is asked for now and then.
	Reconcile bool
	// Wanted are reports that are held as headers and asked for in full.
	Wanted []string
}

// Step is a piece of a poll: what one transaction, or a few, store. Most fields are empty in most steps.
type Step struct {
	// Advisories are at most a few thousand. They are stored in batches, the cursor with the last of them.
	Advisories []Incoming
	// KEV and EPSS replace what is held.
	KEV  *KEVCatalogue
	EPSS *EPSSDay
	// Reports are threat reports, new or changed; GoneReports the ids of those that the service took back.
	Reports     []IncomingReport
	GoneReports []string
	// Assessments are CISA's SSVC decision points for CVEs (Vulnrichment).
	Assessments []SSVC
	// Held, where set, is everything that the service still has of a part of its records: whatever else the store
	// holds of that part is taken for withdrawn.
	Held *HeldRecords
	// Cursor is where to go on once this step is stored; nil leaves it as it is.
	Cursor json.RawMessage
	// Done and Total count records of this poll up to and with this step, for people who wait; Total 0 is unknown.
	Done, Total int64
	// Newest is the latest change that the service has told of by its own clock; zero: none in this step.
	Newest time.Time
}

// HeldRecords lists a part of a service's records whole.
type HeldRecords struct {
	// Part says what the list is whole for: "" all records of the feed; an OSV ecosystem ("npm") those advisories that
	// name a package of it; a year ("2025") the CVEs of that year.
	Part string
	IDs  []string
}

// EPSSDay is one day's scores; the rows can be read once.
type EPSSDay struct {
	Header EPSSHeader
	Rows   iter.Seq2[EPSSRow, error]
}

// SSVC is what CISA's coordinators decided of a CVE (SSVC 2.0.3, coordinator role).
type SSVC struct {
	CVE             string
	Exploitation    string // none, poc, active
	Automatable     string // yes, no; empty: not stated
	TechnicalImpact string // partial, total; empty: not stated
	Decided         time.Time
}

// IncomingReport is one threat report on its way from a feed to the store.
type IncomingReport struct {
	Path    string
	Report  Report
	Refused error
}

// Report is a threat report: who attacks whom with what, and the traces by which it is known (OTX: a pulse).
type Report struct {
	ID              string
	Name            string
	Description     string
	Author          string
	Adversary       string
	TLP             string // white, green, amber, red
	Tags            []string
	MalwareFamilies []string
	AttackIDs       []string // ATT&CK techniques: "T1190", "T1566.001"
	Industries      []string
	Countries       []string
	References      []string // URLs
	Created         time.Time
	Modified        time.Time
	// CVEs are those named by indicators, tags, name or description; upper case.
	CVEs       []string
	Indicators []Indicator
	// Partial says that the list of indicators was cut and could not be completed.
	Partial bool
	// Header, where set, is what is left of the indicators, which are not at hand: the report is kept as a header whatever
	// it touches.
	Header *ReportHeader `json:",omitempty"`
}

// ReportHeader is what a report that is kept as a header has in place of its indicators.
type ReportHeader struct {
	// Counts are how many indicators there were, by type.
	Counts map[string]int
	// Traces are their fingerprints, see ident.Trace.
	Traces []int64
}

// Indicator is a trace of an attack.
type Indicator struct {
	Type    string // as the service names it: "IPv4", "domain", "URL", "FileHash-SHA256", "CVE" ...
	Value   string
	Role    string
	Expires time.Time // zero: does not expire
	Active  bool
}
