package sbom

import (
	"strings"
)

// components reads a list of Component under a parent, at any depth of nesting.
func (c *cdxReader) components(parent int) error {
	return c.w.list("component", func(int) error {
		if c.w.kind() == kindNull {
			c.b.warn(c.w.where(), "null_entry", "an empty entry stands where a component belongs; it is ignored")
			return nil
		}
		// The place is taken first: parts nested in this component come after it whatever the order of members.
		at := c.w.where()
		n, err := c.b.add(Component{Path: at, Parent: parent})
		if err != nil {
			return err
		}
		got := cdxComponent{Component: Component{Path: at, Parent: parent}, ordinal: n}
		if err := c.component(&got); err != nil {
			return err
		}
		c.check(&got)
		if got.Name == "" && got.PURL == "" && len(got.CPEs) == 0 && n == c.b.size()-1 {
			c.b.warn(at, "empty_component", "a component without name, purl and CPE is left out")
			c.b.unadd()
			delete(c.b.extra, n)
			return c.b.err
		}
		c.b.bind(got.Ref, n)
		c.keep(&got)
		return c.b.err
	})
}

// cdxComponent is a Component while it is read.
type cdxComponent struct {
	Component
	ordinal                            int
	manufacturer, publisher, author    string
	hint                               hint
	srcRPM, originPackage, distroID    string
	distroVersion                      string
	versionRange, external, hasVersion string
}

// keep stores a component that has been read at its ordinal.
func (c *cdxReader) keep(got *cdxComponent) {
	comp := got.Component
	comp.Supplier = c.b.intern(firstOf(got.Supplier, got.manufacturer, got.publisher, got.author))
	comp.Type, comp.Scope = c.b.intern(comp.Type), c.b.intern(comp.Scope)
	for i, l := range comp.Licenses {
		comp.Licenses[i] = c.b.intern(l)
	}
	h := got.hint
	if h.sourceName == "" {
		h.sourceName = got.originPackage
	}
	if h.sourceName == "" && got.srcRPM != "" {
		h.sourceName, h.sourceVersion = splitSourceRPM(got.srcRPM)
	}
	if h != (hint{}) {
		c.b.extra[got.ordinal] = h
	}
	if comp.Type == "operating-system" {
		c.b.distros = appendDistro(c.b.distros, got.ordinal, firstOf(got.distroID, comp.Name), firstOf(got.distroVersion, comp.Version))
	}
	*c.b.at(got.ordinal) = comp
}

// subjectComponent reads metadata.component: the subject. Its own parts are components like any other.
func (c *cdxReader) subjectComponent() error {
	at := c.w.where()
	got := cdxComponent{Component: Component{Path: at, Parent: Root}, ordinal: Root}
	if err := c.component(&got); err != nil {
		return err
	}
	c.check(&got)
	d := c.b.doc
	d.SubjectName, d.SubjectVersion, d.SubjectPURL, d.SubjectRef = got.Name, got.Version, got.PURL, got.Ref
	if got.Group != "" {
		d.SubjectName = got.Group + "/" + got.Name
	}
	if got.Type == "operating-system" || got.distroID != "" {
		c.b.distros = appendDistro(c.b.distros, Root, firstOf(got.distroID, got.Name), firstOf(got.distroVersion, got.Version))
	}
	c.b.bind(got.Ref, Root)
	return c.b.err
}

// component reads the members of one Component into got.
func (c *cdxReader) component(got *cdxComponent) error {
	return c.w.object(func(key string) (err error) {
		switch key {
		case "bom-ref":
			if got.Ref, err = c.w.text(); got.Ref == "" {
				c.b.warn(c.w.where(), "bad_ref", "a bom-ref is empty")
			}
		case "type":
			got.Type, err = c.w.text()
		case "group":
			got.Group, err = c.w.text()
		case "name":
			got.Name, err = c.w.text()
		case "version":
			got.hasVersion = key
			got.Version, err = c.w.text()
		case "versionRange":
			got.versionRange, err = c.w.text()
		case "isExternal":
			got.external, err = c.w.text()
		case "scope":
			got.Scope, err = c.w.text()
		case "purl":
			got.PURL, err = c.w.text()
		case "cpe":
			var s string
			s, err = c.w.text()
			got.addCPE(s)
		case "supplier":
			got.Supplier, err = member(c.w, "name")
		case "manufacturer":
			got.manufacturer, err = member(c.w, "name")
		case "publisher":
			got.publisher, err = c.w.text()
		case "author":
			got.author, err = c.w.text()
		case "hashes":
			err = c.hashes(got)
		case "externalReferences":
			err = c.references(got)
		case "licenses":
			got.Licenses, err = c.licenses()
		case "properties":
			err = c.properties(got.property)
		case "swid":
			err = c.swid()
		case "pedigree":
			err = c.pedigree()
		case "components":
			err = c.components(got.ordinal)
		}
		return err
	})
}

func (got *cdxComponent) addCPE(s string) {
	if s == "" || len(got.CPEs) >= maxCPEs {
		return
	}
	for _, have := range got.CPEs {
		if have == s {
			return
		}
	}
	got.CPEs = append(got.CPEs, s)
}

