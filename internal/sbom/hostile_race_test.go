//go:build race

package sbom

// raceDetector makes everything several times slower.
const raceDetector = true
