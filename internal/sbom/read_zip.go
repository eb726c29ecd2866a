package sbom

import (
	"bufio"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"strings"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// The parts of a local file header, PKWARE APPNOTE 4.3.7.
const (
	zipHeaderBytes  = 30
	zipFlagCrypt    = 1 << 0
	zipFlagTrailing = 1 << 3 // sizes and CRC follow the data
	zipStored       = 0
	zipDeflated     = 8
)

type zipEntry struct {
	name   string
	flags  uint16
	method uint16
	crc    uint32
	size   uint32
}

// zip reads an archive front to back as a stream, without its directory: nothing is held in memory, and a directory
// that lies cannot mislead. One document is allowed; folders and the marks that macOS leaves are passed over.
func (rd *reader) zip(br *bufio.Reader, depth int) error {
	found := ""
	for {
		sig, err := br.Peek(4)
		if err != nil || string(sig) != "PK\x03\x04" {
			break
		}
		e, err := zipHeader(br)
		if err != nil {
			return damaged("zip", err)
		}
		if e.flags&zipFlagCrypt != 0 {
			return problem.New(problem.Unsupported, "The zip archive is encrypted.").
				With(problem.Fault{Path: e.name, Code: "encrypted", Message: "upload the document itself"})
		}
		ignored := strings.HasSuffix(e.name, "/") || strings.HasPrefix(e.name, "__MACOSX/") || strings.HasSuffix(e.name, ".DS_Store")
		if !ignored && found != "" {
			return problem.New(problem.Unsupported, "The zip archive holds more than one file: %q and %q.", shorten(found), shorten(e.name)).
				With(problem.Fault{Path: e.name, Code: "several_files", Message: "upload one document at a time"})
		}
		if err := rd.zipFile(br, e, ignored, depth); err != nil {
			return err
		}
		if !ignored {
			found = e.name
		}
	}
	if found == "" {
		return notAnSBOM("a zip archive without a file in it")
	}
	return nil
}

func zipHeader(br *bufio.Reader) (zipEntry, error) {
	var h [zipHeaderBytes]byte
	if _, err := io.ReadFull(br, h[:]); err != nil {
		return zipEntry{}, err
	}
	le := binary.LittleEndian
	e := zipEntry{flags: le.Uint16(h[6:]), method: le.Uint16(h[8:]), crc: le.Uint32(h[14:]), size: le.Uint32(h[18:])}
	name := make([]byte, le.Uint16(h[26:]))
	if _, err := io.ReadFull(br, name); err != nil {
		return e, err
	}
	e.name = clean(string(name))
	_, err := br.Discard(int(le.Uint16(h[28:])))
	return e, err
}

func (rd *reader) zipFile(br *bufio.Reader, e zipEntry, ignored bool, depth int) error {
	var data io.Reader
	switch {
	case e.method == zipDeflated:
		data = flate.NewReader(br)
	case e.method == zipStored && e.flags&zipFlagTrailing == 0:
		data = io.LimitReader(br, int64(e.size))
	default:
		return problem.New(problem.Unsupported, "The zip archive uses a compression other than deflate.").
			With(problem.Fault{Path: e.name, Code: "zip_method", Message: "upload the document itself"})
	}
	sum := &summed{r: data, h: crc32.NewIEEE()}
	if !ignored {
		if err := rd.packed("zip", sum, depth); err != nil {
			var p *problem.Error
			if errors.As(err, &p) && p.Kind == problem.Unsupported {
				p.Message = "In the zip archive, " + shorten(e.name) + ": " + p.Message
			}
			return err
		}
	}
	if _, err := io.Copy(io.Discard, rd.meter.reader(sum)); err != nil {
		if rd.meter.failed != nil {
			return rd.meter.failed
		}
		return damaged("zip", err)
	}
	crc := e.crc
	if e.flags&zipFlagTrailing != 0 {
		got, err := zipTrailer(br)
		if err != nil {
			return damaged("zip", err)
		}
		crc = got
	}
	if crc != sum.h.Sum32() {
		return damaged("zip", errors.New("its checksum does not match"))
	}
	return nil
}

// zipTrailer reads the data descriptor and gives its CRC. Whether sizes take 4 or 8 bytes is not written anywhere; the
// signature of what follows tells.
func zipTrailer(br *bufio.Reader) (uint32, error) {
	b, _ := br.Peek(28)
	n := 0
	if len(b) >= 4 && string(b[:4]) == "PK\x07\x08" {
		n = 4
	}
	if len(b) < n+12 {
		return 0, io.ErrUnexpectedEOF
	}
	crc := binary.LittleEndian.Uint32(b[n:])
	skip := n + 12
	if len(b) >= n+22 && string(b[n+12:n+14]) != "PK" && string(b[n+20:n+22]) == "PK" {
		skip = n + 20
	}
	_, err := br.Discard(skip)
	return crc, err
}

type summed struct {
	r io.Reader
	h hash.Hash32
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.h.Write(p[:n])
	return n, err
}
