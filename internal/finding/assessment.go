package finding

import (
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// The statuses, as VEX names them.
const (
	UnderInvestigation = "under_investigation"
	Affected           = "affected"
	Fixed              = "fixed"
	NotAffected        = "not_affected"
)

// Statuses that a person may decide on, the most urgent first.
var Statuses = []string{Affected, UnderInvestigation, Fixed, NotAffected}

// Justifications of not_affected: the five of OpenVEX, then those that CycloneDX 1.4 and later tell apart beside them.
var Justifications = []string{
	"component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path",
	"vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist",
	"requires_configuration", "requires_dependency", "requires_environment", "protected_by_compiler", "protected_at_runtime",
	"protected_at_perimeter", "protected_by_mitigating_control",
}

// Responses are what a vendor does about a finding, in CycloneDX's words.
var Responses = []string{"", "update", "workaround_available", "rollback", "will_not_fix", "can_not_fix"}

// Where a decision holds.
const (
	PlaceRelease    = "release"
	PlaceProduct    = "product"
	PlaceEverywhere = "everywhere"
)

// Places are the scopes that an assessment may have, the most specific first.
var Places = []string{PlaceRelease, PlaceProduct, PlaceEverywhere}

// Decision is what a person says of findings.
type Decision struct {
	Status        string
	Justification string // one of Justifications, for not_affected alone
	Response      string // one of Responses
	Action        string // OpenVEX action statement
	Note          string
	Expires       *time.Time // nil: holds until somebody changes it
	Place         string     // one of Places
	EveryVersion  bool       // of the package; else the version that was found
}

// maxWords bounds a note and an action statement, in characters.
const maxWords = 4000

func (d *Decision) check(now time.Time) error {
	var faults []problem.Fault
	add := func(field, code, message string) {
		faults = append(faults, problem.Fault{Path: "body." + field, Code: code, Message: message})
	}
	d.Note, d.Action = strings.TrimSpace(d.Note), strings.TrimSpace(d.Action)
	if !slices.Contains(Statuses, d.Status) {
		add("status", "enum", "use one of "+strings.Join(Statuses, ", "))
	}
	switch {
	case d.Status == NotAffected && d.Justification == "":
		add("justification", "required", "say why it is not affected: one of "+strings.Join(Justifications, ", "))
	case d.Status != NotAffected && d.Justification != "":
		add("justification", "not_allowed", "only not_affected is justified; put the reason into the note")
	case d.Justification != "" && !slices.Contains(Justifications, d.Justification):
		add("justification", "enum", "use one of "+strings.Join(Justifications, ", "))
	}
	if !slices.Contains(Responses, d.Response) {
		add("response", "enum", "use one of "+strings.Join(Responses[1:], ", "))
	}
	if !slices.Contains(Places, d.Place) {
		add("scope", "enum", "use one of "+strings.Join(Places, ", "))
	}
	if d.Expires != nil && !d.Expires.After(now) {
		add("expires_at", "past", "choose a time to come, or leave it out")
	}
	for field, text := range map[string]string{"note": d.Note, "action": d.Action} {
		if len([]rune(text)) > maxWords || strings.ContainsRune(text, 0) {
			add(field, "too_long", "at most 4,000 characters, none of them NUL")
		}
	}
	if len(faults) > 0 {
		return problem.New(problem.Invalid, "the decision is not complete").With(faults...)
	}
	return nil
}

// Selection is the findings that a person decides on: these, or those that a filter keeps.
type Selection struct {
	IDs    []int64
	Filter *Filter
}

// Assessed is what a decision came to, or would come to.
type Assessed struct {
	Selected int     // findings that were chosen
	Findings int     // those that the decision reaches and that the caller may know of, open or settled
	Products int     // in how many products
	Releases int     // in how many releases
	IDs      []int64 // the assessments made, one a vulnerability, package and place; none on trial
}

// Assessment is one decision as it stands on record.
type Assessment struct {
	ID            int64
	Vulnerability string // what it was made on was called so
	Package       string
	Version       string // empty: every version
	Place         string
	ProductName   string // empty: everywhere
	Release       string
	Status        string
	Justification string
	Response      string
	Action        string
	Note          string
	Author        string
	CreatedAt     time.Time
	ExpiresAt     *time.Time
	// Standing is effective, overruled (another one holds), expired, superseded or withdrawn.
	Standing string
	EndedAt  *time.Time
	EndedBy  string
	EndNote  string
}
