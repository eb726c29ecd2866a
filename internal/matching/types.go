package matching

import (
	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// Version is stored with every match. Raise it when a rule changes; a re-match then reports what it would change.
const Version = 3

// Component is what the matcher needs of a component.
type Component struct {
	ID       int64 // components.id; 0 when nothing is stored (scan)
	Identity ident.Identity
	CPEs     []string // as written
}

// Candidate is an affected entry that bears the component's package name, with what is needed of its advisory.
type Candidate = intel.Candidate

// Confidence of a match.
type Confidence string

// Confirmed matches are findings; possible ones are listed to check, with the reason, and never counted; contradicted ones are
// evidence only.
const (
	Confirmed    Confidence = "confirmed"
	Possible     Confidence = "possible"
	Contradicted Confidence = "contradicted"
)

// Match says that an advisory reaches a component.
type Match struct {
	Component  int64
	Candidate  Candidate
	Confidence Confidence
	// Reason says why a possible match is not confirmed, as one of the rules below; empty for confirmed ones.
	Reason       string
	Evidence     Evidence
	FixedVersion string // smallest fixed version above the component's that this advisory names and does not reach; empty: none
}

// Evidence explains a match, or why there is none, down to the comparison made.
type Evidence struct {
	Advisory  string `json:"advisory"`
	Ecosystem string `json:"ecosystem"` // "Debian:12"
	Package   string `json:"package"`   // as the advisory writes it
	Version   string `json:"version"`   // the component's version as compared
	// Place in the record: "affected[0].ranges[1]" or "affected[0].versions".
	Place string `json:"place"`
	// Range in the usual notation: ">= 2.0.0, < 2.17.1"; or the list entry.
	Range string `json:"range"`
	// Rule is one of the Rule words.
	Rule string `json:"rule"`
	// Words is the whole comparison as one sentence for a reader.
	Words string `json:"words"`
}

// The rules that decide. The first three confirm; the next make a match possible; the rest say why there is none.
const (
	RuleInRange = "in_range"
	RuleListed  = "listed"
	RuleCPE     = "cpe" // a CPE of the component is one that the record names as vulnerable

	RuleLastKnown       = "last_known_affected" // above the last version known to be affected, and no fix is named
	RuleEpochMissing    = "epoch_missing"       // an RPM without its epoch, where only the epoch decides
	RulePseudoVersion   = "pseudo_version"      // a Go commit that no tag of the fixed line precedes
	RuleBadBound        = "unreadable_bound"    // the record names a version that the order cannot read
	RuleModuleStream    = "module_stream"       // both modular, of streams that may differ
	RulePlatform        = "platform_not_seen"   // the record wants another product beside the component, and none is seen
	RuleUnstated        = "cpe_unstated"        // the record asks for an attribute that the component's CPE leaves open
	RuleDistroBuild     = "distribution_build"  // CPE versions are upstream's, the package is a distribution's build
	RuleBesideEcosystem = "beside_ecosystem"    // only a CPE leads to it, of a package whose ecosystem has advisories of its own
	// and ident's Uncertain words: release_unknown, release_from_version, rebuild, floating_version

	RuleNotInRange   = "not_in_range"
	RuleOtherRelease = "other_release"
	RuleOtherModule  = "other_module" // one side is a modular RPM, the other is not
	RuleWithdrawn    = "withdrawn"
	RuleGitOnly      = "git_only"
	RuleUnreadable   = "unreadable_version"
	RuleNoVersion    = "version_unknown"
	RuleOtherPackage = "other_package"
	RuleContradicted = "contradicted"     // by CPE, but the ecosystem's advisory says that this version is not affected
	RuleRefuted      = "platform_refuted" // by CPE, but what the record wants beside the component is there in another version
)
