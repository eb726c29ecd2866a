// Package component searches the components of the whole portfolio.
package component

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// ComponentHit is a component with the active releases that contain it.
type ComponentHit struct {
	Component wire.Component    `json:"component"`
	Releases  []wire.ReleaseRef `json:"releases" doc:"Active releases whose current SBOM names it."`
	Findings  int               `json:"findings" doc:"Open findings in these releases."`
}

// Handler searches components.
type Handler struct{ store *sbom.Store }

// Register adds the operation.
func Register(api huma.API, store *sbom.Store) {
	h := &Handler{store}
	huma.Register(api, huma.Operation{
		OperationID: "search-components", Method: http.MethodGet, Path: "/components", Tags: []string{"Components"},
		Errors: wire.Errors(), Summary: "Find components in the portfolio",
		Description: "Which active releases contain log4j-core below 2.17? Give `name` (whole, or the part after the last separator) or `q` (any part). " +
			"`below` compares by each component's own ecosystem; versions that its order cannot read are left out.",
	}, h.search)
}

type searchIn struct {
	wire.Paging
	Name      string `query:"name" maxLength:"400" example:"log4j-core"`
	Query     string `query:"q" maxLength:"200"`
	Ecosystem string `query:"ecosystem" maxLength:"60" example:"Maven"`
	Below     string `query:"below" maxLength:"200" example:"2.17"`
}

type searchOut struct{ Body wire.Page[ComponentHit] }

func (h *Handler) search(ctx context.Context, in *searchIn) (*searchOut, error) {
	page, err := h.store.SearchComponents(ctx, sbom.ComponentFilter{
		Name: in.Name, Query: in.Query, Ecosystem: in.Ecosystem, Below: in.Below, Cursor: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	return &searchOut{wire.NewPage(page.Items, page.Next, func(hit sbom.ComponentHit) ComponentHit {
		return ComponentHit{
			Component: wire.ComponentOf(hit.Component), Releases: wire.Slice(hit.Releases, wire.ReleaseRefOf), Findings: hit.Findings,
		}
	})}, nil
}
