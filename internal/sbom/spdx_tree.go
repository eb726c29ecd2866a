package sbom

import (
	"strconv"
	"strings"
)

// spdxReader reads an SPDX 2 document whose encoding is a tree: JSON, YAML or XML, which share one set of names.
type spdxReader struct {
	spdxDoc
	w    walker
	root string
	name string
	// badFileID is set once an id of a file or snippet was warned of.
	badFileID bool
}

func newSPDXReader(b *builder, w walker) *spdxReader {
	s := &spdxReader{spdxDoc: spdxDoc{b: b, strictRelations: true}, w: w, root: w.where()}
	s.place = s.relationshipPlace
	return s
}

// member reads one member of the document; false if it is none of SPDX 2.
func (s *spdxReader) member(key string) (bool, error) {
	var err error
	switch key {
	case "spdxVersion":
		s.version, err = s.w.text()
	case "name":
		s.name, err = s.w.text()
	case "documentNamespace":
		s.b.doc.SerialNumber, err = s.w.text()
	case "creationInfo":
		err = s.creation()
	case "documentDescribes":
		err = s.w.list("", func(i int) error {
			if s.w.kind() == kindObject { // SPDX 2.1 nests the package itself here
				return s.w.object(func(key string) error {
					if key == "Package" {
						return s.pkg(true)
					}
					return nil
				})
			}
			id, err := s.w.text()
			if err == nil && !none(id) {
				s.describe(s.b.ref(spdxID(id)), -i-1)
			}
			return err
		})
	case "packages":
		err = s.w.list("", func(int) error { return s.pkg(false) })
	case "files", "snippets":
		err = s.w.list("", func(int) error { return s.other() })
	case "relationships":
		err = s.w.list("", func(i int) error { return s.relationship(i) })
	default:
		return false, nil
	}
	if err == nil {
		err = s.b.err
	}
	return true, err
}

func (s *spdxReader) relationshipPlace(place int) string {
	root := strings.TrimSuffix(s.root, "/")
	if strings.HasPrefix(root, "line ") {
		root = ""
	}
	if place < 0 {
		return root + "/documentDescribes/" + strconv.Itoa(-place-1)
	}
	return root + "/relationships/" + strconv.Itoa(place)
}

func (s *spdxReader) finish(encoding string) error {
	s.b.doc.SubjectName = s.name
	return s.spdxDoc.finish(encoding)
}

// creation reads CreationInfo (section 6.8 and on).
func (s *spdxReader) creation() error {
	return s.w.object(func(key string) error {
		switch key {
		case "created":
			at := s.w.where()
			t, err := s.w.text()
			if s.b.doc.Created = parseTime(t); s.b.doc.Created.IsZero() && t != "" {
				s.b.warn(at, "bad_timestamp", "%q is no date and time of RFC 3339", shorten(t))
			}
			return err
		case "creators":
			list, err := texts(s.w, "", maxLicenses)
			for _, c := range list {
				s.creator(c)
			}
			return err
		}
		return nil
	})
}

// creator keeps the tools among the creators.
func (d *spdxDoc) creator(c string) {
	if tool, ok := strings.CutPrefix(c, "Tool:"); ok && len(d.b.doc.Tools) < maxLicenses {
		d.b.doc.Tools = append(d.b.doc.Tools, strings.TrimSpace(tool))
	}
}

// pkg reads a Package (section 7).
func (s *spdxReader) pkg(described bool) error {
	if s.w.kind() == kindNull {
		s.b.warn(s.w.where(), "null_entry", "an empty entry stands where a package belongs; it is ignored")
		return nil
	}
	p := &spdxPackage{Component: Component{Path: s.w.where()}}
	err := s.w.object(func(key string) (err error) {
		switch key {
		case "SPDXID":
			p.Ref, err = s.w.text()
		case "name":
			p.Name, err = s.w.text()
		case "versionInfo":
			p.Version, err = s.w.text()
		case "supplier":
			p.Supplier, err = s.w.text()
		case "originator":
			p.originator, err = s.w.text()
		case "sourceInfo":
			p.sourceInfo, err = s.w.text()
		case "licenseDeclared":
			p.declared, err = s.w.text()
		case "licenseConcluded":
			p.concluded, err = s.w.text()
		case "primaryPackagePurpose":
			p.purpose, err = s.w.text()
		case "downloadLocation", "homepage":
			var url string
			url, err = s.w.text()
			p.addURL(url)
		case "checksums":
			err = s.w.list("", func(int) error { return s.pair("algorithm", "checksumValue", p.checksum) })
		case "externalRefs":
			err = s.w.list("", func(int) error { return s.pair("referenceType", "referenceLocator", p.externalRef) })
		case "attributionTexts":
			err = s.w.list("", func(int) error {
				t, err := s.w.text()
				p.comment(t)
				return err
			})
		case "annotations":
			err = s.w.list("", func(int) error {
				t, err := member(s.w, "comment")
				p.comment(t)
				return err
			})
		case "files":
			err = s.w.list("", func(int) error { return s.other() })
		}
		return err
	})
	if err != nil {
		return err
	}
	if described && p.Ref != "" {
		s.describe(s.b.ref(spdxID(p.Ref)), 0)
	}
	return s.addPackage(p)
}

// pair reads two members of an object and hands them on together.
func (s *spdxReader) pair(first, second string, take func(a, b string)) error {
	var a, b string
	err := s.w.object(func(key string) (err error) {
		switch key {
		case first:
			a, err = s.w.text()
		case second:
			b, err = s.w.text()
		}
		return err
	})
	take(a, b)
	return err
}

// other reads a file or snippet for its id alone, so that a relationship to it is not taken for a dangling one.
func (s *spdxReader) other() error {
	at, id := "", ""
	if !s.badFileID {
		at = s.w.where()
	}
	err := s.w.object(func(key string) (err error) {
		switch key {
		case "SPDXID":
			id, err = s.w.text()
		case "File", "Snippet": // SPDX 2.1
			err = s.other()
		}
		return err
	})
	if err == nil && id != "" {
		if !strings.HasPrefix(id, refPrefix) && !s.badFileID {
			s.badFileID = true // one for all: files are many
			s.b.warn(at, "bad_spdx_id", "the id %q lacks the prefix SPDXRef-", shorten(id))
		}
		s.b.bind(spdxID(id), refOther)
		err = s.b.err
	}
	return err
}

func (s *spdxReader) relationship(i int) error {
	var from, typ, to string
	err := s.w.object(func(key string) (err error) {
		switch key {
		case "spdxElementId":
			from, err = s.w.text()
		case "relationshipType":
			typ, err = s.w.text()
		case "relatedSpdxElement":
			to, err = s.w.text()
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.relate(from, typ, to, i)
}
