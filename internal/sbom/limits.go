package sbom

import "time"

// Limits bounds what one document may cost. The zero value of a field means its default.
type Limits struct {
	MaxBytes      int64         // after decompression
	MaxDepth      int           // nesting of objects, arrays and elements
	MaxComponents int           // components, services and packages together
	MaxWarnings   int           // warnings kept; all are counted
	MaxDuration   time.Duration // wall clock for one document
	// Strict refuses a document for what would otherwise be a warning.
	Strict bool
}

// The bounds that hold where Limits says nothing.
const (
	defaultMaxBytes      = 128 << 20
	defaultMaxDepth      = 64
	defaultMaxComponents = 200_000
	defaultMaxWarnings   = 100
	defaultMaxDuration   = time.Minute
)

// Bounds that no caller needs to set: they only keep hostile documents small.
const (
	maxLayers        = 4        // compression and envelopes around the document
	maxText          = 64 << 10 // bytes kept of one string
	edgesPerPackage  = 10       // edges allowed per allowed component
	refsPerPackage   = 3        // distinct references, those of files included
	faultsPerWarning = 1000     // faults counted per warning kept; beyond them the document is given up
	maxCPEs          = 128      // CPEs kept of one component
	maxHashes        = 32
	maxLicenses      = 64
)

// DefaultLimits are the limits of an ordinary upload.
func DefaultLimits() Limits { return Limits{}.orDefault() }

func (l Limits) orDefault() Limits {
	if l.MaxBytes <= 0 {
		l.MaxBytes = defaultMaxBytes
	}
	if l.MaxDepth <= 0 {
		l.MaxDepth = defaultMaxDepth
	}
	if l.MaxComponents <= 0 {
		l.MaxComponents = defaultMaxComponents
	}
	if l.MaxWarnings <= 0 {
		l.MaxWarnings = defaultMaxWarnings
	}
	if l.MaxDuration <= 0 {
		l.MaxDuration = defaultMaxDuration
	}
	return l
}
