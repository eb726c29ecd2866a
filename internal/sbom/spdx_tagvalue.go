package sbom

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// maxTagLine bounds one line, or one <text> block, of a tag-value document.
const maxTagLine = 8 << 20

// tagReader reads SPDX 2 tag-value (section 4 and appendix): "Tag: value" lines, values over several lines in
// <text>...</text>. A line that is not understood is reported and passed over.
type tagReader struct {
	spdxDoc
	br   *bufio.Reader
	line int // of the tag that is read
	next int // lines read so far
	name string

	pkg      *spdxPackage
	section  string // "document", "package", "file" or "snippet": whose SPDXID comes
	fileID   string // of a file whose SPDXID came before its FileName
	badIDs   int
	glued    bool
	pendingQ []tagValue
}

type tagValue struct {
	tag, value string
	line       int
}

// tags are those of SPDX 2.2 and 2.3; they are also what a line is cut at when a document has lost its line breaks.
var tags = strings.Fields(`SPDXVersion DataLicense SPDXID DocumentName DocumentNamespace ExternalDocumentRef LicenseListVersion Creator
	Created CreatorComment DocumentComment PackageName PackageVersion PackageFileName PackageSupplier PackageOriginator
	PackageDownloadLocation FilesAnalyzed PackageVerificationCode PackageChecksum PackageHomePage PackageSourceInfo
	PackageLicenseConcluded PackageLicenseInfoFromFiles PackageLicenseDeclared PackageLicenseComments PackageCopyrightText
	PackageSummary PackageDescription PackageComment ExternalRef ExternalRefComment PackageAttributionText
	PrimaryPackagePurpose ReleaseDate BuiltDate ValidUntilDate FileName FileType FileChecksum LicenseConcluded
	LicenseInfoInFile LicenseComments FileCopyrightText ArtifactOfProjectName ArtifactOfProjectHomePage ArtifactOfProjectURI
	FileComment FileNotice FileContributor FileAttributionText FileDependency SnippetSPDXID SnippetFromFileSPDXID
	SnippetByteRange SnippetLineRange SnippetLicenseConcluded LicenseInfoInSnippet SnippetLicenseComments SnippetCopyrightText
	SnippetComment SnippetName SnippetAttributionText LicenseID ExtractedText LicenseName LicenseCrossReference LicenseComment
	Relationship RelationshipComment Annotator AnnotationDate AnnotationComment AnnotationType SPDXREF Reviewer ReviewDate
	ReviewComment`)

var knownTags = func() map[string]bool {
	m := make(map[string]bool, len(tags))
	for _, t := range tags {
		m[t] = true
	}
	return m
}()

// gluedTag finds a tag in the middle of a line.
var gluedTag = regexp.MustCompile(`(` + strings.Join(tags, "|") + `): `)

func (rd *reader) tagValue(br *bufio.Reader) error {
	t := &tagReader{spdxDoc: spdxDoc{b: rd.b, strictRelations: true}, br: br, section: "document"}
	t.place = func(place int) string { return "line " + strconv.Itoa(place) }
	for {
		tv, err := t.read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		t.line = tv.line
		if err := t.take(tv.tag, tv.value); err != nil {
			return err
		}
	}
	if err := t.endPackage(); err != nil {
		return err
	}
	if t.version == "" {
		return notAnSBOM("an SPDX tag-value document without SPDXVersion")
	}
	if t.badIDs > 1 {
		rd.b.warn("line "+strconv.Itoa(t.line), "bad_spdx_id", "%d ids of files lack the prefix SPDXRef-", t.badIDs)
	}
	rd.b.doc.SubjectName = t.name
	return t.finish("tag-value")
}

