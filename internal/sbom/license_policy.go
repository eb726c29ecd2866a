package sbom

import (
	"fmt"
	"strings"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// LicenseOutcome is what a policy makes of the licences of a component.
type LicenseOutcome string

// The outcomes. Review means that a person has to read: what is stated is no SPDX expression, or nothing is stated.
const (
	LicenseFine      LicenseOutcome = "none"
	LicenseReview    LicenseOutcome = "needs_review"
	LicenseViolation LicenseOutcome = "violation"
)

// rank orders outcomes: AND is the worst of its parts, OR the best.
func (o LicenseOutcome) rank() int {
	switch o {
	case LicenseViolation:
		return 2
	case LicenseReview:
		return 1
	}
	return 0
}

// LicensePolicy is a set of forbidden licences.
type LicensePolicy struct{ forbidden map[license]bool }

// NewLicensePolicy takes licences by id, each by itself or with an exception ("GPL-2.0-only WITH Classpath-exception-2.0"). Anything
// else is Invalid, with the place in the list.
func NewLicensePolicy(forbidden []string) (LicensePolicy, error) {
	p := LicensePolicy{forbidden: make(map[license]bool, len(forbidden))}
	var faults []problem.Fault
	for i, s := range forbidden {
		t, ok := parseLicense(s)
		if !ok || len(t.parts) > 0 {
			faults = append(faults, problem.Fault{
				Path: fmt.Sprintf("query.forbid[%d]", i), Code: "license",
				Message: fmt.Sprintf("%q is not one SPDX licence; name each by its id, such as GPL-3.0-only", shorten(s)),
			})
			continue
		}
		p.forbidden[t.license] = true
	}
	if len(faults) > 0 {
		return LicensePolicy{}, problem.New(problem.Invalid, "The list of forbidden licences cannot be read.").With(faults...)
	}
	return p, nil
}

// LicenseVerdict is an outcome with the texts that led to it.
type LicenseVerdict struct {
	Outcome LicenseOutcome
	// Because names the forbidden licences that bind, or the texts that a person has to read.
	Because []string
}

// Judge says what the policy makes of a component's licences. Entries of one list all apply. In an expression AND binds both
// sides, OR leaves the choice to the consumer, and WITH makes another licence of it: a forbidden licence forbids its
// variants with an exception only where the policy names them. "X+" is X or later, which forbidding X forbids too; the "-only"
// and "-or-later" licences of the GNU family are different ones.
func (p LicensePolicy) Judge(licenses []string) LicenseVerdict {
	worst := LicenseVerdict{Outcome: LicenseFine}
	stated := false
	for _, s := range licenses {
		s = strings.TrimSpace(s)
		if s == "" {
			continue
		}
		stated = true
		v := LicenseVerdict{Outcome: LicenseReview, Because: []string{s}}
		if t, ok := parseLicense(s); ok {
			v = p.judge(t)
		}
		worst = worse(worst, v)
	}
	if !stated {
		return LicenseVerdict{Outcome: LicenseReview, Because: []string{"no licence is stated"}}
	}
	return worst
}

func (p LicensePolicy) judge(t licenseTree) LicenseVerdict {
	if len(t.parts) == 0 {
		return p.judgeOne(t.license)
	}
	v := p.judge(t.parts[0])
	for _, part := range t.parts[1:] {
		next := p.judge(part)
		switch {
		case t.all:
			v = worse(v, next)
		case next.Outcome.rank() < v.Outcome.rank():
			v = next
		case next.Outcome == v.Outcome:
			v.Because = append(v.Because, next.Because...)
		}
	}
	return v
}

func (p LicensePolicy) judgeOne(l license) LicenseVerdict {
	if p.forbidden[l] || p.forbidden[license(strings.TrimSuffix(string(l), "+"))] {
		return LicenseVerdict{LicenseViolation, []string{l.String()}}
	}
	if isLicenseRef(string(l)) {
		// The text behind the reference is the document's own: nobody but a reader knows what it says.
		return LicenseVerdict{LicenseReview, []string{string(l)}}
	}
	return LicenseVerdict{Outcome: LicenseFine}
}

// worse is the worse of two verdicts; of two alike both reasons.
func worse(a, b LicenseVerdict) LicenseVerdict {
	switch {
	case b.Outcome.rank() > a.Outcome.rank():
		return b
	case a.Outcome == b.Outcome && b.Because != nil:
		a.Because = append(append([]string(nil), a.Because...), b.Because...)
	}
	return a
}

// String is the licence as the list writes it.
func (l license) String() string {
	id, exception, found := strings.Cut(string(l), " with ")
	base, later := strings.CutSuffix(id, "+")
	if proper, ok := licenseIDs[base]; ok {
		id = proper
		if later {
			id += "+"
		}
	}
	if found {
		return id + " WITH " + exception
	}
	return id
}
