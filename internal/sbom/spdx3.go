package sbom

import (
	"strconv"
	"strings"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// spdx3Reader reads SPDX 3.0 as JSON-LD: a flat "@graph" of elements that name one another by spdxId. Elements come in
// any order and may also stand where the id of one belongs. What refers forward is kept by id and joined by finish.
type spdx3Reader struct {
	spdxDoc
	w       walker
	context bool // an SPDX 3 context was named
	graph   bool
	started bool // the creation info of the document was taken

	imported    int // elements of other documents
	at          int // index in the graph, for messages
	packages    []spdx3Package
	names       map[string]string // of agents and tools
	expressions map[string]string // of licences
	identifiers map[string][2]string
	licenses    []spdxRel // kind relOn is declared, relOf concluded
	tools       []string
	docName     string
}

// spdx3Package is what a package refers to and may only come later.
type spdx3Package struct {
	ordinal     int
	supplier    string
	identifiers []string
}

// spdx3Element holds the members that any element read here may have.
type spdx3Element struct {
	typ, id, name         string
	from, relation, scope string
	to, roots, agents     []string
	tools                 []string
	created, spec         string
	expression, idType    string
	identifier            string
	pkg                   spdxPackage
	supplier              string
	identifierRefs        []string
}

func newSPDX3Reader(b *builder, w walker) *spdx3Reader {
	s := &spdx3Reader{
		spdxDoc: spdxDoc{b: b}, w: w, names: make(map[string]string), expressions: make(map[string]string),
		identifiers: make(map[string][2]string),
	}
	s.place = func(place int) string { return "/@graph/" + strconv.Itoa(place) }
	return s
}

func (s *spdx3Reader) member(key string) (bool, error) {
	switch key {
	case "@context":
		return true, oneOrMany(s.w, func(int) error {
			if s.w.kind() == kindObject {
				return s.w.skip()
			}
			c, err := s.w.text()
			s.context = s.context || strings.Contains(c, "spdx.org/rdf/3")
			return err
		})
	case "@graph":
		s.graph = true
		return true, s.w.list("", func(i int) error {
			s.at = i
			_, err := s.element()
			return err
		})
	}
	return false, nil
}

func (s *spdx3Reader) isDocument() bool { return s.graph && (s.context || s.version != "") }

// refs reads one id, one element in its place, or a list of either.
func (s *spdx3Reader) refs(limit int) ([]string, error) {
	var out []string
	one := func(int) error {
		var id string
		var err error
		if s.w.kind() == kindObject {
			id, err = s.element()
		} else {
			id, err = s.w.text()
		}
		if id != "" && len(out) < limit {
			out = append(out, id)
		}
		return err
	}
	err := oneOrMany(s.w, one)
	return out, err
}

func (s *spdx3Reader) ref() (string, error) {
	list, err := s.refs(1)
	if len(list) == 0 {
		return "", err
	}
	return list[0], err
}

// element reads one element and gives its id.
func (s *spdx3Reader) element() (string, error) {
	e := spdx3Element{pkg: spdxPackage{Component: Component{Path: s.w.where()}}}
	if err := s.w.object(func(key string) error { return s.elementMember(&e, key) }); err != nil {
		return "", err
	}
	return e.id, s.keep(&e)
}

func (s *spdx3Reader) elementMember(e *spdx3Element, key string) (err error) {
	p := &e.pkg
	switch key {
	case "type", "@type":
		e.typ, err = s.w.text()
	case "spdxId", "@id":
		var id string
		if id, err = s.w.text(); key == "spdxId" || e.id == "" {
			e.id = id
		}
	case "name":
		e.name, err = s.w.text()
	case "from":
		e.from, err = s.ref()
	case "to":
		e.to, err = s.refs(maxTextItems)
	case "relationshipType":
		e.relation, err = s.w.text()
	case "scope":
		e.scope, err = s.w.text()
	case "rootElement":
		e.roots, err = s.refs(maxTextItems)
	case "import":
		err = s.imports()
	case "created":
		e.created, err = s.w.text()
	case "createdUsing":
		e.tools, err = s.refs(maxLicenses)
	case "createdBy", "creationInfo", "element", "dataLicense":
		_, err = s.refs(0)
	case "specVersion":
		e.spec, err = s.w.text()
	case "simplelicensing_licenseExpression":
		e.expression, err = s.w.text()
	case "externalIdentifierType":
		e.idType, err = s.w.text()
	case "identifier":
		e.identifier, err = s.w.text()
	case "externalIdentifier":
		err = s.externalIdentifiers(e)
	case "suppliedBy":
		e.supplier, err = s.ref()
	case "originatedBy":
		e.agents, err = s.refs(1)
	case "software_packageVersion", "packageVersion":
		p.Version, err = s.w.text()
	case "software_packageUrl", "packageUrl":
		p.PURL, err = s.w.text()
	case "software_primaryPurpose":
		p.purpose, err = s.w.text()
	case "software_sourceInfo":
		p.sourceInfo, err = s.w.text()
	case "software_downloadLocation", "software_homePage", "downloadLocation", "homePage":
		var url string
		url, err = s.w.text()
		p.addURL(url)
	case "verifiedUsing":
		err = s.hashes(p)
	}
	return err
}

func (s *spdx3Reader) externalIdentifiers(e *spdx3Element) error {
	return oneOrMany(s.w, func(int) error {
		if s.w.kind() != kindObject {
			id, err := s.w.text()
			if id != "" && len(e.identifierRefs) < maxCPEs {
				e.identifierRefs = append(e.identifierRefs, id)
			}
			return err
		}
		var typ, id string
		err := s.w.object(func(key string) (err error) {
			switch key {
			case "externalIdentifierType":
				typ, err = s.w.text()
			case "identifier":
				id, err = s.w.text()
			}
			return err
		})
		e.pkg.externalRef(typ, id)
		return err
	})
}

// imports notes the elements that are described in other documents (ExternalMap): references to them are no faults.
func (s *spdx3Reader) imports() error {
	return oneOrMany(s.w, func(int) error {
		id, err := member(s.w, "externalSpdxId")
		if err != nil || id == "" {
			return err
		}
		s.imported++
		s.b.bind(spdxID(id), refOther)
		return s.b.err
	})
}

func (s *spdx3Reader) hashes(p *spdxPackage) error {
	return oneOrMany(s.w, func(int) error {
		if s.w.kind() != kindObject {
			return nil
		}
		var alg, sum string
		err := s.w.object(func(key string) (err error) {
			switch key {
			case "algorithm":
				alg, err = s.w.text()
			case "hashValue":
				sum, err = s.w.text()
			}
			return err
		})
		p.checksum(alg, sum)
		return err
	})
}

// keep files an element by its type.
func (s *spdx3Reader) keep(e *spdx3Element) error {
	if len(s.names)+len(s.expressions)+len(s.identifiers) > refsPerPackage*s.b.lim.MaxComponents {
		s.b.overflow("references", refsPerPackage*s.b.lim.MaxComponents)
		return s.b.err
	}
	typ := strings.ToLower(e.typ[strings.LastIndexAny(e.typ, "/:_#")+1:])
	switch {
	case strings.HasSuffix(typ, "package"):
		return s.keepPackage(e, typ)
	case strings.HasSuffix(typ, "relationship"):
		return s.keepRelationship(e)
	case typ == "creationinfo":
		if s.version == "" {
			s.version = e.spec
		}
		if t := parseTime(e.created); !s.started && !t.IsZero() {
			s.started = true
			s.b.doc.Created, s.tools = t, e.tools
		}
		return nil
	case typ == "spdxdocument" || typ == "sbom" || typ == "bom":
		if typ == "spdxdocument" {
			s.docName = e.name
			s.b.doc.SerialNumber = e.id
		}
		for _, id := range e.roots {
			s.describe(s.b.ref(spdxID(id)), s.at)
		}
	case typ == "externalidentifier":
		s.identifiers[e.id] = [2]string{e.idType, e.identifier}
		return nil
	case typ == "licenseexpression":
		s.expressions[e.id] = e.expression
	case typ == "organization" || typ == "person" || typ == "tool" || typ == "softwareagent" || typ == "agent":
		s.names[e.id] = e.name
	case strings.HasSuffix(typ, "license") || strings.HasSuffix(typ, "licenseinfo"):
		s.expressions[e.id] = e.name
	}
	if e.id != "" {
		s.b.bind(spdxID(e.id), refOther)
	}
	return s.b.err
}

func (s *spdx3Reader) keepPackage(e *spdx3Element, typ string) error {
	p := &e.pkg
	p.Ref, p.Name = e.id, e.name
	switch typ {
	case "aipackage":
		p.purpose = "machine-learning-model"
	case "datasetpackage":
		p.purpose = "data"
	}
	n := s.b.size()
	s.anyID = true
	if err := s.addPackage(p); err != nil || s.b.size() == n {
		return err
	}
	more := spdx3Package{ordinal: n, supplier: e.supplier, identifiers: e.identifierRefs}
	if more.supplier == "" && len(e.agents) > 0 {
		more.supplier = e.agents[0]
	}
	if more.supplier != "" || len(more.identifiers) > 0 {
		s.packages = append(s.packages, more)
	}
	return nil
}

func (s *spdx3Reader) keepRelationship(e *spdx3Element) error {
	kind := foldRelation(e.relation)
	for _, to := range e.to {
		switch kind {
		case "HASDECLAREDLICENSE", "HASCONCLUDEDLICENSE":
			k := relOf
			if kind == "HASDECLAREDLICENSE" {
				k = relOn
			}
			if len(s.licenses) < edgesPerPackage*s.b.lim.MaxComponents && e.from != "" {
				s.licenses = append(s.licenses, spdxRel{from: s.b.ref(spdxID(e.from)), to: s.b.ref(spdxID(to)), kind: k})
			}
			continue
		}
		from, relation, target := e.from, e.relation, to
		switch e.scope {
		case "development", "test", "build":
			if relKinds[kind] == relOn {
				from, relation, target = to, "DEV_DEPENDENCY_OF", e.from
			}
		}
		if err := s.relate(from, relation, target, s.at); err != nil {
			return err
		}
	}
	return s.b.err
}

// finish joins what referred forward and resolves the document.
func (s *spdx3Reader) finish(encoding string) error {
	b := s.b
	if b.err != nil {
		return b.err
	}
	if s.version == "" {
		b.warn("/@graph", "missing_spec_version", "no CreationInfo names a specVersion; the document is read as 3.0")
		s.version = "3.0"
	}
	if specMajor(s.version) != "3" {
		return problem.New(problem.Unsupported, "SPDX %s is not read in this form; versions 2.2, 2.3 and 3.0 are.", shorten(s.version)).
			With(problem.Fault{Path: "/@graph", Code: "unknown_spec_version", Message: "write the document as SPDX 3.0"})
	}
	for _, m := range s.packages {
		c := b.at(m.ordinal)
		if name := s.names[m.supplier]; name != "" && c.Supplier == "" {
			c.Supplier = b.intern(stripParty(name))
		}
		p := spdxPackage{Component: *c}
		for _, id := range m.identifiers {
			ext := s.identifiers[id]
			p.externalRef(ext[0], ext[1])
		}
		*c = p.Component
	}
	for _, kind := range []relKind{relOn, relOf} { // a declared licence goes before a concluded one
		for _, r := range s.licenses {
			n := b.refs[r.from].target
			if r.kind != kind || n < 0 || len(b.at(int(n)).Licenses) > 0 {
				continue
			}
			if l := s.licenseText(r.to); !none(strings.ToUpper(l)) {
				b.at(int(n)).Licenses = []string{b.intern(l)}
			}
		}
	}
	for _, id := range s.tools {
		if name := s.names[id]; name != "" {
			b.doc.Tools = append(b.doc.Tools, stripParty(name))
		}
	}
	b.doc.SubjectName = s.docName
	if s.imported > 0 {
		b.warn("/@graph", "external_reference", "%d elements are described in other documents; relationships to them are kept unresolved", s.imported)
	}
	s.complete(s.version, encoding)
	return b.err
}

// licenseText is the expression of a licence element, or the last part of a licence's IRI.
func (s *spdx3Reader) licenseText(id refID) string {
	name := s.b.refs[id].name
	for _, key := range []string{name, refPrefix + name} {
		if x := s.expressions[key]; x != "" {
			return x
		}
	}
	return lastSegment(name)
}

// stripParty takes off the kinds of SPDX 2, which converters leave in names.
func stripParty(s string) string {
	for _, p := range []string{"Organization: ", "Person: ", "Tool: "} {
		s = strings.TrimPrefix(s, p)
	}
	return s
}
