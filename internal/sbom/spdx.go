package sbom

import (
	"strings"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// spdxDoc gathers an SPDX 2 document whatever its encoding: the readers of JSON, YAML, XML, RDF and tag-value fill it
// and finish resolves it. Section numbers in comments are those of the SPDX 2.3 specification.
type spdxDoc struct {
	b       *builder
	version string // as written, "SPDX-2.3"
	rels    []spdxRel
	// described are the subjects, in order.
	described []refID
	// isDescribed finds them again.
	isDescribed map[refID]bool
	external    externals
	place       func(place int) string
	// strictRelations warns of relationship types that SPDX 2 does not have.
	strictRelations bool
	// anyID is set where ids are IRIs of any form.
	anyID bool
}

// spdxRel is a relationship that matters to the graph.
type spdxRel struct {
	from, to refID
	kind     relKind
	place    int32
}

// spdxPackage is a package while it is read.
type spdxPackage struct {
	Component
	originator, sourceInfo string
	purpose                string
	hint                   hint
	declared, concluded    string
}

// addPackage appends a package that has been read.
func (d *spdxDoc) addPackage(p *spdxPackage) error {
	if p.Name == "" && p.PURL == "" && len(p.CPEs) == 0 {
		d.b.warn(p.Path, "empty_package", "a package without name, purl and CPE is left out")
		return nil
	}
	if !d.anyID && p.Ref != "" && !strings.HasPrefix(p.Ref, refPrefix) {
		d.b.warn(p.Path, "bad_spdx_id", "the id %q lacks the prefix SPDXRef-", shorten(p.Ref))
	}
	p.Parent = Root
	p.Type = strings.ToLower(p.purpose)
	if p.Type == "" && strings.HasPrefix(p.Ref, "SPDXRef-OperatingSystem") {
		p.Type = "operating-system"
	}
	p.Supplier = firstOf(d.party(p.Path, "supplier", p.Supplier), d.party(p.Path, "originator", p.originator))
	for _, l := range []string{p.declared, p.concluded} {
		if l = value(l); l != "" && len(p.Licenses) == 0 {
			p.Licenses = append(p.Licenses, l)
		}
	}
	// Trivy names a Debian package's source here.
	if src, ok := strings.CutPrefix(p.sourceInfo, "built package from: "); ok {
		p.hint.sourceName, p.hint.sourceVersion, _ = strings.Cut(strings.TrimSpace(src), " ")
	}
	n, err := d.b.add(p.Component)
	if err != nil {
		return err
	}
	if p.Type == "operating-system" {
		d.b.distros = appendDistro(d.b.distros, n, p.Name, p.Version)
	}
	if p.hint != (hint{}) {
		d.b.extra[n] = p.hint
	}
	d.b.bind(spdxID(p.Ref), n)
	return d.b.err
}

// party reads a supplier or originator (sections 7.5, 7.6): "Organization: X (mail)", or a bare name with a warning.
func (d *spdxDoc) party(path, field, s string) string {
	s = value(s)
	if s == "" {
		return ""
	}
	for _, p := range []string{"Organization:", "Person:", "Tool:"} {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return strings.TrimSpace(rest)
		}
	}
	d.b.warn(path, "bad_"+field, "the %s %q says neither Organization: nor Person:", field, shorten(s))
	return s
}

// comment reads "Key: value" remarks in which Trivy states the source package.
func (p *spdxPackage) comment(s string) {
	k, v, ok := strings.Cut(s, ": ")
	if !ok {
		return
	}
	switch k {
	case "SrcName":
		p.hint.sourceName = v
	case "SrcVersion":
		p.hint.sourceVersion = v
	case "SrcRelease":
		p.hint.sourceRelease = v
	case "SrcEpoch":
		p.hint.sourceEpoch = v
	}
}

