package sbom

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// maxXMLToken bounds one tag or run of text: encoding/xml holds a whole token in memory.
const maxXMLToken = 8 << 20

// xmlWalker walks an XML document token by token. Attributes come before child elements, text last as "#text".
// Entities are not expanded: only the five of XML itself are known, and a document that declares others is refused.
type xmlWalker struct {
	dec   *xml.Decoder
	guard *tokenGuard
	depth int
	max   int
	warn  func(path, code, format string, args ...any)

	start   *xml.StartElement // the element that is due
	scalar  *string           // or the attribute or text that is
	pending bool
	line    int // of the element that is due
	keys    map[string]string
}

// tokenGuard fails a token that grows without end.
type tokenGuard struct {
	r    io.Reader
	left int
}

func (g *tokenGuard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, problem.New(problem.TooLarge, "The XML document holds a text longer than %d MiB.", maxXMLToken>>20).
			With(problem.Fault{Path: "/", Code: "too_long", Message: "the document was given up"})
	}
	n, err := g.r.Read(p[:min(len(p), 32<<10)])
	g.left -= n
	return n, err
}

// newXMLWalker stands on the root element.
func newXMLWalker(r io.Reader, maxDepth int, warn func(path, code, format string, args ...any)) (*xmlWalker, error) {
	g := &tokenGuard{r: r, left: maxXMLToken}
	x := &xmlWalker{dec: xml.NewDecoder(g), guard: g, max: maxDepth, warn: warn, keys: make(map[string]string)}
	x.dec.CharsetReader = charset
	for {
		tok, err := x.token()
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			x.due(t)
			return x, nil
		case xml.Directive:
			if bytes.Contains(t, []byte("ENTITY")) {
				return nil, x.fault(problem.Malformed, "The XML document declares entities, which are not expanded.", "entities",
					"remove the DOCTYPE; an SBOM needs none")
			}
		}
	}
}

// charset decodes what an XML declaration may name besides UTF-8. UTF-16 has been decoded before.
func charset(label string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii":
		return r, nil
	case "iso-8859-1", "latin1":
		return charmap.ISO8859_1.NewDecoder().Reader(r), nil
	case "windows-1252", "cp1252":
		return charmap.Windows1252.NewDecoder().Reader(r), nil
	}
	return nil, fmt.Errorf("the encoding %q is not known", shorten(label))
}

func (x *xmlWalker) token() (xml.Token, error) {
	x.guard.left = maxXMLToken
	tok, err := x.dec.Token()
	if err == nil {
		return tok, nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if s, ok := err.(*xml.SyntaxError); ok {
		return nil, x.fault(problem.Malformed, "The document is not well-formed XML.", "syntax", s.Msg)
	}
	return nil, err
}

func (x *xmlWalker) fault(kind problem.Kind, message, code, detail string) error {
	line, col := x.dec.InputPos()
	return problem.New(kind, "%s", message).With(problem.Fault{
		Path: "line " + strconv.Itoa(line), Code: code, Message: fmt.Sprintf("line %d, column %d: %s", line, col, detail),
	})
}

func (x *xmlWalker) due(e xml.StartElement) {
	e = e.Copy()
	x.start, x.scalar, x.pending = &e, nil, true
	x.line, _ = x.dec.InputPos()
}

func (x *xmlWalker) where() string { return "line " + strconv.Itoa(x.line) }

func (x *xmlWalker) kind() kind {
	if x.scalar != nil {
		return kindScalar
	}
	return kindObject
}

// take consumes the element that is due.
func (x *xmlWalker) take() (xml.StartElement, error) {
	e := *x.start
	x.pending, x.start = false, nil
	if x.depth++; x.depth > x.max {
		return e, x.fault(problem.TooLarge, "The document is nested too deeply.", "too_deep", fmt.Sprintf("more than %d levels of nesting", x.max))
	}
	return e, nil
}

func (x *xmlWalker) object(fn func(key string) error) error {
	if x.scalar != nil {
		x.pending = false
		return nil
	}
	e, err := x.take()
	if err != nil {
		return err
	}
	line := x.line
	give := func(key, text string) error {
		x.scalar, x.pending, x.line = &text, true, line
		err := fn(key)
		x.scalar, x.pending = nil, false
		return err
	}
	for _, a := range e.Attr {
		if err := give(x.key(a.Name.Local), clean(a.Value)); err != nil {
			return err
		}
	}
	var text []byte
	err = x.children(func(child xml.StartElement) error { return fn(x.key(child.Name.Local)) }, &text)
	if err != nil {
		return err
	}
	if s := clean(string(text)); s != "" {
		return give("#text", s)
	}
	return nil
}

// children reads up to the end of the element that was taken last, skipping what fn leaves untouched.
func (x *xmlWalker) children(fn func(xml.StartElement) error, text *[]byte) error {
	for {
		tok, err := x.token()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			x.due(t)
			if fn != nil {
				if err := fn(*x.start); err != nil {
					return err
				}
			}
			if x.pending {
				if err := x.skip(); err != nil {
					return err
				}
			}
		case xml.CharData:
			if text != nil && len(*text) < maxText {
				*text = append(*text, t[:min(len(t), maxText-len(*text))]...)
			}
		case xml.EndElement:
			x.depth--
			return nil
		}
	}
}

