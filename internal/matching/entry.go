package matching

import (
	"fmt"
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
)

// entry is a candidate made ready to be asked for many versions.
type entry struct {
	cand      Candidate
	ranges    []compiledRange
	listed    map[string]bool
	list      []ident.Version // the readable ones of the list
	epoch     string          // the largest RPM epoch that the record's bounds carry
	module    bool            // the bounds are those of a modular RPM
	bounds    bool            // an RPM entry with bounds that show whether it is modular
	streams   []stream        // the module streams that the advisory names
	tag       string          // the release that the module build of the bounds was made for: "el8.4.0"
	tags      map[string]bool // those of all entries of the advisory and package
	pro       string          // the Ubuntu release whose paid updates the entry is about; empty: it is about a release itself
	proToo    bool            // the advisory has an entry of the same package for the paid updates of this entry's release
	baseToo   bool            // the advisory has an entry of the same package for the release itself
	lastKnown compiledRange
	hasLast   bool
}

func compile(c Candidate) *entry {
	a := &c.Affected
	e := &entry{cand: c, listed: make(map[string]bool, len(a.Versions))}
	for _, r := range a.Ranges {
		e.ranges = append(e.ranges, compileRange(a.Package.Ecosystem, r))
	}
	for _, v := range a.Versions {
		e.listed[v] = true
		if len(a.Ranges) > 0 {
			continue
		}
		if read, err := ident.ParseVersion(a.Package.Ecosystem, v); err == nil {
			e.list = append(e.list, read)
		}
	}
	if ident.UsesRPM(a.Package.Ecosystem) {
		e.readRPM()
		if e.module {
			e.streams = streamsOf(c.Title)
		}
	}
	if a.Package.Ecosystem == ident.Ubuntu {
		e.pro = paidRelease(a.Package.Release)
	}
	if a.LastKnownAffected != "" {
		if r, ok := parseConstraint(a.LastKnownAffected); ok {
			e.lastKnown, e.hasLast = compileRange(a.Package.Ecosystem, r), true
		}
	}
	return e
}

// readRPM notes what only RPMs have: epochs, and the mark that a module build leaves in the release.
func (e *entry) readRPM() {
	for _, r := range e.ranges {
		for _, ev := range r.events {
			if epoch, _, found := strings.Cut(ev.text, ":"); found && epoch > e.epoch && epoch != "0" {
				e.epoch = epoch
			}
			e.module = e.module || isModular(ev.text)
			e.bounds = e.bounds || ev.text != "0"
			if tag := moduleTag(ev.text); tag != "" {
				e.tag = tag
			}
		}
	}
}

func isModular(version string) bool {
	return strings.Contains(version, ".module+") || strings.Contains(version, ".module_") || strings.Contains(version, "+module")
}

// verdict is what one entry says of one version.
type verdict struct {
	confidence Confidence // empty: none
	rule       string
	place      string
	rng        string
	words      string
}

func (e *entry) ecosystem() string {
	p := e.cand.Affected.Package
	if p.Release == "" {
		return p.Ecosystem
	}
	return p.Ecosystem + ":" + p.Release
}

func (e *entry) place(part string, args ...any) string {
	return fmt.Sprintf("affected[%d].", e.cand.Affected.Ordinal) + fmt.Sprintf(part, args...)
}

// subject is a component's version, read once.
type subject struct {
	id     ident.Identity
	v      ident.Version
	unread bool // the order cannot read it: only a literal list entry can speak of it
	silent bool // the answer alone is wanted: most entries of a package reach no given version, and words cost more than answers
}

