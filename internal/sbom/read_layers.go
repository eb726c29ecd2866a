package sbom

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// zstdWindow bounds what a zstd frame may make the decoder allocate; the largest window of the command line tool
// without --ultra is 8 MiB.
const zstdWindow = 32 << 20

// errTooSlow is the cause with which the time limit ends a read.
var errTooSlow = errors.New("time limit reached")

// meter ends a read that is too long, too slow or no longer wanted. failed keeps the reason, since parsers and
// decompressors reword what they are given.
type meter struct {
	ctx    context.Context
	lim    Limits
	failed error
	// gaveUp is asked whether the document has been given up already.
	gaveUp func() error
}

// metered counts what one layer of packing gives; each layer may give MaxBytes.
type metered struct {
	m    *meter
	r    io.Reader
	left int64
}

func (m *meter) reader(r io.Reader) io.Reader { return &metered{m: m, r: r, left: m.lim.MaxBytes} }

func (c *metered) Read(p []byte) (int, error) {
	m := c.m
	if m.failed == nil && m.ctx.Err() != nil {
		m.failed = fmt.Errorf("read SBOM: %w", m.ctx.Err())
		if context.Cause(m.ctx) == errTooSlow {
			m.failed = problem.New(problem.TooLarge, "Reading the document took longer than %s.", m.lim.MaxDuration).
				With(problem.Fault{Path: "/", Code: "too_slow", Message: "the document was given up"})
		}
	}
	if m.failed == nil {
		m.failed = m.gaveUp()
	}
	if m.failed != nil {
		return 0, m.failed
	}
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		m.failed = problem.New(problem.TooLarge, "The document is larger than %d MiB when unpacked.", m.lim.MaxBytes>>20).
			With(problem.Fault{Path: "/", Code: "too_large", Message: fmt.Sprintf("more than %d bytes", m.lim.MaxBytes)})
		return 0, m.failed
	}
	return n, err
}

// layer takes one wrapping off, or reads the document when none is left.
func (rd *reader) layer(r io.Reader, depth int) error {
	if depth > maxLayers {
		return problem.New(problem.Unsupported, "The document is packed more than %d times over.", maxLayers).
			With(problem.Fault{Path: "/", Code: "too_many_layers", Message: "unpack it before uploading"})
	}
	br := bufio.NewReaderSize(rd.meter.reader(r), 64<<10)
	head, err := br.Peek(512)
	if len(head) == 0 && err != nil && err != io.EOF {
		return err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1F, 0x8B}):
		z, err := gzip.NewReader(br)
		if err != nil {
			return damaged("gzip", err)
		}
		return rd.packed("gzip", z, depth)
	case bytes.HasPrefix(head, []byte{0x28, 0xB5, 0x2F, 0xFD}):
		z, err := zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(zstdWindow),
			zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return damaged("zstd", err)
		}
		defer z.Close()
		return rd.packed("zstd", z, depth)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return rd.zip(br, depth)
	}
	if order, ok := utf16Order(head); ok {
		dec := unicode.UTF16(order, unicode.UseBOM).NewDecoder()
		br = bufio.NewReaderSize(transform.NewReader(br, dec), 64<<10)
	}
	return rd.document(br, depth)
}

// packed reads what a decompressor gives and says so when it is the packing that is damaged.
func (rd *reader) packed(name string, z io.Reader, depth int) error {
	e := &errorTap{r: z}
	err := rd.layer(e, depth+1)
	if e.err != nil && rd.meter.failed == nil {
		return damaged(name, e.err)
	}
	return err
}

// errorTap remembers a read error other than the end, which a parser above may have reworded.
type errorTap struct {
	r   io.Reader
	err error
}

func (t *errorTap) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if err != nil && err != io.EOF {
		t.err = err
	}
	return n, err
}

func damaged(name string, err error) error {
	return problem.Wrap(problem.Malformed, err, "The %s packing of the document is damaged.", name).
		With(problem.Fault{Path: "/", Code: "damaged_" + name, Message: "unpacking it ended with: " + err.Error()})
}

// utf16Order detects UTF-16 by its mark, or by the zero byte beside the first ASCII character.
func utf16Order(head []byte) (unicode.Endianness, bool) {
	switch {
	case len(head) < 2:
		return unicode.LittleEndian, false
	case head[0] == 0xFF && head[1] == 0xFE:
		return unicode.LittleEndian, true
	case head[0] == 0xFE && head[1] == 0xFF:
		return unicode.BigEndian, true
	case head[0] == 0 && head[1] != 0:
		return unicode.BigEndian, true
	case head[0] != 0 && head[1] == 0 && (len(head) < 4 || head[2] != 0):
		return unicode.LittleEndian, true
	}
	return unicode.LittleEndian, false
}