// rawLine reads one line without its end.
func (t *tagReader) rawLine() (string, error) {
	var long []byte
	for {
		part, err := t.br.ReadSlice('\n')
		if err == nil || err == io.EOF && len(part)+len(long) > 0 {
			t.next++
			if long == nil {
				return strings.TrimRight(string(part), "\r\n"), nil
			}
			return strings.TrimRight(string(append(long, part...)), "\r\n"), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", err
		}
		if long = append(long, part...); len(long) > maxTagLine {
			return "", t.tooLong()
		}
	}
}

func (t *tagReader) tooLong() error {
	return problem.New(problem.TooLarge, "A line of the document is longer than %d MiB.", maxTagLine>>20).With(problem.Fault{
		Path: "line " + strconv.Itoa(t.next+1), Code: "too_long", Message: "the document was given up",
	})
}

// read gives the next tag and its value.
func (t *tagReader) read() (tagValue, error) {
	if len(t.pendingQ) > 0 {
		tv := t.pendingQ[0]
		t.pendingQ = t.pendingQ[1:]
		return tv, nil
	}
	for {
		line, err := t.rawLine()
		if err != nil {
			return tagValue{}, err
		}
		at := t.next
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || trimmed[0] == '#' {
			continue
		}
		tag, value, ok := strings.Cut(trimmed, ":")
		tag = strings.TrimSpace(tag)
		if !ok || strings.ContainsAny(tag, " \t<") {
			t.b.warn("line "+strconv.Itoa(at), "bad_line", "line %d is no \"Tag: value\": %q; it is ignored", at, shorten(clean(trimmed)))
			continue
		}
		value = strings.TrimSpace(value)
		if tag == "SPDXVersion" && gluedTag.MatchString(value) {
			t.glued = true
			t.b.warn("line "+strconv.Itoa(at), "lost_line_breaks", "the document has lost its line breaks; lines are cut before each known tag")
		}
		if t.glued {
			t.unglue(trimmed, at)
			return t.read()
		}
		if rest, ok := strings.CutPrefix(value, "<text>"); ok {
			if value, err = t.block(rest, at); err != nil {
				return tagValue{}, err
			}
		}
		return tagValue{tag, clean(value), at}, nil
	}
}

// block reads on until </text>.
func (t *tagReader) block(first string, at int) (string, error) {
	if s, _, ok := strings.Cut(first, "</text>"); ok {
		return s, nil
	}
	var b strings.Builder
	b.WriteString(first)
	size := len(first)
	for {
		line, err := t.rawLine()
		if err == io.EOF {
			t.b.warn("line "+strconv.Itoa(at), "open_text", "the <text> of line %d is not closed", at)
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		s, _, closed := strings.Cut(line, "</text>")
		if size += len(s) + 1; size <= maxText {
			b.WriteByte('\n')
			b.WriteString(s)
		}
		if closed {
			return b.String(), nil
		}
	}
}

// unglue cuts a line of a document without line breaks before each known tag.
func (t *tagReader) unglue(line string, at int) {
	starts := gluedTag.FindAllStringIndex(line, -1)
	for i, s := range starts {
		end := len(line)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		tag, value, _ := strings.Cut(line[s[0]:end], ": ")
		value = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(value), "<text>"), "</text>")
		t.pendingQ = append(t.pendingQ, tagValue{tag, clean(value), at})
	}
}

// take handles one tag.
func (t *tagReader) take(tag, v string) error {
	at := t.place(t.line)
	switch tag {
	case "SPDXVersion":
		t.version = v
	case "DocumentName":
		t.name = v
	case "DocumentNamespace":
		t.b.doc.SerialNumber = v
	case "Creator":
		t.creator(v)
	case "Created":
		if t.b.doc.Created = parseTime(v); t.b.doc.Created.IsZero() && v != "" {
			t.b.warn(at, "bad_timestamp", "%q is no date and time of RFC 3339", shorten(v))
		}
	case "PackageName":
		return t.startPackage(v)
	case "FileName":
		err := t.endPackage()
		t.section = "file"
		if t.fileID != "" {
			t.section, t.fileID = "document", ""
		}
		return err
	case "SnippetSPDXID":
		err := t.endPackage()
		t.section = "snippet"
		t.other(v)
		return err
	case "LicenseID":
		t.section = "license"
		return t.endPackage()
	case "SPDXID":
		return t.id(v)
	case "Relationship":
		return t.relationship(v)
	case "ExternalDocumentRef", "SPDXREF":
	default:
		if t.packageTag(tag, v) {
			return t.b.err
		}
		if !knownTags[tag] {
			t.b.warn(at, "unknown_tag", "line %d: the tag %q is none of SPDX; it is ignored", t.line, shorten(clean(tag)))
		}
	}
	return t.b.err
}

