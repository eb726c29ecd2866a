//go:build race

package sbom

// The race detector makes everything several times slower: documents and limits are then that much smaller.
const (
	raceDetector = true
	hostileScale = 8
)