func (c *cdxReader) hashes(got *cdxComponent) error {
	return c.w.list("hash", func(int) error {
		var alg, content string
		err := c.w.object(func(key string) (err error) {
			switch key {
			case "alg":
				alg, err = c.w.text()
			case "content", "#text":
				content, err = c.w.text()
			}
			return err
		})
		c.checkHash(alg, content)
		if alg != "" && content != "" && len(got.Hashes) < maxHashes {
			got.Hashes = append(got.Hashes, alg+":"+content)
		}
		return err
	})
}

// licenses reads LicenseChoice: licences by id or name, or expressions. Several entries of one list all apply.
func (c *cdxReader) licenses() ([]string, error) {
	var out []string
	at := c.w.where()
	var ids, expressions int
	add := func(s string) {
		if s != "" && len(out) < maxLicenses {
			out = append(out, s)
		}
	}
	_, xml := c.w.(*xmlWalker)
	err := c.w.list("", func(int) error {
		ids0, expressions0 := ids, expressions
		defer func() {
			if !xml && ids > ids0 && expressions > expressions0 {
				c.b.warn(at, "license_choice", "one entry has both a license and an expression; one or the other is meant")
			}
		}()
		return c.w.object(func(key string) error {
			switch key {
			case "license":
				ids++
				s, err := c.license()
				add(s)
				return err
			case "expression":
				expressions++
				s, err := c.expression()
				add(s)
				return err
			}
			return nil
		})
	})
	if expressions > 0 && ids > 0 && c.spec < "1.7" || expressions > 1 && c.spec < "1.7" {
		c.b.warn(at, "license_choice", "licences are given both as a list and as an expression, or as several expressions; one or the other is meant")
	}
	return out, err
}

// expression reads an SPDX expression; since 1.6 XML gives it attributes.
func (c *cdxReader) expression() (string, error) {
	if c.w.kind() != kindObject {
		return c.w.text()
	}
	return member(c.w, "#text")
}

func (c *cdxReader) license() (string, error) {
	at := c.w.where()
	var id, name string
	var ids, names int
	err := c.w.object(func(key string) (err error) {
		switch key {
		case "id":
			ids++
			id, err = c.w.text()
		case "name":
			names++
			name, err = c.w.text()
		case "text":
			err = c.attachedText()
		}
		return err
	})
	c.checkLicense(at, id, ids, names)
	return firstOf(id, name), err
}

// properties hands each name and value of a list to take; nil reads them only to check them.
func (c *cdxReader) properties(take func(name, value string)) error {
	return c.w.list("property", func(int) error {
		var name, value string
		err := c.w.object(func(key string) (err error) {
			switch key {
			case "name":
				name, err = c.w.text()
			case "value", "#text":
				value, err = c.w.text()
			case "bom-ref":
			default:
				c.b.warn(c.w.where(), "unknown_member", "a property has a name and a value, and no %q", shorten(key))
			}
			return err
		})
		if name == "" && c.spec >= "1.6" {
			c.b.warn(c.w.where(), "missing_name", "a property has no name")
		}
		if take != nil && name != "" {
			take(name, value)
		}
		return err
	})
}

// property keeps what a property says of a component's coordinates, as Syft, Trivy and others write them.
func (got *cdxComponent) property(name, value string) {
	if value == "" {
		return
	}
	h := &got.hint
	switch name {
	case "aquasecurity:trivy:SrcName", "syft:metadata:source":
		h.sourceName = value
	case "aquasecurity:trivy:SrcVersion", "syft:metadata:sourceVersion":
		h.sourceVersion = value
	case "aquasecurity:trivy:SrcRelease":
		h.sourceRelease = value
	case "aquasecurity:trivy:SrcEpoch":
		h.sourceEpoch = value
	case "aquasecurity:trivy:Epoch", "syft:metadata:epoch", "sbomer:metadata:epoch", "cdx:rpm:package:epoch":
		h.epoch = value
	case "syft:metadata:modularityLabel", "aquasecurity:trivy:Modularitylabel", "sbomer:metadata:modularityLabel":
		h.module = value
	case "syft:metadata:sourceRpm", "sbomer:metadata:sourceRpm":
		got.srcRPM = value
	case "syft:metadata:originPackage":
		got.originPackage = value
	case "syft:cpe23", "sbomer:cpe23":
		got.addCPE(value)
	case "syft:distro:id":
		got.distroID = value
	case "syft:distro:versionID":
		got.distroVersion = value
	case "cdx:distro", "distro", "internal:distro":
		h.distro = value
	}
}

// splitSourceRPM splits "bash-5.1.8-4.el9.src.rpm" into name and version-release.
func splitSourceRPM(file string) (name, version string) {
	s := strings.TrimSuffix(file, ".rpm")
	s = strings.TrimSuffix(strings.TrimSuffix(s, ".src"), ".nosrc")
	release := strings.LastIndexByte(s, '-')
	if release < 0 {
		return s, ""
	}
	v := strings.LastIndexByte(s[:release], '-')
	if v < 0 {
		return s, ""
	}
	return s[:v], s[v+1:]
}

// appendDistro notes the release an operating-system component names ("debian-12").
func appendDistro(list []distroHint, ordinal int, name, version string) []distroHint {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" || version == "" || strings.ContainsAny(name, " /") || len(list) >= maxExternals {
		return list
	}
	return append(list, distroHint{ordinal: ordinal, distro: name + "-" + strings.TrimSpace(version)})
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
