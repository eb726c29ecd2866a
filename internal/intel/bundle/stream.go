package bundle

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// How much may come out of a file: whatever is bounded by its length, so that a small file cannot keep a reader busy for
// hours. Real bundles unpack to ten to thirty times their length.
const (
	unpackRatio = 1000
	unpackFloor = 64 << 20
	unpackMost  = 64 << 30
)

// stream reads frames from a file whose seal was checked. What it meets may still be hostile: anybody can write a file
// that nobody signed.
type stream struct {
	ctx     context.Context
	packed  *zstd.Decoder
	in      *bufio.Reader
	left    int64 // bytes that may still come
	payload bytes.Buffer
	frames  int
}

func newStream(ctx context.Context, file io.ReaderAt, size int64) (*stream, error) {
	body := io.NewSectionReader(file, int64(len(magic)), size-int64(len(magic)+sealSize))
	packed, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(windowSize))
	if err != nil {
		return nil, fmt.Errorf("read the bundle: %w", err)
	}
	s := &stream{ctx: ctx, packed: packed, left: min(max(size*unpackRatio, unpackFloor), unpackMost)}
	s.in = bufio.NewReaderSize(packed, 1<<16)
	return s, nil
}

func (s *stream) close() { s.packed.Close() }

// next gives a frame; its payload is good until the next call. io.EOF: the stream ended between two frames.
func (s *stream) next() (kind byte, payload []byte, err error) {
	if err := s.ctx.Err(); err != nil {
		return 0, nil, err
	}
	var head [5]byte
	if _, err := io.ReadFull(s.in, head[:]); err == io.EOF {
		return 0, nil, io.EOF
	} else if err != nil {
		return 0, nil, unreadable(err)
	}
	kind = head[0]
	size := int64(binary.BigEndian.Uint32(head[1:]))
	most := int64(maxNote)
	if kind == frameData {
		most = maxLine
	}
	s.frames++
	s.left -= size + int64(len(head))
	switch {
	case kind != frameHeader && kind != frameSection && kind != frameData && kind != frameManifest:
		return 0, nil, problem.New(problem.Malformed, "the bundle holds a part of an unknown kind (%q)", kind)
	case size > most:
		return 0, nil, problem.New(problem.TooLarge, "the bundle holds a part of %d bytes, and %d are the most", size, most)
	case s.frames > maxFrames, s.left < 0:
		return 0, nil, problem.New(problem.TooLarge,
			"the bundle unpacks to far more than files of its length do: it was not made by threatwerk bundle export")
	}
	// The buffer grows with what comes, not with what was announced.
	s.payload.Reset()
	if _, err := io.CopyN(&s.payload, s.in, size); err != nil {
		return 0, nil, unreadable(err)
	}
	return kind, s.payload.Bytes(), nil
}

func unreadable(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return problem.New(problem.Malformed, "the bundle's content ends in the middle: it was not written to its end")
	}
	return problem.Wrap(problem.Malformed, err, "the bundle cannot be unpacked: it was not made by threatwerk bundle export")
}
