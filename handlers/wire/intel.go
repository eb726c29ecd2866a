package wire

import (
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// By says who says something.
type By struct {
	Source   string `json:"source" example:"GHSA" doc:"Who wrote it: a database, or a CNA's address."`
	Advisory string `json:"advisory,omitempty" example:"GHSA-jfh8-c2jp-5v3q" doc:"The record it stands in."`
	Feed     string `json:"feed" example:"ghsa" doc:"By which it came here."`
}

// ByOf maps the domain's.
func ByOf(b intel.By) By { return By(b) }

// Dated is a fact with who says it and since when.
type Dated struct {
	Value string     `json:"value"`
	By    By         `json:"by"`
	Since *time.Time `json:"since,omitempty"`
}

// DatedOf maps the domain's.
func DatedOf(d intel.Dated) Dated { return Dated{d.Value, ByOf(d.By), d.Since} }

// StatusFact is what a source says of a vulnerability's standing or of its record.
type StatusFact struct {
	Status string     `json:"status" enum:"rejected,withdrawn,disputed,unsupported,hosted_service,deferred,unscheduled,awaiting_analysis"`
	Words  string     `json:"words" example:"Deferred" doc:"The source's own."`
	By     By         `json:"by"`
	Since  *time.Time `json:"since,omitempty"`
}

// Threat is what is known of attacks by way of a vulnerability, and of the standing of what is said of it.
type Threat struct {
	Exploitation    []Dated       `json:"exploitation" doc:"active, poc or none; the strongest source first. Empty: nobody says."`
	Automatable     *Dated        `json:"automatable,omitempty" doc:"yes or no: whether an attacker can automate the steps to exploitation (SSVC)."`
	TechnicalImpact *Dated        `json:"technical_impact,omitempty" doc:"partial or total (SSVC)."`
	Status          []StatusFact  `json:"status" doc:"Rejected, withdrawn, disputed, deferred ... each with who says so."`
	Reports         []ReportBrief `json:"reports" doc:"Threat reports that lead to it, the newest first; bounded in number."`
}

// ThreatOf maps the domain's.
func ThreatOf(p intel.VulnerabilityPage) Threat {
	return Threat{
		Exploitation: Slice(p.Merged.Exploitation, DatedOf), Automatable: dated(p.Merged.Automatable),
		TechnicalImpact: dated(p.Merged.TechnicalImpact), Reports: Slice(p.Reports, ReportBriefOf),
		Status: Slice(p.Merged.Status, func(f intel.StatusFact) StatusFact {
			return StatusFact{f.Status, f.Words, ByOf(f.By), f.Since}
		}),
	}
}

func dated(d *intel.Dated) *Dated {
	if d == nil {
		return nil
	}
	out := DatedOf(*d)
	return &out
}

// ReportBrief is a threat report in a list.
type ReportBrief struct {
	ID              int64     `json:"id"`
	Feed            string    `json:"feed" example:"otx"`
	ReportID        string    `json:"report_id" doc:"The feed's."`
	Name            string    `json:"name"`
	Author          string    `json:"author"`
	Adversary       string    `json:"adversary" doc:"As the report names it; empty where it does not."`
	TLP             string    `json:"tlp" example:"green" doc:"The author's marking (FIRST Traffic Light Protocol); empty where there is none."`
	DoNotShare      bool      `json:"do_not_share" doc:"Amber, red, or a marking that is not known: not for anyone outside."`
	Tags            []string  `json:"tags"`
	MalwareFamilies []string  `json:"malware_families"`
	Techniques      []string  `json:"techniques" example:"[\"T1190\"]" doc:"MITRE ATT&CK."`
	At              time.Time `json:"at" doc:"Last change, as far as the report says."`
	TouchesUs       bool      `json:"touches_us" doc:"Names a CVE that a component matches, something that an SBOM names, or a technique of interest."`
	Full            bool      `json:"full" doc:"Its indicators are held; of others only how many there were."`
	Partial         bool      `json:"partial" doc:"The feed could not hand over all of its indicators."`
	Indicators      int       `json:"indicators"`
	Vulnerabilities int       `json:"vulnerabilities" doc:"Those it leads to."`
	Held            int       `json:"held" doc:"Of these, those that a component matches, for certain or possibly."`
}

// ReportBriefOf maps the domain's.
func ReportBriefOf(b intel.ReportBrief) ReportBrief {
	return ReportBrief{
		ID: b.Row, Feed: b.Feed, ReportID: b.ID, Name: b.Name, Author: b.Author, Adversary: b.Adversary, TLP: b.TLP,
		DoNotShare: !intel.MayShare(b.TLP), Tags: Strings(b.Tags), MalwareFamilies: Strings(b.MalwareFamilies),
		Techniques: Strings(b.AttackIDs), At: b.StoodAt, TouchesUs: b.Touches, Full: b.Full, Partial: b.Partial,
		Indicators: b.Indicators, Vulnerabilities: b.CVEs, Held: b.HeldCVEs,
	}
}