// externalRef takes a package's purl and CPEs (section 7.21). A second purl is an alias of the first and is not kept.
func (p *spdxPackage) externalRef(typ, locator string) {
	// Tag-value in RDF form writes the type as a URL.
	switch strings.ToLower(lastSegment(typ)) {
	case "purl", "package-url", "packageurl":
		if p.PURL == "" {
			p.PURL = locator
		}
	case "cpe23type", "cpe22type", "cpe23", "cpe22":
		if locator != "" && len(p.CPEs) < maxCPEs {
			p.CPEs = append(p.CPEs, locator)
		}
	}
}

func (p *spdxPackage) checksum(alg, sum string) {
	if alg != "" && sum != "" && len(p.Hashes) < maxHashes {
		p.Hashes = append(p.Hashes, hashName(alg)+":"+sum)
	}
}

// finish finds the subject, turns relationships into edges and checks the version.
func (d *spdxDoc) finish(encoding string) error {
	b := d.b
	version := strings.TrimPrefix(strings.TrimSpace(d.version), "SPDX-")
	switch version {
	case "2.0", "2.1", "2.2", "2.2.1", "2.2.2", "2.3":
	default:
		if specMajor(version) != "2" {
			return problem.New(problem.Unsupported, "SPDX %s is not read in this form; versions 2.2, 2.3 and 3.0 are.", shorten(version)).
				With(problem.Fault{Path: "/spdxVersion", Code: "unknown_spec_version", Message: "write the document as SPDX-2.3"})
		}
		b.warn("/", "unknown_spec_version", "version %q is not known; the document is read as 2.3", shorten(version))
	}
	d.complete(version, encoding)
	return b.err
}

// complete resolves a document of any version.
func (d *spdxDoc) complete(version, encoding string) {
	b := d.b
	b.doc.Format, b.doc.SpecVersion, b.doc.Encoding = SPDX, version, encoding
	b.gather()
	d.subject()
	d.sources()
	d.connect()
	b.bind("DOCUMENT", refOther)
	b.resolve(d.place)
	d.external.finish(b)
}

// subject decides what the document is about. One described package is the subject: its relations start at Root, and
// it stays among the components only if it can be judged itself, by purl or CPE. Several are direct parts of a subject
// named as the document is.
func (d *spdxDoc) subject() {
	b := d.b
	var packages []refID
	for _, id := range d.described {
		if b.refs[id].target >= 0 {
			packages = append(packages, id)
		}
	}
	if len(packages) != 1 {
		for _, id := range packages {
			b.doc.Edges = append(b.doc.Edges, Edge{From: Root, To: int(b.refs[id].target)})
		}
		return
	}
	s := &b.refs[packages[0]]
	n := int(s.target)
	c := b.doc.Components[n]
	b.doc.SubjectName, b.doc.SubjectVersion, b.doc.SubjectPURL = c.Name, c.Version, c.PURL
	s.target = Root
	if c.PURL != "" || len(c.CPEs) > 0 || s.count > 1 {
		return
	}
	b.drop(n)
}

// sources takes the source package of a distribution's package from GENERATED_FROM, where the purl does not say it.
func (d *spdxDoc) sources() {
	b := d.b
	for _, r := range d.rels {
		from, to := int(b.refs[r.from].target), int(b.refs[r.to].target)
		if r.kind != relGeneratedFrom || from < 0 || to < 0 {
			continue
		}
		bin, src := &b.doc.Components[from], &b.doc.Components[to]
		if h := b.extra[from]; h.sourceName == "" && systemPURL(bin.PURL) && systemPURL(src.PURL) {
			h.sourceName, h.sourceVersion = src.Name, src.Version
			b.extra[from] = h
		}
	}
}

// systemPURL says whether a purl is of a distribution's package, whose advisories go by source package.
func systemPURL(purl string) bool {
	for _, p := range []string{"pkg:deb/", "pkg:rpm/", "pkg:apk/", "pkg:alpine/", "pkg:alpm/"} {
		if strings.HasPrefix(purl, p) {
			return true
		}
	}
	return false
}
