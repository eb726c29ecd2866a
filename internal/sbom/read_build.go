package sbom

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// What a reference may stand for besides the ordinal of a component.
const (
	refUnknown   = math.MinInt32     // not met, as yet
	refAmbiguous = math.MinInt32 + 1 // two components carry it
	refOther     = math.MinInt32 + 2 // a file, a service, a snippet, the document: met, and no component
)

// refID numbers the distinct reference strings of a document.
type refID int32

// refState is what is known of one reference.
type refState struct {
	name   string
	target int // ordinal, Root or one of the ref constants
	count  int // components that carry it
	place  int // of the first use, for fmtPlace
	used   bool
}

// builder gathers a document in whatever order its parts come and resolves them at the end. The readers of all formats
// fill one of these.
type builder struct {
	lim  Limits
	doc  *Document
	refs []refState
	byID map[string]refID
	// edges as written, From depends on To; resolved by finish.
	edges []refEdge
	extra map[int]hint // by ordinal

	distros   []distroHint
	strings   map[string]string
	firm      int // warnings that strict mode refuses for
	firmFault []problem.Fault
	err       error
}

// refEdge is an edge between references. place says where it was written: dependency index and item, or a line.
type refEdge struct {
	from, to refID
	place    int
}

// hint is what a document says of a component beside its coordinates.
type hint struct {
	sourceName, sourceVersion, sourceRelease, sourceEpoch string
	epoch, distro                                         string
}

// distroHint is an operating-system component: the release that packages of its image belong to.
type distroHint struct {
	ordinal int // Root for the subject
	distro  string
}

func newBuilder(lim Limits) *builder {
	return &builder{
		lim: lim, doc: &Document{}, byID: make(map[string]refID), extra: make(map[int]hint),
		strings: make(map[string]string),
	}
}

// notes are warnings that tell rather than blame: strict mode lets them pass.
var notes = map[string]bool{"external_reference": true, "other_content": true}

// warn records what was wrong and could be lived with.
func (b *builder) warn(path, code, format string, args ...any) {
	b.doc.WarningCount++
	note := notes[code]
	if !note {
		b.firm++
	}
	if len(b.doc.Warnings) >= b.lim.MaxWarnings {
		return
	}
	f := problem.Fault{Path: path, Code: code, Message: fmt.Sprintf(format, args...)}
	b.doc.Warnings = append(b.doc.Warnings, f)
	if !note {
		b.firmFault = append(b.firmFault, f)
	}
}

// intern keeps one copy of text that repeats across components.
func (b *builder) intern(s string) string {
	if t, ok := b.strings[s]; ok {
		return t
	}
	if len(b.strings) < 1<<14 && len(s) <= 128 {
		b.strings[s] = s
	}
	return s
}

// add appends a component and gives its ordinal.
func (b *builder) add(c Component) (int, error) {
	if len(b.doc.Components) >= b.lim.MaxComponents {
		return 0, problem.New(problem.TooLarge, "The document names more than %d components.", b.lim.MaxComponents).
			With(problem.Fault{Path: c.Path, Code: "too_many_components", Message: "this one is over the limit"})
	}
	c.Type, c.Supplier, c.Scope = b.intern(c.Type), b.intern(c.Supplier), b.intern(c.Scope)
	for i, l := range c.Licenses {
		c.Licenses[i] = b.intern(l)
	}
	b.doc.Components = append(b.doc.Components, c)
	return len(b.doc.Components) - 1, nil
}

// ref numbers a reference. After an overflow, which finish reports, it gives 0.
func (b *builder) ref(name string) refID {
	if id, ok := b.byID[name]; ok {
		return id
	}
	if len(b.refs) >= edgesPerPackage*b.lim.MaxComponents {
		b.overflow("references")
		return 0
	}
	id := refID(len(b.refs))
	b.refs = append(b.refs, refState{name: name, target: refUnknown})
	b.byID[name] = id
	return id
}

func (b *builder) overflow(what string) {
	if b.err == nil {
		n := edgesPerPackage * b.lim.MaxComponents
		b.err = problem.New(problem.TooLarge, "The document holds more than %d %s.", n, what).
			With(problem.Fault{Path: "/", Code: "too_many_" + what, Message: "the document was given up"})
	}
}

// bind says what a reference stands for. A second component under the same reference makes it ambiguous: no edge is
// then guessed.
func (b *builder) bind(name string, target int) {
	if name == "" {
		return
	}
	s := &b.refs[b.ref(name)]
	if b.err != nil {
		return
	}
	if target >= 0 {
		s.count++
	}
	switch s.target {
	case refUnknown, refOther:
		s.target = target
	case Root: // the subject listed again among its parts
	default:
		if target >= 0 && s.target != target {
			s.target = refAmbiguous
		}
	}
}

// edge records that from depends on to. place is kept for the warning about a reference that leads nowhere.
func (b *builder) edge(from, to string, place int) error {
	if len(b.edges) >= edgesPerPackage*b.lim.MaxComponents {
		b.overflow("edges")
	}
	e := refEdge{from: b.ref(from), to: b.ref(to), place: place}
	if b.err != nil {
		return b.err
	}
	b.use(e.from, place)
	b.use(e.to, place)
	b.edges = append(b.edges, e)
	return nil
}

func (b *builder) use(id refID, place int) {
	if s := &b.refs[id]; !s.used {
		s.used, s.place = true, place
	}
}

