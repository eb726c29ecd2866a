package sbom

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"sort"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Incoming says where a document goes and what it may cost.
type Incoming struct {
	// ReleaseID, or the names of product and release, which are made where they do not exist.
	ReleaseID int64
	Product   string
	Release   string

	FileName string
	Limits   Limits
}

// Receive reads a document from a stream and stores it, or nothing. The bytes are hashed and compressed while they are
// read; the original is never held whole. Errors: those of Read and of StoreDocument.
func (s *Store) Receive(ctx context.Context, r io.Reader, in Incoming) (Receipt, error) {
	if in.ReleaseID != 0 {
		// Asked before the body is read, so that nobody uploads for minutes to learn that the release is gone.
		if _, err := s.Release(ctx, in.ReleaseID); err != nil {
			return Receipt{}, err
		}
	}
	var raw bytes.Buffer
	encoder, err := zstd.NewWriter(&raw, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return Receipt{}, fmt.Errorf("compress SBOM: %w", err)
	}
	room := &reservation{of: s.reading, size: readingAtOnce}
	defer room.release()
	m := &measured{ctx: ctx, r: r, max: in.Limits.orDefault().MaxBytes, sum: sha256.New(), copy: encoder, room: room}
	document, err := readAll(ctx, m, in.Limits)
	if err != nil {
		return Receipt{}, err
	}
	if err := encoder.Close(); err != nil {
		return Receipt{}, fmt.Errorf("compress SBOM: %w", err)
	}
	return s.StoreDocument(ctx, Upload{
		ReleaseID: in.ReleaseID, Product: in.Product, Release: in.Release,
		Document: document, Raw: raw.Bytes(), SHA256: m.sum.Sum(nil), Size: m.size, FileName: in.FileName,
	})
}

// Preview is what an upload would bring.
type Preview struct {
	Stored     Stored           // as it would be stored, without ids
	Ecosystems []EcosystemCount // distinct components, most first
	Sample     []ComponentBrief // the first few, in document order
	Difference *Difference      // nil: no release was named
	Quality    QualityReport
}

// EcosystemCount counts distinct components; an empty ecosystem counts those of none.
type EcosystemCount struct {
	Ecosystem string
	Count     int
}

const sampleSize = 20

// Preview reads a document from a stream and stores nothing.
func (s *Store) Preview(ctx context.Context, r io.Reader, in Incoming) (Preview, error) {
	room := &reservation{of: s.reading, size: readingAtOnce}
	defer room.release()
	m := &measured{ctx: ctx, r: r, max: in.Limits.orDefault().MaxBytes, sum: sha256.New(), copy: io.Discard, room: room}
	d, err := readAll(ctx, m, in.Limits)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Quality: Quality(d), Stored: Stored{
		Format: string(d.Format), SpecVersion: d.SpecVersion, Encoding: d.Encoding, SHA256: m.sum.Sum(nil), Size: m.size,
		FileName: in.FileName, SubjectName: d.SubjectName, SubjectVersion: d.SubjectVersion, Tools: d.Tools,
		DocumentAt: zeroAsNil(d.Created), Status: "stored", Occurrences: len(d.Components), Edges: len(d.Edges),
		Warnings: d.Warnings, WarningCount: d.WarningCount, UploadedAt: time.Now().UTC(),
	}}
	seen := make(map[[16]byte]bool, len(d.Components))
	counts := map[string]int{}
	for i := range d.Components {
		id := &d.Components[i].Identity
		if seen[id.Key] {
			continue
		}
		seen[id.Key] = true
		counts[id.Package.Ecosystem]++
		if len(p.Sample) < sampleSize {
			p.Sample = append(p.Sample, ComponentBrief{
				Name: id.DisplayName, Version: id.DisplayVersion, PURL: id.PURL, Ecosystem: id.Package.Ecosystem,
			})
		}
	}
	p.Stored.Components, p.Stored.Total = len(seen), len(seen)
	for ecosystem, n := range counts {
		p.Ecosystems = append(p.Ecosystems, EcosystemCount{ecosystem, n})
	}
	sort.Slice(p.Ecosystems, func(i, j int) bool {
		a, b := p.Ecosystems[i], p.Ecosystems[j]
		return a.Count > b.Count || a.Count == b.Count && a.Ecosystem < b.Ecosystem
	})
	if in.ReleaseID != 0 {
		difference, err := s.Compare(ctx, in.ReleaseID, d)
		if err != nil {
			return Preview{}, err
		}
		p.Difference = &difference
	}
	return p, nil
}

// readAll reads the document and then what follows it, so that hash and copy are of all bytes.
func readAll(ctx context.Context, m *measured, lim Limits) (*Document, error) {
	document, err := Read(ctx, m, lim)
	if m.failed != nil {
		return nil, m.failed
	}
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, m); err != nil {
		return nil, m.failed
	}
	return document, nil
}

// measured hashes, copies and counts what is read from r, and stops at max bytes. What went wrong below the reader is
// kept in failed: the reader's own words for a broken stream would blame the document.
type measured struct {
	ctx    context.Context
	r      io.Reader
	room   *reservation
	max    int64
	sum    hash.Hash
	copy   io.Writer
	size   int64
	failed error
}

func (m *measured) Read(p []byte) (int, error) {
	if m.failed != nil {
		return 0, m.failed
	}
	n, err := m.r.Read(p)
	m.size += int64(n)
	if m.size > m.max {
		m.failed = problem.New(problem.TooLarge, "The document is larger than %d bytes.", m.max).
			With(problem.Fault{Path: "/", Code: "max_bytes", Message: "the server reads no larger document; its operator can raise SBOM_MAX_BYTES"})
		return 0, m.failed
	}
	if err := m.room.cover(m.ctx, m.size); err != nil {
		m.failed = err
		return 0, m.failed
	}
	_, _ = m.sum.Write(p[:n]) // a hash never fails
	if _, e := m.copy.Write(p[:n]); e != nil {
		m.failed = fmt.Errorf("compress SBOM: %w", e)
		return 0, m.failed
	}
	if err != nil && err != io.EOF {
		m.failed = err
		if problem.KindOf(err) == problem.Internal {
			m.failed = problem.Wrap(problem.Malformed, err, "The document could not be received to its end.").
				With(problem.Fault{Path: "body", Code: "truncated", Message: "send it again"})
		}
	}
	return n, err
}
