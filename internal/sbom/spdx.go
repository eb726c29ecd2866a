package sbom

import (
	"regexp"
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
	external  externals
	place     func(place int) string
}

// spdxRel is a relationship that matters to the graph.
type spdxRel struct {
	from, to refID
	kind     relKind
	place    int
}

// spdxPackage is a package while it is read.
type spdxPackage struct {
	Component
	originator, sourceInfo string
	purpose                string
	hint                   hint
	declared, concluded    string
}

// relKind says what a relationship means for the graph.
type relKind uint8

const (
	relNone          relKind = iota
	relOn                    // from depends on or contains to
	relOf                    // the other way round
	relOfOptional            // as relOf; from is an optional or provided part
	relOfDev                 // as relOf; from is for tests, builds or development
	relDescribes             // to is the subject of the document
	relDescribedBy           // from is
	relGeneratedFrom         // to is the source package of from
	relGenerates             // the other way round
)

// relKinds are the relationship types of section 11 that connect packages; the others (VARIANT_OF, DOCUMENTATION_OF,
// AMENDS ...) say nothing of dependency. DESCRIBE is Trivy's.
var relKinds = map[string]relKind{
	"DESCRIBES": relDescribes, "DESCRIBE": relDescribes, "DESCRIBED_BY": relDescribedBy,
	"DEPENDS_ON": relOn, "CONTAINS": relOn, "STATIC_LINK": relOn, "DYNAMIC_LINK": relOn, "HAS_PREREQUISITE": relOn,
	"DEPENDENCY_OF": relOf, "RUNTIME_DEPENDENCY_OF": relOf, "CONTAINED_BY": relOf, "PREREQUISITE_FOR": relOf,
	"PACKAGE_OF": relOf, "EXPANDED_FROM_ARCHIVE": relOf,
	"OPTIONAL_DEPENDENCY_OF": relOfOptional, "PROVIDED_DEPENDENCY_OF": relOfOptional, "OPTIONAL_COMPONENT_OF": relOfOptional,
	"DEV_DEPENDENCY_OF": relOfDev, "TEST_DEPENDENCY_OF": relOfDev, "BUILD_DEPENDENCY_OF": relOfDev,
	"DEV_TOOL_OF": relOfDev, "TEST_TOOL_OF": relOfDev, "BUILD_TOOL_OF": relOfDev, "TEST_OF": relOfDev,
	"GENERATED_FROM": relGeneratedFrom, "GENERATES": relGenerates,
}

// relOther are the types that are known and say nothing of dependency.
const relOther = " ANCESTOR_OF DESCENDANT_OF VARIANT_OF COPY_OF FILE_ADDED FILE_DELETED FILE_MODIFIED PATCH_APPLIED PATCH_FOR " +
	"DISTRIBUTION_ARTIFACT DATA_FILE_OF TEST_CASE_OF DOCUMENTATION_OF METAFILE_OF EXAMPLE_OF AMENDS OTHER " +
	"DEPENDENCY_MANIFEST_OF REQUIREMENT_DESCRIPTION_FOR SPECIFICATION_FOR "

// none says whether a relationship's end is one of the two words that name no element (section 11.1).
func none(id string) bool { return id == "" || id == "NOASSERTION" || id == "NONE" }

// value is a field in which the two words mean "not said".
func value(s string) string {
	if none(s) {
		return ""
	}
	return s
}

const refPrefix = "SPDXRef-"

// id brings an element id to one form: some tools leave the prefix out in one place and write it in another.
func spdxID(s string) string { return strings.TrimPrefix(strings.TrimPrefix(s, "#"), refPrefix) }