// resolve turns reference edges into edges between ordinals, warning once for each reference that does not resolve.
func (b *builder) resolve(formatPlace func(place int) string) {
	b.matchEscaped()
	for i := range b.refs {
		s := &b.refs[i]
		switch {
		case s.count > 1:
			b.warn(b.firstCarrier(s.name), "duplicate_ref", "%d components carry the reference %q; no dependency is guessed between them",
				s.count, shorten(s.name))
		case s.target == refUnknown && s.used:
			b.warn(formatPlace(s.place), "dangling_ref", "the reference %q leads to nothing in this document", shorten(s.name))
		}
	}
	edges := append(make([]Edge, 0, len(b.edges)+len(b.doc.Edges)), b.doc.Edges...)
	for _, e := range b.edges {
		from, to := b.refs[e.from].target, b.refs[e.to].target
		if from >= Root && to >= 0 && from != to {
			edges = append(edges, Edge{From: from, To: to})
		}
	}
	slices.SortFunc(edges, func(x, y Edge) int {
		if x.From != y.From {
			return x.From - y.From
		}
		return x.To - y.To
	})
	b.doc.Edges = slices.Clip(slices.Compact(edges))
	b.edges = nil
}

// matchEscaped resolves references that differ from their component's only by percent signs: cdxgen has written
// "pkg:npm/%40scope/a@1" in one place and "pkg:npm/@scope/a@1" in the other.
func (b *builder) matchEscaped() {
	plain := make(map[string]int)
	for i := range b.refs {
		if s := &b.refs[i]; s.target >= Root && strings.Contains(s.name, "%") {
			if name, err := url.PathUnescape(s.name); err == nil {
				plain[name] = s.target
			}
		}
	}
	for i := range b.refs {
		s := &b.refs[i]
		if s.target != refUnknown || !s.used {
			continue
		}
		if target, ok := plain[s.name]; ok {
			s.target = target
		}
	}
}

// drop takes a component out of the list and moves the ordinals behind it.
func (b *builder) drop(n int) {
	b.doc.Components = slices.Delete(b.doc.Components, n, n+1)
	moved := make(map[int]hint, len(b.extra))
	for i, h := range b.extra {
		switch {
		case i > n:
			moved[i-1] = h
		case i < n:
			moved[i] = h
		}
	}
	b.extra = moved
	for i := range b.refs {
		if b.refs[i].target > n {
			b.refs[i].target--
		}
	}
	for i := range b.distros {
		switch d := &b.distros[i]; {
		case d.ordinal == n:
			d.ordinal = Root
		case d.ordinal > n:
			d.ordinal--
		}
	}
}

func (b *builder) firstCarrier(ref string) string {
	for i := range b.doc.Components {
		if r := b.doc.Components[i].Ref; r == ref || b.doc.Format == SPDX && spdxID(r) == ref {
			return b.doc.Components[i].Path
		}
	}
	return "/"
}

// finish completes the document: depth, distribution and identity of each component, and the verdict of strict mode.
func (b *builder) finish() (*Document, error) {
	if b.err != nil {
		return nil, b.err
	}
	d := b.doc
	if b.lim.Strict && b.firm > 0 {
		faults := b.firmFault
		return nil, problem.New(problem.Invalid, "The document has %d faults, and strict reading was asked for.", b.firm).With(faults...)
	}
	setDepths(d)
	distroOf := b.spreadDistros()
	for i := range d.Components {
		c := &d.Components[i]
		h := b.extra[i]
		in := ident.Input{
			PURL: c.PURL, Group: c.Group, Name: c.Name, Version: h.withEpoch(c), CPEs: c.CPEs,
			SourceName: h.sourceName, SourceVersion: h.source(), Distro: h.distro,
		}
		if in.Distro == "" {
			in.Distro = distroOf(i)
		}
		c.Identity = ident.Identify(in)
	}
	return d, nil
}

// withEpoch puts an epoch that stands in a property of its own before the version of an rpm or deb package.
func (h hint) withEpoch(c *Component) string {
	if h.epoch == "" || h.epoch == "0" || c.Version == "" || strings.Contains(c.Version, ":") || strings.Contains(c.PURL, "epoch=") {
		return c.Version
	}
	return h.epoch + ":" + c.Version
}

// source is the source package's version in the distribution's own writing, epoch:version-release.
func (h hint) source() string {
	v := h.sourceVersion
	if v == "" {
		return ""
	}
	if h.sourceRelease != "" && !strings.HasSuffix(v, "-"+h.sourceRelease) {
		v += "-" + h.sourceRelease
	}
	if h.sourceEpoch != "" && h.sourceEpoch != "0" && !strings.Contains(v, ":") {
		v = h.sourceEpoch + ":" + v
	}
	return v
}

// spreadDistros tells which distribution release a component belongs to: the only one of the document, or, when
// several images are merged into it, the one whose operating-system component holds it.
func (b *builder) spreadDistros() func(ordinal int) string {
	one := ""
	for _, d := range b.distros {
		if one != "" && one != d.distro {
			return b.distroByEdges()
		}
		one = d.distro
	}
	return func(int) string { return one }
}

func (b *builder) distroByEdges() func(ordinal int) string {
	os := make(map[int]string, len(b.distros))
	for _, d := range b.distros {
		if d.ordinal >= 0 {
			os[d.ordinal] = d.distro
		}
	}
	by := make(map[int]string)
	give := func(to int, distro string) {
		if old, ok := by[to]; ok && old != distro {
			distro = "" // held by two: not guessed
		}
		by[to] = distro
	}
	for _, e := range b.doc.Edges {
		if d, ok := os[e.From]; ok {
			give(e.To, d)
		}
	}
	for i := range b.doc.Components {
		if d, ok := os[b.doc.Components[i].Parent]; ok {
			give(i, d)
		}
	}
	return func(ordinal int) string { return by[ordinal] }
}
