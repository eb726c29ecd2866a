package matching

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// doubt lowers a hit to possible where order alone says "affected" and experience says that it often is not
// (docs/decisions/0004).
func (e *entry) doubt(s subject, r compiledRange, w window, v verdict) verdict {
	lower := func(rule, words string) verdict {
		v.confidence, v.rule = Possible, rule
		v.words += " But " + words
		return v
	}
	if e.hasLast && !w.closed {
		if _, in := e.lastKnown.holds(s.v); !in {
			return lower(RuleLastKnown, fmt.Sprintf("no fix is named, and the last versions known to be affected are %s.", e.cand.Affected.LastKnownAffected))
		}
	}
	if s.id.EpochMissing && e.epoch != "" {
		with := s.id
		with.Version = e.epoch + ":" + strings.TrimPrefix(s.id.Version, "0:")
		if again := newSubject(with); !again.unread {
			if _, in := r.holds(again.v); !in {
				return lower(RuleEpochMissing, fmt.Sprintf("the component's epoch is missing on our side; with the advisory's epoch %s it would not be affected.", e.epoch))
			}
		}
	}
	if e.module && w.closed {
		switch e.compareStreams(s, w.to.text) {
		case mayDiffer:
			return lower(RuleModuleStream, "both are builds of module streams, and these may be different streams.")
		case differ:
			return verdict{rule: RuleOtherModule, place: v.place, rng: v.rng, words: s.say(
				"Version %s lies in the range %s, but %s is for the module stream %s and the component is of another one%s.",
				s.id.Version, v.rng, e.cand.AdvisoryID, joinStreams(e.streams), labelWords(s.id.Module))}
		}
	}
	if s.id.Package.Ecosystem == ident.Go && w.closed && w.to.kind == fixed {
		if base, pseudo := ident.PseudoVersion(s.id.Version); pseudo && !sameLine(cmp.Or(base, s.id.Version), w.to.text) {
			return lower(RulePseudoVersion, fmt.Sprintf("it is a commit that no tag of the line of %s precedes, and such a commit often holds the fix.", w.to.text))
		}
	}
	if len(r.unreadable) > 0 {
		return lower(RuleBadBound, fmt.Sprintf("the record also names %q, which the version order cannot read.", r.unreadable[0]))
	}
	return v
}

func joinStreams(list []stream) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = s.String()
	}
	return strings.Join(words, " and ")
}

func labelWords(label string) string {
	if label == "" {
		return ""
	}
	return " (" + label + ")"
}

// sameLine says whether a pseudo-version's tag (itself, where no tag precedes it: v3.0.0-time-commit) and a fixed version are of one major version, so that commits
// of the line come before the fix. A fix that is itself a pseudo-version orders by commit time, which is safe.
func sameLine(base, bound string) bool {
	if _, pseudo := ident.PseudoVersion(bound); pseudo {
		return true
	}
	return major(base) == major(strings.TrimPrefix(bound, "v"))
}

func major(version string) string {
	head, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	return head
}

// parseConstraint reads GitHub's range notation (">= 4.3.0, < 4.3.5", "<= 29.0", "= 0.2.0"; commas join) as a range.
// "> a" is not exact as an event, so the version itself stays inside; that errs on the side of showing.
func parseConstraint(s string) (intel.Range, bool) {
	r := intel.Range{Type: "ECOSYSTEM"}
	lower := "0"
	var upper intel.Event
	for _, part := range strings.Split(s, ",") {
		part = strings.TrimSpace(part)
		op := strings.TrimSpace(part[:len(part)-len(strings.TrimLeft(part, "<>= "))])
		version := strings.TrimLeft(part, "<>= ")
		if version == "" {
			return r, false
		}
		switch op {
		case ">=", ">":
			lower = version
		case "<":
			upper = intel.Event{Fixed: version}
		case "<=":
			upper = intel.Event{LastAffected: version}
		case "=", "":
			lower, upper = version, intel.Event{LastAffected: version}
		default:
			return r, false
		}
	}
	r.Events = append(r.Events, intel.Event{Introduced: lower})
	if upper != (intel.Event{}) {
		r.Events = append(r.Events, upper)
	}
	return r, true
}