func (t *tagReader) startPackage(name string) error {
	if err := t.endPackage(); err != nil {
		return err
	}
	t.pkg = &spdxPackage{Component: Component{Path: t.place(t.line), Name: name}}
	t.section = "package"
	return nil
}

func (t *tagReader) endPackage() error {
	p := t.pkg
	t.pkg = nil
	if p == nil {
		return nil
	}
	return t.addPackage(p)
}

// id takes an SPDXID. Some tools write it before the FileName or PackageName that it belongs to; one that comes when
// the element already has its own starts the next element.
func (t *tagReader) id(v string) error {
	switch {
	case t.section == "package" && t.pkg != nil && t.pkg.Ref == "":
		t.pkg.Ref = v
	case t.section == "file":
		t.other(v)
		t.section = "filed"
	case spdxID(v) == "DOCUMENT" || t.section == "document" && t.fileID == "" && t.version != "" && strings.EqualFold(spdxID(v), "document"):
	default:
		if err := t.endPackage(); err != nil {
			return err
		}
		t.fileID = v
		t.other(v)
	}
	return t.b.err
}

// other notes the id of an element that is no package.
func (t *tagReader) other(id string) {
	if !strings.HasPrefix(id, refPrefix) {
		if t.badIDs++; t.badIDs == 1 {
			t.b.warn(t.place(t.line), "bad_spdx_id", "line %d: the id %q lacks the prefix SPDXRef-", t.line, shorten(id))
		}
	}
	t.b.bind(spdxID(id), refOther)
}

// packageTag handles the tags of a package; false if the tag is none of them.
func (t *tagReader) packageTag(tag, v string) bool {
	p := t.pkg
	if p == nil {
		return false
	}
	switch tag {
	case "PackageVersion":
		p.Version = v
	case "PackageSupplier":
		p.Supplier = v
	case "PackageOriginator":
		p.originator = v
	case "PackageSourceInfo":
		p.sourceInfo = v
	case "PackageLicenseDeclared":
		p.declared = v
	case "PackageLicenseConcluded":
		p.concluded = v
	case "PrimaryPackagePurpose":
		p.purpose = v
	case "PackageDownloadLocation", "PackageHomePage":
		p.addURL(v)
	case "PackageAttributionText", "AnnotationComment":
		p.comment(v)
	case "PackageChecksum":
		alg, sum, _ := strings.Cut(v, ":")
		p.checksum(strings.TrimSpace(alg), strings.TrimSpace(sum))
	case "ExternalRef":
		f := strings.Fields(v)
		if len(f) < 3 {
			t.b.warn(t.place(t.line), "bad_line", "line %d: an ExternalRef has a category, a type and a locator", t.line)
			return true
		}
		p.externalRef(f[1], strings.Join(f[2:], " "))
	default:
		return false
	}
	return true
}

func (t *tagReader) relationship(v string) error {
	f := strings.Fields(v)
	if len(f) != 3 {
		t.b.warn(t.place(t.line), "bad_line", "line %d: a Relationship has two elements with a type between them", t.line)
		return nil
	}
	return t.relate(f[0], f[1], f[2], t.line)
}

// looksTagValue finds a tag of SPDX at the beginning of a line.
func looksTagValue(head []byte) bool {
	return tagValueLine.Match(bytes.TrimSpace(head))
}