// addPackage appends a package that has been read.
func (d *spdxDoc) addPackage(p *spdxPackage) error {
	if p.Name == "" && p.PURL == "" && len(p.CPEs) == 0 {
		d.b.warn(p.Path, "empty_package", "a package without name, purl and CPE is left out")
		return nil
	}
	if p.Ref != "" && !strings.HasPrefix(p.Ref, refPrefix) {
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
	typ = typ[strings.LastIndexAny(typ, "/#")+1:]
	switch strings.ToLower(typ) {
	case "purl", "package-url":
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
	alg = strings.TrimPrefix(alg[strings.LastIndexAny(alg, "/#")+1:], "checksumAlgorithm_")
	if alg != "" && sum != "" && len(p.Hashes) < maxHashes {
		p.Hashes = append(p.Hashes, hashName(alg)+":"+sum)
	}
}

var shaDigits = regexp.MustCompile(`^SHA[-_]?(1|224|256|384|512)$`)

// hashName writes an algorithm as CycloneDX does: SHA256 is SHA-256.
func hashName(alg string) string {
	alg = strings.ToUpper(alg)
	if m := shaDigits.FindStringSubmatch(alg); m != nil {
		return "SHA-" + m[1]
	}
	return alg
}

// relate records a relationship (section 11). Those to files, snippets and licences resolve and give no edge.
func (d *spdxDoc) relate(from, typ, to string, place int) error {
	typ = strings.ToUpper(strings.TrimPrefix(typ[strings.LastIndexAny(typ, "/#")+1:], "relationshipType_"))
	kind, known := relKinds[typ]
	if kind == relNone {
		if !known && !strings.Contains(relOther, " "+typ+" ") && typ != "" {
			d.b.warn(d.place(place), "unknown_relationship", "the relationship type %q is none of SPDX", shorten(typ))
		}
		if kind = relKindCamel(typ); kind == relNone {
			return nil
		}
	}
	if none(from) || none(to) {
		return nil
	}
	if strings.HasPrefix(to, "DocumentRef-") || strings.HasPrefix(from, "DocumentRef-") {
		if strings.HasPrefix(from, "DocumentRef-") {
			from, to = to, from
		}
		d.external.add(d.b, spdxID(from), to, d.place(place))
		return d.b.err
	}
	if len(d.rels) >= edgesPerPackage*d.b.lim.MaxComponents {
		d.b.overflow("edges")
	}
	r := spdxRel{from: d.b.ref(spdxID(from)), to: d.b.ref(spdxID(to)), kind: kind, place: place}
	if d.b.err != nil {
		return d.b.err
	}
	switch kind {
	case relDescribes:
		d.describe(r.to, place)
		return nil
	case relDescribedBy:
		d.describe(r.from, place)
		return nil
	case relGenerates:
		r.from, r.to, r.kind = r.to, r.from, relGeneratedFrom
	}
	d.b.use(r.from, place)
	d.b.use(r.to, place)
	d.rels = append(d.rels, r)
	return nil
}

// relKindCamel accepts the camel case of the RDF terms and of SPDX 3 (dependsOn).
func relKindCamel(upper string) relKind {
	return camelKinds[upper]
}

var camelKinds = func() map[string]relKind {
	m := make(map[string]relKind, len(relKinds))
	for k, v := range relKinds {
		m[strings.ReplaceAll(k, "_", "")] = v
	}
	return m
}()

func (d *spdxDoc) describe(id refID, place int) {
	for _, have := range d.described {
		if have == id {
			return
		}
	}
	d.b.use(id, place)
	if len(d.described) < maxTextItems {
		d.described = append(d.described, id)
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
	b.doc.Format, b.doc.SpecVersion, b.doc.Encoding = SPDX, version, encoding
	d.subject()
	d.sources()
	scopes := make(map[refID]string)
	for _, r := range d.rels {
		switch r.kind {
		case relOfOptional, relOfDev:
			if scopes[r.from] != "required" {
				scopes[r.from] = map[relKind]string{relOfOptional: "optional", relOfDev: "excluded"}[r.kind]
			}
		case relOn:
			scopes[r.to] = "required"
		case relOf:
			scopes[r.from] = "required"
		}
		if r.kind == relOn {
			b.edges = append(b.edges, refEdge{from: r.from, to: r.to, place: r.place})
		} else if r.kind != relGeneratedFrom {
			b.edges = append(b.edges, refEdge{from: r.to, to: r.from, place: r.place})
		}
	}
	for id, scope := range scopes {
		if n := b.refs[id].target; n >= 0 && scope != "required" {
			b.doc.Components[n].Scope = scope
		}
	}
	d.rels = nil
	b.bind("DOCUMENT", refOther)
	b.resolve(d.place)
	d.external.finish(b)
	return b.err
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
			b.doc.Edges = append(b.doc.Edges, Edge{From: Root, To: b.refs[id].target})
		}
		return
	}
	s := &b.refs[packages[0]]
	n := s.target
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
		from, to := b.refs[r.from].target, b.refs[r.to].target
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
