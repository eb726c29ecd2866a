package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Bundle is a file whose seal was checked.
type Bundle struct {
	file     io.ReaderAt
	size     int64
	seal     seal
	manifest Manifest
	// chunks are the digests of the data frames, in order, as Verify saw them.
	chunks   []Digest
	verified bool
}

// Open checks that the file is whole and whose it is; see Trust. Nothing of its content is looked at.
func Open(file io.ReaderAt, size int64, trust Trust) (*Bundle, error) {
	s, err := checkSeal(file, size, trust)
	if err != nil {
		return nil, err
	}
	return &Bundle{file: file, size: size, seal: s}, nil
}

// SignedBy is the id of the key that the file names; empty: nobody signed it. Whether that key signed it is what Open was
// told to check.
func (b *Bundle) SignedBy() string { return b.seal.key.String() }

// Size is the file's length in bytes.
func (b *Bundle) Size() int64 { return b.size }

// Digest is the SHA-256 of the file without its seal.
func (b *Bundle) Digest() Digest { return b.seal.digest }

// Manifest is what the bundle holds; only after Verify.
func (b *Bundle) Manifest() Manifest { return b.manifest }

// Check looks at one line of a section, which ends without its line break. The line is good until it returns.
type Check func(line []byte) error

// Verify reads everything and stores nothing. known gives the check of a section's lines; false: the section is not known
// here, which is an error where it is required. Afterwards the manifest is known, and agrees with what was read.
func (b *Bundle) Verify(ctx context.Context, known func(Section) (Check, bool)) error {
	s, err := newStream(ctx, b.file, b.size)
	if err != nil {
		return err
	}
	defer s.close()
	v := verifier{known: known, sum: sha256.New()}
	for {
		kind, payload, err := s.next()
		if errors.Is(err, io.EOF) && v.done {
			break
		}
		if errors.Is(err, io.EOF) {
			err = unreadable(err)
		}
		if err == nil {
			err = v.take(kind, payload)
		}
		if err != nil {
			return err
		}
	}
	b.manifest, b.chunks, b.verified = v.manifest, v.chunks, true
	return nil
}

// SectionReader is a section while it is read.
type SectionReader struct {
	Contents
	r *contentReader
}

// Sections reads a verified bundle once more, section by section. A section that is not read to its end is passed over.
// Whatever differs from what Verify saw ends it with an error before it is handed out.
func (b *Bundle) Sections(ctx context.Context) iter.Seq2[*SectionReader, error] {
	return func(yield func(*SectionReader, error) bool) {
		if !b.verified {
			yield(nil, errors.New("a bundle is read before it was verified"))
			return
		}
		s, err := newStream(ctx, b.file, b.size)
		if err != nil {
			yield(nil, err)
			return
		}
		defer s.close()
		r := &contentReader{stream: s, chunks: b.chunks}
		for _, c := range b.manifest.Sections {
			if err := r.seek(c.Section); err != nil {
				yield(nil, err)
				return
			}
			if !yield(&SectionReader{Contents: c, r: r}, nil) {
				return
			}
		}
	}
}

// Lines yields the section's lines without their line breaks, each good until the next. It can be read once.
func (s *SectionReader) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			chunk, err := s.r.data()
			if err != nil {
				yield(nil, err)
				return
			}
			if chunk == nil {
				return
			}
			for line := range lines(chunk) {
				if !yield(line, nil) {
					return
				}
			}
		}
	}
}

// contentReader goes through a verified bundle's frames.
type contentReader struct {
	stream  *stream
	chunks  []Digest // of the data frames that are still to come
	section []byte   // the frame of the section that was met while reading the one before
}

var errChanged = problem.New(problem.Conflict, "the bundle's file changed while it was read: what came before is stored; import it again when nobody writes to it")

// data is the next data frame of the section; nil: it ended.
func (r *contentReader) data() ([]byte, error) {
	if r.section != nil {
		return nil, nil
	}
	kind, payload, err := r.stream.next()
	switch {
	case err != nil && r.stream.ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, errChanged
	case kind == frameData:
		if len(r.chunks) == 0 || sha256.Sum256(payload) != r.chunks[0] {
			return nil, errChanged
		}
		r.chunks = r.chunks[1:]
		return payload, nil
	case kind == frameSection:
		r.section = bytes.Clone(payload)
	case kind == frameManifest:
		r.section = []byte{}
	}
	return nil, nil
}

// seek goes on to the section, which is the next one.
func (r *contentReader) seek(want Section) error {
	for r.section == nil {
		if _, err := r.data(); err != nil {
			return err
		}
	}
	var met Section
	if err := json.Unmarshal(r.section, &met); err != nil || !same(met, want) {
		return errChanged
	}
	r.section = nil
	return nil
}

func same(a, b Section) bool {
	return a.Name == b.Name && a.Feed == b.Feed && a.Required == b.Required && bytes.Equal(a.Meta, b.Meta)
}

// lines splits a data frame, which was seen to end in a line break.
func lines(chunk []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(chunk) > 0 {
			at := bytes.IndexByte(chunk, '\n')
			if at < 0 || !yield(chunk[:at]) {
				return
			}
			chunk = chunk[at+1:]
		}
	}
}

// knownFormat says in words why a header's format is not read here.
func knownFormat(h Header) error {
	switch {
	case h.Format > Format:
		return problem.New(problem.Unsupported,
			"the bundle has format %d, written by ThreatWerk %s, and this version reads formats up to %d: update ThreatWerk here first",
			h.Format, h.Product, Format)
	case h.Format < 1:
		return problem.New(problem.Malformed, "the bundle states no format that ever was (%d)", h.Format)
	}
	return nil
}

func listed(sections []Contents, s Section) bool {
	return slices.ContainsFunc(sections, func(c Contents) bool { return c.Name == s.Name && c.Feed == s.Feed })
}

func malformed(format string, args ...any) error {
	return problem.New(problem.Malformed, "the bundle is not in order: %s", fmt.Sprintf(format, args...))
}
