package sbom

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Read reads one SBOM, whatever its format, encoding and wrapping: CycloneDX 1.0 to 1.7 as JSON or XML; SPDX 2.2 and
// 2.3 as JSON, tag-value, YAML, RDF/XML or XML; SPDX 3.0 as JSON-LD; each also in UTF-16, under gzip, zstd or zip, in
// GitHub's {"sbom": ...} answer, or in an in-toto statement or DSSE envelope. The format is detected by content.
//
// It is a pure function of the bytes and of lim. What can be lived with becomes Document.Warnings; a document that
// cannot be used is refused with a *problem.Error: Malformed (not parsable), Unsupported (something else, and what it
// looks like), TooLarge (a limit of lim) or, with lim.Strict, Invalid (Faults are the warnings). Every fault has a
// place: a JSON pointer or "line N". An end of ctx is returned as its error, wrapped.
func Read(ctx context.Context, r io.Reader, lim Limits) (*Document, error) {
	lim = lim.orDefault()
	ctx, cancel := context.WithTimeoutCause(ctx, lim.MaxDuration, errTooSlow)
	defer cancel()
	b := newBuilder(lim)
	rd := &reader{lim: lim, b: b, meter: &meter{ctx: ctx, lim: lim, gaveUp: func() error { return b.err }}}
	if err := rd.layer(r, 0); err != nil {
		return nil, rd.explain(err)
	}
	doc, err := rd.b.finish()
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// reader is one call of Read.
type reader struct {
	lim   Limits
	b     *builder
	meter *meter
}

// explain turns what went wrong below the parsers into something a person can read.
func (rd *reader) explain(err error) error {
	var p *problem.Error
	switch {
	case errors.As(err, &p):
		return err
	case rd.meter.failed != nil:
		return rd.meter.failed
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return problem.Wrap(problem.Malformed, err, "The document is cut off.").
			With(problem.Fault{Path: "/", Code: "truncated", Message: "the data ends before the document does"})
	}
	return problem.Wrap(problem.Malformed, err, "The document could not be read.").
		With(problem.Fault{Path: "/", Code: "unreadable", Message: "the data is damaged: " + err.Error()})
}

// document reads plain text of some format: compression and UTF-16 are already off.
func (rd *reader) document(br *bufio.Reader, depth int) error {
	first, err := skipSpace(br)
	if errors.Is(err, io.EOF) {
		return problem.New(problem.Malformed, "The document is empty.").
			With(problem.Fault{Path: "/", Code: "empty", Message: "nothing but white space was received"})
	}
	if err != nil {
		return err
	}
	head, _ := br.Peek(sniffBytes)
	switch {
	case first == '{' || first == '[':
		return rd.json(br, depth)
	case first == '<':
		return rd.xml(br, head)
	case looksYAML(head):
		return rd.yaml(br)
	case looksTagValue(head):
		return rd.tagValue(br)
	}
	return notAnSBOM(describe(head))
}

// skipSpace drops a byte order mark and leading white space and gives the first byte that counts, unread.
func skipSpace(br *bufio.Reader) (byte, error) {
	for {
		c, err := br.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case ' ', '\t', '\r', '\n', 0xEF, 0xBB, 0xBF:
			continue
		}
		return c, br.UnreadByte()
	}
}
