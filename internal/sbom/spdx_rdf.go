package sbom

import (
	"strconv"
	"strings"
)

// rdfReader reads SPDX 2 as RDF/XML (annex to the specification): nodes nested in properties, or referred to by IRI or
// blank node id. What is referred to and described elsewhere is joined at the end.
type rdfReader struct {
	spdxDoc
	w *xmlWalker
	// relationship nodes by id, and the elements that refer to one that stands elsewhere
	relations map[string]rdfRelation
	pending   []rdfRelation
	licenses  map[string]string // expressions by node id
	later     []rdfLicense
	name      string
}

// rdfRelation is a relationship; from or the rest may be missing until both halves are met.
type rdfRelation struct {
	from, typ, to, node string
	line                int
}

// rdfLicense is a licence by node id, to be looked up for a component.
type rdfLicense struct {
	ordinal int
	node    string
}

// rdfNode is what a node gave to the property that it stands in.
type rdfNode struct {
	id   string // IRI or blank node id
	text string // literal, or the expression of a licence
	typ  string // element name; empty for a literal or a reference
}

func (rd *reader) rdf(x *xmlWalker) error {
	r := &rdfReader{
		spdxDoc: spdxDoc{b: rd.b, strictRelations: true}, w: x,
		relations: make(map[string]rdfRelation), licenses: make(map[string]string),
	}
	r.place = func(place int) string { return "line " + strconv.Itoa(place) }
	err := x.object(func(key string) error {
		if x.kind() == kindScalar {
			return nil
		}
		_, err := r.node(key)
		return err
	})
	if err != nil {
		return err
	}
	if r.version == "" {
		return notAnSBOM("an RDF document that is no SPDX document")
	}
	for _, p := range r.pending {
		full := r.relations[p.node]
		if err := r.relate(p.from, full.typ, full.to, p.line); err != nil {
			return err
		}
	}
	for _, l := range r.later {
		if s := r.licenses[l.node]; s != "" && len(rd.b.at(l.ordinal).Licenses) == 0 {
			rd.b.at(l.ordinal).Licenses = []string{s}
		}
	}
	rd.b.doc.SubjectName = r.name
	return r.finish("rdf-xml")
}

// element gives the SPDX id in an IRI: what follows the document's namespace.
func rdfElement(id string) string { return id[strings.LastIndexByte(id, '#')+1:] }

// prop reads a property element: a reference, a literal, or a node in it.
func (r *rdfReader) prop() (rdfNode, error) {
	var out rdfNode
	err := r.w.object(func(key string) (err error) {
		switch key {
		case "resource", "nodeID":
			out.id, err = r.w.text()
		case "#text":
			out.text, err = r.w.text()
		case "datatype", "parseType", "lang":
		default:
			out, err = r.node(key)
		}
		return err
	})
	return out, err
}

// literal reads a property for its text, or the last part of the IRI that it refers to.
func (r *rdfReader) literal() (string, error) {
	n, err := r.prop()
	s := firstOf(n.text, lastSegment(n.id))
	switch strings.ToLower(s) {
	case "noassertion":
		return "NOASSERTION", err
	case "none":
		return "NONE", err
	}
	return s, err
}

// node reads a node element by its type.
func (r *rdfReader) node(typ string) (rdfNode, error) {
	switch typ {
	case "SpdxDocument":
		return r.document()
	case "Package":
		return r.packageNode()
	case "Relationship":
		return r.relationshipNode()
	case "ConjunctiveLicenseSet":
		return r.licenseSet(typ, " AND ")
	case "DisjunctiveLicenseSet":
		return r.licenseSet(typ, " OR ")
	}
	// Files, snippets, licences, checksums ...: their id, their relationships and the few literals that matter.
	n := rdfNode{typ: typ}
	var rels []rdfRelation
	err := r.w.object(func(key string) (err error) {
		switch key {
		case "about", "ID", "nodeID":
			n.id, err = r.w.text()
		case "relationship":
			err = r.relationships(&rels)
		case "licenseId", "licenseID":
			n.text, err = r.literal()
		case "member", "hasFile", "referencesFile":
			_, err = r.prop()
		}
		return err
	})
	if err != nil {
		return n, err
	}
	switch typ {
	case "File", "Snippet":
		r.b.bind(spdxID(rdfElement(n.id)), refOther)
	case "ExtractedLicensingInfo", "License", "ListedLicense":
		if n.text == "" {
			n.text = lastSegment(n.id)
		}
		r.keepLicense(n)
	}
	return n, r.flush(n.id, rels)
}

