// Package sbom owns the inventory: reading SBOM documents (pure, no SQL: document.go, read.go and the readers), and
// storing products, releases, documents, components and occurrences (store*.go).
package sbom