func (x *xmlWalker) key(name string) string {
	if s, ok := x.keys[name]; ok {
		return s
	}
	if len(x.keys) < 1024 {
		x.keys[name] = name
	}
	return name
}

func (x *xmlWalker) list(item string, fn func(i int) error) error {
	if item == "" || x.scalar != nil {
		return fn(0)
	}
	if _, err := x.take(); err != nil {
		return err
	}
	i := 0
	return x.children(func(child xml.StartElement) error {
		if child.Name.Local != item {
			if !strings.HasPrefix(child.Name.Local, item) && cdxNamespace(child.Name.Space) {
				x.warn(x.where(), "unknown_element", "the element %q does not belong here; it is ignored", shorten(child.Name.Local))
			}
			return nil
		}
		i++
		return fn(i - 1)
	}, nil)
}

func cdxNamespace(ns string) bool { return strings.HasPrefix(ns, cdxNS) }

func (x *xmlWalker) text() (string, error) {
	if x.scalar != nil {
		x.pending = false
		return *x.scalar, nil
	}
	if _, err := x.take(); err != nil {
		return "", err
	}
	var text []byte
	if err := x.children(nil, &text); err != nil {
		return "", err
	}
	return clean(string(text)), nil
}

func (x *xmlWalker) skip() error {
	if x.scalar != nil {
		x.pending = false
		return nil
	}
	if _, err := x.take(); err != nil {
		return err
	}
	return x.children(nil, nil)
}

// end checks that the document ends after its root element.
func (x *xmlWalker) end() error {
	for {
		x.guard.left = maxXMLToken
		tok, err := x.dec.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			return x.fault(problem.Malformed, "The document is not well-formed XML.", "syntax", "text follows after the root element")
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return x.fault(problem.Malformed, "The document is not well-formed XML.", "syntax", "text follows after the root element")
			}
		}
	}
}

const (
	cdxNS = "http://cyclonedx.org/schema/bom/"
	rdfNS = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
)

// xml reads an XML text by its root element.
func (rd *reader) xml(br *bufio.Reader, head []byte) error {
	lower := bytes.ToLower(head)
	if bytes.HasPrefix(lower, []byte("<!doctype html")) || bytes.HasPrefix(lower, []byte("<html")) {
		return notAnSBOM("an HTML page")
	}
	x, err := newXMLWalker(br, rd.lim.MaxDepth, rd.b.warn)
	if err != nil {
		return err
	}
	root := x.start.Name
	switch {
	case root.Local == "bom" && (cdxNamespace(root.Space) || root.Space == ""):
		c := &cdxReader{b: rd.b, w: x, root: x.where(), format: "CycloneDX", spec: strings.TrimPrefix(root.Space, cdxNS)}
		if root.Space == "" {
			rd.b.warn(x.where(), "missing_namespace", "the root element names no CycloneDX namespace")
		}
		if err = x.object(func(key string) error { _, err := c.member(key); return err }); err == nil {
			err = c.finish("xml")
		}
	case root.Local == "RDF" && root.Space == rdfNS:
		err = rd.rdf(x)
	case root.Local == "Document" || root.Local == "SpdxDocument":
		s := newSPDXReader(rd.b, x)
		if err = x.object(func(key string) error { _, err := s.member(key); return err }); err == nil {
			if s.version == "" {
				return notAnSBOM("an XML document whose root element is " + strconv.Quote(root.Local))
			}
			err = s.finish("xml")
		}
	default:
		if what, ok := rootKinds[root.Local]; ok {
			return notAnSBOM(what)
		}
		return notAnSBOM("an XML document whose root element is " + strconv.Quote(shorten(clean(root.Local))))
	}
	if err != nil {
		return err
	}
	return x.end()
}
