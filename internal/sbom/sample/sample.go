// Package sample brings one small SBOM with the program, so that a new installation can be tried before anybody has a document
// of their own. It holds facts alone: names and versions of well-known packages.
package sample

import (
	"bytes"
	"context"
	_ "embed"

	"github.com/threatwerk/threatwerk/internal/sbom"
)

//go:embed orders-service-2.4.0.cdx.json
var document []byte

// Product and Release are what the sample is filed under.
const (
	Product  = "Sample: orders service"
	Release  = "2.4.0"
	fileName = "orders-service-2.4.0.cdx.json"
)

// Load stores the sample as an upload does. Loaded again it changes nothing.
func Load(ctx context.Context, store *sbom.Store, limits sbom.Limits) (sbom.Receipt, error) {
	return store.Receive(ctx, bytes.NewReader(document), sbom.Incoming{Product: Product, Release: Release, FileName: fileName, Limits: limits})
}
