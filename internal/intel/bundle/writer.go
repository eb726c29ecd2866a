package bundle

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Writer writes a bundle from its beginning to its seal and keeps only the frame at hand. After an error it is of no use.
type Writer struct {
	out      *bufio.Writer
	whole    hash.Hash // of what is written
	packed   *zstd.Encoder
	manifest Manifest
	chunk    bytes.Buffer
	lines    *json.Encoder
	sum      hash.Hash // of the section's lines
	open     bool
}

// NewWriter begins a bundle.
func NewWriter(out io.Writer, product string, created time.Time) (*Writer, error) {
	w := &Writer{whole: sha256.New(), sum: sha256.New()}
	w.out = bufio.NewWriterSize(io.MultiWriter(out, w.whole), 1<<16)
	w.lines = json.NewEncoder(&w.chunk)
	w.lines.SetEscapeHTML(false)
	w.manifest.Header = Header{Format: Format, Product: product, Created: created.UTC().Truncate(time.Second)}
	if _, err := w.out.WriteString(magic); err != nil {
		return nil, fmt.Errorf("begin the bundle: %w", err)
	}
	var err error
	// A small task has half a processor: more threads would only cost memory.
	if w.packed, err = zstd.NewWriter(w.out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(windowSize)); err != nil {
		return nil, fmt.Errorf("begin the bundle: %w", err)
	}
	return w, w.note(frameHeader, w.manifest.Header)
}

// Begin ends the section before and begins another.
func (w *Writer) Begin(s Section) error {
	if err := w.end(); err != nil {
		return err
	}
	if len(w.manifest.Sections) == maxSections {
		return fmt.Errorf("a bundle holds %d sections at most", maxSections)
	}
	w.manifest.Sections = append(w.manifest.Sections, Contents{Section: s})
	w.open = true
	w.sum.Reset()
	return w.note(frameSection, s)
}

// Add writes a record of the section. newest is when it changed last; zero: it does not say, and what lies in the future
// does not count.
func (w *Writer) Add(record any, newest time.Time) error {
	before := w.chunk.Len()
	if err := w.lines.Encode(record); err != nil {
		return fmt.Errorf("encode a record: %w", err)
	}
	line := w.chunk.Len() - before
	if line > maxLine {
		return problem.New(problem.TooLarge, "a record has %d bytes and a bundle holds records of up to %d", line, maxLine)
	}
	s := &w.manifest.Sections[len(w.manifest.Sections)-1]
	s.Records++
	s.Bytes += int64(line)
	if newest.After(s.Newest) && !newest.After(intel.Soon(w.manifest.Created)) {
		s.Newest = newest.UTC()
	}
	// A line that would make the frame too long goes into one of its own.
	if before > 0 && w.chunk.Len() > maxLine {
		last := bytes.Clone(w.chunk.Bytes()[before:])
		w.chunk.Truncate(before)
		if err := w.flush(); err != nil {
			return err
		}
		w.chunk.Write(last)
	}
	if w.chunk.Len() >= chunkSize {
		return w.flush()
	}
	return nil
}

func (w *Writer) flush() error {
	if w.chunk.Len() == 0 {
		return nil
	}
	w.sum.Write(w.chunk.Bytes())
	err := w.frame(frameData, w.chunk.Bytes())
	w.chunk.Reset()
	if w.chunk.Cap() > 4*chunkSize {
		w.chunk = bytes.Buffer{}
	}
	return err
}

func (w *Writer) end() error {
	if !w.open {
		return nil
	}
	w.open = false
	err := w.flush()
	w.manifest.Sections[len(w.manifest.Sections)-1].SHA256 = Digest(w.sum.Sum(nil))
	return err
}

func (w *Writer) note(kind byte, v any) error {
	encoded, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the bundle's notes: %w", err)
	}
	return w.frame(kind, encoded)
}

func (w *Writer) frame(kind byte, payload []byte) error {
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(payload)))
	for _, part := range [][]byte{head, payload} {
		if _, err := w.packed.Write(part); err != nil {
			return fmt.Errorf("write the bundle: %w", err)
		}
	}
	return nil
}

// Close writes the manifest and the seal: a signature where key is given. It does not close what is written to.
func (w *Writer) Close(key ed25519.PrivateKey) (Manifest, error) {
	if err := w.end(); err != nil {
		return Manifest{}, err
	}
	if err := w.note(frameManifest, w.manifest); err != nil {
		return Manifest{}, err
	}
	if err := w.packed.Close(); err != nil {
		return Manifest{}, fmt.Errorf("end the bundle: %w", err)
	}
	if err := w.out.Flush(); err != nil {
		return Manifest{}, fmt.Errorf("end the bundle: %w", err)
	}
	digest := Digest(w.whole.Sum(nil))
	if _, err := w.out.Write(newSeal(digest, key).bytes()); err != nil {
		return Manifest{}, fmt.Errorf("seal the bundle: %w", err)
	}
	if err := w.out.Flush(); err != nil {
		return Manifest{}, fmt.Errorf("seal the bundle: %w", err)
	}
	return w.manifest, nil
}
