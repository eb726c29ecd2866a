package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Format is the number of the format that this package writes; it reads those up to it.
const Format = 1

const (
	magic    = "TWBNDL1\n"
	signed   = "TWSIGNED"
	sealed   = "TWSEALED"
	sealSize = 8 + keyIDSize + sha256.Size + 64
	// sealContext keeps a signature under a bundle from being one under anything else.
	sealContext = "threatwerk bundle 1\n"
)

// The kinds of frame.
const (
	frameHeader   = 'H'
	frameSection  = 'S'
	frameData     = 'D'
	frameManifest = 'M'
)

const (
	// chunkSize is about how long a data frame is; only a frame of a single line is longer.
	chunkSize = 1 << 20
	// maxLine bounds a record. The largest known are a tenth of it.
	maxLine = 16 << 20
	// maxNote bounds header, section and manifest frames.
	maxNote = 1 << 20
	// maxSections and maxFrames bound what is kept of a file while it is read.
	maxSections = 256
	maxFrames   = 1 << 18
	// windowSize is how far back compressed data may refer: what a reader keeps at least.
	windowSize = 8 << 20
)

// Header says who made a bundle and when.
type Header struct {
	Format  int       `json:"format"`
	Product string    `json:"product"` // version of the program that wrote it
	Created time.Time `json:"created"`
}

// Section is a kind of record from one feed.
type Section struct {
	Name string `json:"name"` // "advisories", "kev", "epss", "ssvc", "reports", "cursors"
	Feed string `json:"feed,omitempty"`
	// Required says that a reader that does not know the section must refuse the file.
	Required bool `json:"required,omitempty"`
	// Meta is what the section says beside its records; its shape is the section's own.
	Meta json.RawMessage `json:"meta,omitempty"`
}

// Title names the section for people.
func (s Section) Title() string {
	if s.Feed == "" || s.Feed == s.Name {
		return s.Name
	}
	return s.Name + " of " + s.Feed
}

// Contents is a section as the manifest lists it.
type Contents struct {
	Section
	// Newest is the latest change told of by a record; zero: not known.
	Newest  time.Time `json:"newest,omitzero"`
	Records int64     `json:"records"`
	Bytes   int64     `json:"bytes"`
	SHA256  Digest    `json:"sha256"`
}

// Manifest lists everything in a bundle.
type Manifest struct {
	Header
	Sections []Contents `json:"sections"`
}

// Digest is a SHA-256, in JSON as hexadecimal digits.
type Digest [sha256.Size]byte

// String is the digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText implements encoding.TextMarshaler.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Digest) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != len(d) {
		return errDigest
	}
	copy(d[:], raw)
	return nil
}