func (r *rdfReader) keepLicense(n rdfNode) {
	if n.id != "" && len(r.licenses) < r.b.lim.MaxComponents {
		r.licenses[n.id] = n.text
	}
}

func (r *rdfReader) licenseSet(typ, word string) (rdfNode, error) {
	n := rdfNode{typ: typ}
	var parts []string
	err := r.w.object(func(key string) (err error) {
		switch key {
		case "about", "ID", "nodeID":
			n.id, err = r.w.text()
		case "member":
			var s string
			if s, err = r.literal(); s != "" && len(parts) < maxLicenses {
				parts = append(parts, s)
			}
		}
		return err
	})
	if n.text = strings.Join(parts, word); len(parts) > 1 {
		n.text = "(" + n.text + ")"
	}
	r.keepLicense(n)
	return n, err
}

func (r *rdfReader) document() (rdfNode, error) {
	n := rdfNode{typ: "SpdxDocument"}
	var rels []rdfRelation
	doc := r.b.doc
	err := r.w.object(func(key string) (err error) {
		switch key {
		case "about":
			if n.id, err = r.w.text(); err == nil {
				doc.SerialNumber, _, _ = strings.Cut(n.id, "#")
			}
		case "specVersion":
			r.version, err = r.literal()
		case "name":
			r.name, err = r.literal()
		case "creationInfo":
			err = r.creationInfo()
		case "describesPackage":
			var p rdfNode
			if p, err = r.prop(); p.id != "" {
				r.describe(r.b.ref(spdxID(rdfElement(p.id))), r.w.line)
			}
		case "relationship":
			err = r.relationships(&rels)
		case "hasExtractedLicensingInfo", "referencesFile", "reviewed", "annotation", "externalDocumentRef":
			_, err = r.prop()
		}
		return err
	})
	if err != nil {
		return n, err
	}
	return n, r.flush(n.id, rels)
}

func (r *rdfReader) creationInfo() error {
	return r.w.object(func(key string) error { // the property
		if r.w.kind() == kindScalar {
			return nil
		}
		return r.w.object(func(key string) error { // the node
			switch key {
			case "created":
				at := r.w.where()
				s, err := r.literal()
				if r.b.doc.Created = parseTime(s); s != "" && r.b.doc.Created.IsZero() {
					r.b.warn(at, "bad_timestamp", "%q is no date and time of RFC 3339", shorten(s))
				}
				return err
			case "creator":
				s, err := r.literal()
				r.creator(s)
				return err
			}
			return nil
		})
	})
}