func (s subject) say(format string, args ...any) string {
	if s.silent {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

func newSubject(id ident.Identity) subject {
	v, err := ident.ParseVersion(id.Package.Ecosystem, id.Version)
	return subject{id: id, v: v, unread: err != nil}
}

// ask evaluates the entry for a subject: release first, then ranges, then list.
func (e *entry) ask(s subject) verdict {
	if e.cand.Withdrawn {
		return verdict{rule: RuleWithdrawn, words: s.say("%s was withdrawn by its source and reaches nothing.", e.cand.AdvisoryID)}
	}
	if s.id.Version == "" {
		return verdict{rule: RuleNoVersion, words: "The component has no version, so there is nothing to compare."}
	}
	if !e.ofRelease(s) {
		return verdict{rule: RuleOtherRelease, words: e.otherRelease(s)}
	}
	if e.bounds && e.module != isModular(s.id.Version) {
		return verdict{rule: RuleOtherModule, words: "One side is a build of a module stream and the other is not, so they are different builds."}
	}
	if tag := moduleTag(s.id.Version); tag != e.tag && e.tags[tag] {
		return verdict{rule: RuleOtherModule, words: s.say("%s has another entry for builds of %s.", e.cand.AdvisoryID, tag)}
	}
	// A range says more to a reader than a list entry; but what a list names is affected whatever the ranges say.
	v := e.askRanges(s)
	if v.confidence != Confirmed {
		if listed := e.askList(s); listed.confidence != "" {
			if v.rule == RuleNotInRange && len(e.ranges) > 0 {
				listed.words += s.say(" Its ranges (%s) contradict the list and do not hold this version; the list decides.", v.rng)
			}
			v = listed
		}
	}
	if v.confidence == Confirmed && e.pro != "" && e.pro == s.id.Package.Release && !s.silent {
		v.words += e.proWords(s)
	}
	if v.confidence == Confirmed && s.id.Uncertain != "" {
		v.confidence, v.rule = Possible, s.id.Uncertain
		v.words += uncertainWords(s.id)
	}
	return v
}

func uncertainWords(id ident.Identity) string {
	switch id.Uncertain {
	case ident.UncertainRelease:
		return " But the document does not say which release of the distribution this is, and each has fixes of its own."
	case ident.UncertainGuessed:
		return " But the distribution's release was only read from the version."
	case ident.UncertainRebuild:
		return " But the package is a rebuild, whose fixes may come at other versions."
	case ident.UncertainFloating:
		return " But this version is a name that moves."
	}
	return " But the component's identity is uncertain: " + id.Uncertain + "."
}

func (e *entry) askList(s subject) verdict {
	text := s.id.Version
	hit := e.listed[text]
	if !hit && !s.unread {
		for _, v := range e.list {
			if v.Compare(s.v) == 0 {
				hit, text = true, v.String()
				break
			}
		}
	}
	if !hit {
		return verdict{}
	}
	return verdict{
		confidence: Confirmed, rule: RuleListed, place: e.place("versions"), rng: "= " + text,
		words: s.say("%s lists version %s of %s among the affected ones.", e.cand.AdvisoryID, text, e.cand.Affected.Name),
	}
}

func (e *entry) askRanges(s subject) verdict {
	if s.unread {
		return verdict{rule: RuleUnreadable, words: s.say("The order of %s cannot read version %q.", s.id.Package.Ecosystem, s.id.Version)}
	}
	if len(e.ranges) == 0 {
		if e.cand.Affected.GitOnly {
			return verdict{rule: RuleGitOnly, words: "The entry names commits only, which a package version cannot be compared with."}
		}
		return verdict{rule: RuleNotInRange, place: e.place("versions"), words: s.say("Version %s is not among the versions that %s lists.", s.id.Version, e.cand.AdvisoryID)}
	}
	var denied verdict
	for i, r := range e.ranges {
		w, in := r.holds(s.v)
		if !in {
			continue
		}
		v := e.doubt(s, r, w, verdict{
			confidence: Confirmed, rule: RuleInRange, place: e.place("ranges[%d]", i), rng: w.String(), words: e.inWords(s, w),
		})
		if v.confidence != "" {
			return v
		}
		denied = v
	}
	if denied.rule != "" {
		return denied
	}
	if s.silent {
		return verdict{rule: RuleNotInRange}
	}
	whole := make([]string, len(e.ranges))
	for i, r := range e.ranges {
		whole[i] = r.String()
	}
	text := strings.Join(whole, " or ")
	return verdict{
		rule: RuleNotInRange, place: e.place("ranges"), rng: text,
		words: fmt.Sprintf("Version %s lies outside the range %s that %s gives for %s%s.",
			s.id.Version, text, e.cand.AdvisoryID, e.cand.Affected.Name, orderWords(s.id.Package.Ecosystem)),
	}
}

// inWords says why a version lies in a window; never "fixed in" a version that is only the last known to be affected.
func (e *entry) inWords(s subject, w window) string {
	if s.silent {
		return ""
	}
	name, id := e.cand.Affected.Name, e.cand.AdvisoryID
	switch {
	case w.String() == "all versions":
		return fmt.Sprintf("%s says that every version of %s is affected, and names no fix.", id, name)
	case w.closed && w.to.kind == lastAffected:
		return fmt.Sprintf("Version %s lies in the range %s that %s gives for %s%s: last known affected %s, no fixed version named.",
			s.id.Version, w, id, name, orderWords(s.id.Package.Ecosystem), w.to.text)
	case !w.closed:
		return fmt.Sprintf("Version %s lies in the range %s that %s gives for %s%s, and no fix is named.",
			s.id.Version, w, id, name, orderWords(s.id.Package.Ecosystem))
	}
	return fmt.Sprintf("Version %s lies in the range %s that %s gives for %s%s.", s.id.Version, w, id, name, orderWords(s.id.Package.Ecosystem))
}

func orderWords(ecosystem string) string {
	if o := ident.Order(ecosystem); o != "" {
		return ", in " + o
	}
	return ""
}
