package sbom

import (
	"bufio"
	"encoding/base64"
	"io"
	"strings"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// json reads a JSON text: an SBOM, or an envelope around one.
func (rd *reader) json(br *bufio.Reader, depth int) error {
	j := newJSONWalker(br, rd.lim.MaxDepth, rd.b.warn)
	if j.kind() == kindList {
		return notAnSBOM("a JSON list; an SBOM is an object with \"bomFormat\", \"spdxVersion\" or \"@context\"")
	}
	t := &top{rd: rd, j: j, depth: depth}
	if err := t.object(); err != nil {
		return err
	}
	return j.end()
}

// top reads the outermost object. Members come in any order, so the members of all formats are collected as they come
// (the formats share none) and which document it was is decided at the end.
type top struct {
	rd    *reader
	j     *jsonWalker
	depth int
	found bool // an SBOM has been read, here or in an envelope further in
}

// maxTopKeys bounds the member names kept to describe a document that is no SBOM.
const maxTopKeys = 40

func (t *top) object() error {
	if t.depth > maxLayers {
		return problem.New(problem.Unsupported, "The document is wrapped more than %d times over.", maxLayers).
			With(problem.Fault{Path: t.j.where(), Code: "too_many_layers", Message: "unwrap it before uploading"})
	}
	b := t.rd.b
	cdx := &cdxReader{b: b, w: t.j, root: t.j.where()}
	two := newSPDXReader(b, t.j)
	three := newSPDX3Reader(b, t.j)
	var keys []string
	err := t.j.object(func(key string) error {
		if len(keys) < maxTopKeys {
			keys = append(keys, key)
		}
		for _, take := range []func(string) (bool, error){cdx.member, two.member, three.member, t.envelope} {
			if ok, err := take(key); ok || err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.decide(cdx, two, three, keys)
}

// decide finishes the document that the members belong to.
func (t *top) decide(cdx *cdxReader, two *spdxReader, three *spdx3Reader, keys []string) error {
	finish := func() error { return notAnSBOM(describeJSON(keys)) }
	switch {
	case cdx.isBOM():
		finish = func() error { return cdx.finish("json") }
	case two.version != "":
		finish = func() error { return two.finish("json") }
	case three.isDocument():
		finish = func() error { return three.finish("json-ld") }
	case t.found:
		return nil
	}
	if t.found {
		return problem.New(problem.Unsupported, "The document holds more than one SBOM.").
			With(problem.Fault{Path: "/", Code: "several_documents", Message: "upload one document at a time"})
	}
	if err := finish(); err != nil {
		return err
	}
	t.found = true
	return nil
}

// envelope reads the members in which an SBOM may be wrapped: GitHub's "sbom", the predicate of an in-toto statement
// (in whose "Data" cosign once put the document, as an object or as text), the payload of a DSSE envelope or JWS, and
// the envelope in a Sigstore bundle.
func (t *top) envelope(key string) (bool, error) {
	switch key {
	case "sbom", "predicate", "dsseEnvelope", "Data", "SBOM":
		switch t.j.kind() {
		case kindObject:
			inner := &top{rd: t.rd, j: t.j, depth: t.depth + 1}
			if err := inner.object(); err != nil {
				return true, err
			}
			t.found = true
			return true, nil
		case kindScalar:
			if key == "Data" && t.depth > 0 {
				return true, t.embedded(func(r io.Reader) io.Reader { return r })
			}
		}
	case "payload":
		if c, _ := t.j.peek(); c == '"' {
			return true, t.embedded(func(r io.Reader) io.Reader {
				return base64.NewDecoder(base64.RawStdEncoding, &stdAlphabet{r})
			})
		}
	}
	return false, nil
}

func (t *top) embedded(decode func(io.Reader) io.Reader) error {
	if c, _ := t.j.peek(); c != '"' || t.found {
		return nil
	}
	raw := t.j.embedded()
	if err := t.rd.layer(decode(raw), t.depth+1); err != nil {
		return err
	}
	t.found = true
	_, err := io.Copy(io.Discard, raw)
	return err
}

// stdAlphabet maps the URL-safe base64 alphabet to the standard one and drops padding and line ends: DSSE allows both.
type stdAlphabet struct{ r io.Reader }

func (s *stdAlphabet) Read(p []byte) (int, error) {
	for {
		n, err := s.r.Read(p)
		kept := 0
		for _, c := range p[:n] {
			switch c {
			case '-':
				c = '+'
			case '_':
				c = '/'
			case '=', '\r', '\n':
				continue
			}
			p[kept] = c
			kept++
		}
		if kept > 0 || err != nil || len(p) == 0 {
			return kept, err
		}
	}
}

// specMajor splits "2.3" and "3.0.1" for the checks of versions.
func specMajor(v string) string {
	major, _, _ := strings.Cut(v, ".")
	return major
}
