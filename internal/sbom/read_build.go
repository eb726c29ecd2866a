package sbom

import (
	"fmt"
	"math"

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
	target int32 // ordinal, Root or one of the ref constants
	count  int32 // components that carry it
	place  int32 // of the first use, for formatPlace
	used   bool
}

// builder gathers a document in whatever order its parts come and resolves them at the end. The readers of all formats
// fill one of these.
type builder struct {
	lim  Limits
	doc  *Document
	refs []refState
	byID map[string]refID
	// parts hold the components while they are read: a list that grew would be copied over and over.
	parts [][]Component
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
	place    int32
}

// hint is what a document says of a component beside its coordinates.
type hint struct {
	sourceName, sourceVersion, sourceRelease, sourceEpoch string
	epoch, distro, module                                 string
}

// distroHint is an operating-system component: the release that packages of its image belong to.
type distroHint struct {
	ordinal int // Root for the subject
	distro  string
}

// partSize is the number of components in one part.
const partSize = 1024

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
	if most := faultsPerWarning * b.lim.MaxWarnings; b.doc.WarningCount > most {
		b.overflow("faults", most)
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
	if b.size() >= b.lim.MaxComponents {
		return 0, problem.New(problem.TooLarge, "The document names more than %d components.", b.lim.MaxComponents).
			With(problem.Fault{Path: c.Path, Code: "too_many_components", Message: "this one is over the limit"})
	}
	c.Type, c.Supplier, c.Scope = b.intern(c.Type), b.intern(c.Supplier), b.intern(c.Scope)
	for i, l := range c.Licenses {
		c.Licenses[i] = b.intern(l)
	}
	last := len(b.parts) - 1
	if last < 0 || len(b.parts[last]) == partSize {
		b.parts = append(b.parts, make([]Component, 0, b.partCap()))
		last++
	}
	if p := b.parts[last]; len(p) == cap(p) { // only the first part starts short
		b.parts[last] = append(make([]Component, 0, partSize), p...)
	}
	b.parts[last] = append(b.parts[last], c)
	return b.size() - 1, nil
}

// partCap is the room of the next part: the first starts small.
func (b *builder) partCap() int {
	if len(b.parts) == 0 {
		return 16
	}
	return partSize
}

// size is the number of components so far.
func (b *builder) size() int {
	if n := len(b.parts); n > 0 {
		return (n-1)*partSize + len(b.parts[n-1])
	}
	return len(b.doc.Components)
}

// at is the component of an ordinal.
func (b *builder) at(n int) *Component {
	if b.parts == nil {
		return &b.doc.Components[n]
	}
	return &b.parts[n/partSize][n%partSize]
}

// unadd takes the component that was added last back.
func (b *builder) unadd() {
	last := len(b.parts) - 1
	b.parts[last] = b.parts[last][:len(b.parts[last])-1]
	if len(b.parts[last]) == 0 {
		b.parts = b.parts[:last]
	}
}

// gather makes one list of the parts, once all components are read.
func (b *builder) gather() {
	if b.parts == nil {
		return
	}
	all := make([]Component, 0, b.size())
	for i := range b.parts {
		all = append(all, b.parts[i]...)
		b.parts[i] = nil
	}
	b.parts, b.doc.Components = nil, all
}

// ref numbers a reference. After an overflow, which finish reports, it gives 0.
func (b *builder) ref(name string) refID {
	if len(b.refs) == 0 { // 0 is for references after an overflow
		b.refs = append(b.refs, refState{target: refOther})
	}
	if id, ok := b.byID[name]; ok {
		return id
	}
	if len(b.refs) >= refsPerPackage*b.lim.MaxComponents {
		b.overflow("references", refsPerPackage*b.lim.MaxComponents)
		return 0
	}
	id := refID(len(b.refs))
	b.refs = append(b.refs, refState{name: name, target: refUnknown})
	b.byID[name] = id
	return id
}

// overflow gives the document up: it holds more than n of something.
func (b *builder) overflow(what string, n int) {
	if b.err == nil {
		b.err = problem.New(problem.TooLarge, "The document holds more than %d %s.", n, what).
			With(problem.Fault{Path: "/", Code: "too_many_" + what, Message: "the document was given up"})
	}
}

// bind says what a reference stands for. A second component under the same reference makes it ambiguous: no edge is
// then guessed.
func (b *builder) bind(name string, ordinal int) {
	if name == "" {
		return
	}
	target := int32(ordinal)
	s := &b.refs[b.ref(name)]
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
		b.overflow("edges", edgesPerPackage*b.lim.MaxComponents)
	}
	e := refEdge{from: b.ref(from), to: b.ref(to), place: int32(place)}
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
		s.used, s.place = true, int32(place)
	}
}