func (r *rdfReader) packageNode() (rdfNode, error) {
	n := rdfNode{typ: "Package"}
	p := &spdxPackage{Component: Component{Path: r.w.where()}}
	var rels []rdfRelation
	var license string
	err := r.w.object(func(key string) (err error) {
		switch key {
		case "about", "ID", "nodeID":
			n.id, err = r.w.text()
		case "name":
			p.Name, err = r.literal()
		case "versionInfo":
			p.Version, err = r.literal()
		case "supplier":
			p.Supplier, err = r.literal()
		case "originator":
			p.originator, err = r.literal()
		case "sourceInfo":
			p.sourceInfo, err = r.literal()
		case "primaryPackagePurpose":
			var s string
			s, err = r.literal()
			p.purpose = strings.TrimPrefix(s, "purpose_")
		case "downloadLocation", "homepage":
			var n rdfNode
			n, err = r.prop()
			p.addURL(firstOf(n.text, n.id))
		case "licenseDeclared", "licenseConcluded":
			var l rdfNode
			l, err = r.prop()
			s := firstOf(l.text, licenseOf(l.id))
			if l.typ == "" && !strings.Contains(l.id, "/") && l.id != "" {
				s, license = "", l.id
			}
			if key == "licenseDeclared" {
				p.declared = s
			} else {
				p.concluded = s
			}
		case "checksum":
			err = r.two("algorithm", "checksumValue", p.checksum)
		case "externalRef":
			err = r.two("referenceType", "referenceLocator", p.externalRef)
		case "attributionText":
			var s string
			s, err = r.literal()
			p.comment(s)
		case "relationship":
			err = r.relationships(&rels)
		case "hasFile":
			_, err = r.prop()
		}
		return err
	})
	if err != nil {
		return n, err
	}
	p.Ref = rdfElement(n.id)
	before := r.b.size()
	if err := r.addPackage(p); err != nil {
		return n, err
	}
	if license != "" && r.b.size() > before {
		r.later = append(r.later, rdfLicense{before, license})
	}
	return n, r.flush(n.id, rels)
}

// licenseOf names the licence of an IRI (http://spdx.org/licenses/MIT).
func licenseOf(iri string) string {
	switch s := lastSegment(iri); strings.ToLower(s) {
	case "noassertion", "none":
		return ""
	default:
		return s
	}
}

// two reads a property whose node has two properties that belong together.
func (r *rdfReader) two(first, second string, take func(a, b string)) error {
	var a, b string
	err := r.w.object(func(string) error {
		if r.w.kind() == kindScalar {
			return nil
		}
		return r.w.object(func(key string) (err error) {
			switch key {
			case first:
				a, err = r.literal()
			case second:
				b, err = r.literal()
			}
			return err
		})
	})
	if a != "" && b != "" {
		take(a, b)
	}
	return err
}

// relationships reads a relationship property: a node in it, or a reference to one elsewhere.
func (r *rdfReader) relationships(into *[]rdfRelation) error {
	line := r.w.line
	n, err := r.prop()
	if err != nil || n.id == "" {
		return err
	}
	if len(*into) >= edgesPerPackage*r.b.lim.MaxComponents || len(r.pending) >= edgesPerPackage*r.b.lim.MaxComponents {
		r.b.overflow("edges", edgesPerPackage*r.b.lim.MaxComponents)
		return r.b.err
	}
	*into = append(*into, rdfRelation{node: n.id, line: line})
	return nil
}

// relationshipNode reads a Relationship and files it under its id; one without an id gets one.
func (r *rdfReader) relationshipNode() (rdfNode, error) {
	rel := rdfRelation{line: r.w.line}
	n := rdfNode{typ: "Relationship"}
	err := r.w.object(func(key string) (err error) {
		switch key {
		case "about", "ID", "nodeID":
			n.id, err = r.w.text()
		case "relationshipType":
			rel.typ, err = r.literal()
		case "relatedSpdxElement":
			var to rdfNode
			to, err = r.prop()
			rel.to = rdfElement(firstOf(to.id, to.text))
			if s := lastSegment(rel.to); strings.EqualFold(s, "noassertion") || strings.EqualFold(s, "none") {
				rel.to = "NONE"
			}
		}
		return err
	})
	if len(r.relations) >= edgesPerPackage*r.b.lim.MaxComponents {
		r.b.overflow("edges", edgesPerPackage*r.b.lim.MaxComponents)
		return n, r.b.err
	}
	if n.id == "" {
		n.id = "_:" + strconv.Itoa(len(r.relations))
	}
	r.relations[n.id] = rel
	return n, err
}

// flush records the relationships of an element, once its id is known.
func (r *rdfReader) flush(id string, rels []rdfRelation) error {
	for _, rel := range rels {
		rel.from = rdfElement(id)
		r.pending = append(r.pending, rel)
	}
	return r.b.err
}
