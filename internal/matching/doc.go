// Package matching decides which advisories reach which components. The core (evaluate.go) is pure: components and
// affected entries in, matches with their evidence out. The workers around it are the one place that sees sbom, intel
// and finding together.
package matching
