package document

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/sbom/sample"
)

func (h *Handler) registerSample(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "load-sample", Method: http.MethodPost, Path: "/samples", Tags: []string{"SBOMs"}, DefaultStatus: http.StatusAccepted,
		Errors: wire.Errors(), Summary: "Load the sample product",
		Description: "A product with one release and a small SBOM of well-known packages, to try things with. Loaded again it changes nothing; delete it like any other product.",
	}, h.loadSample)
}

func (h *Handler) loadSample(ctx context.Context, _ *struct{}) (*acceptedOut, error) {
	receipt, err := sample.Load(ctx, h.store, h.limits)
	if err != nil {
		return nil, err
	}
	return accepted(receipt), nil
}
