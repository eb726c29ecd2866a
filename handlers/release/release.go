// Package release serves the versions of a product.
package release

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// Release is one version of a product.
type Release struct {
	ID              int64               `json:"id"`
	ProductID       int64               `json:"product_id"`
	ProductName     string              `json:"product_name"`
	Version         string              `json:"version" example:"2.4.0"`
	Active          bool                `json:"active" doc:"Inactive releases keep their findings and count in no figure."`
	CreatedAt       time.Time           `json:"created_at"`
	CurrentSBOM     *wire.SBOM          `json:"current_sbom,omitempty"`
	Open            wire.SeverityCounts `json:"open"`
	PossibleCount   int                 `json:"possible_count" doc:"Matches to check; not among the findings."`
	NotCoveredCount int                 `json:"not_covered_count" doc:"Components of which nothing can be said."`
}

// Handler serves releases.
type Handler struct {
	store    *sbom.Store
	findings *finding.Store
}

// Register adds the operations.
func Register(api huma.API, store *sbom.Store, findings *finding.Store) {
	h := &Handler{store, findings}
	tags := []string{"Releases"}
	huma.Register(api, huma.Operation{
		OperationID: "list-releases", Method: http.MethodGet, Path: "/products/{product_id}/releases", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "List a product's releases", Description: "Newest first.",
	}, h.list)
	huma.Register(api, huma.Operation{
		OperationID: "create-release", Method: http.MethodPost, Path: "/products/{product_id}/releases", Tags: tags,
		DefaultStatus: http.StatusCreated, Summary: "Add a release",
		Errors: wire.Errors(http.StatusBadRequest, http.StatusNotFound, http.StatusConflict),
	}, h.create)
	huma.Register(api, huma.Operation{
		OperationID: "get-release", Method: http.MethodGet, Path: "/releases/{release_id}", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "Read a release",
	}, h.get)
	huma.Register(api, huma.Operation{
		OperationID: "update-release", Method: http.MethodPatch, Path: "/releases/{release_id}", Tags: tags,
		Errors: wire.Errors(http.StatusBadRequest, http.StatusNotFound, http.StatusConflict), Summary: "Change a release",
		Description: "Fields that are left out stay as they are.",
	}, h.update)
	huma.Register(api, huma.Operation{
		OperationID: "delete-release", Method: http.MethodDelete, Path: "/releases/{release_id}", Tags: tags,
		DefaultStatus: http.StatusNoContent, Errors: wire.Errors(http.StatusNotFound), Summary: "Delete a release",
		Description: "Its documents and findings go with it.",
	}, h.delete)
	huma.Register(api, huma.Operation{
		OperationID: "list-release-components", Method: http.MethodGet, Path: "/releases/{release_id}/components", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "List the components of a release",
		Description: "The distinct components of its current SBOM, by name.",
	}, h.components)
	huma.Register(api, huma.Operation{
		OperationID: "list-release-licenses", Method: http.MethodGet, Path: "/releases/{release_id}/licenses", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "List the licences of a release",
		Description: "The distinct statements of its current SBOM with the number of components that make each, judged by `forbid`: AND binds both sides, " +
			"OR leaves the choice, WITH makes another licence of it.",
	}, h.licenses)
}

type listIn struct {
	wire.Paging
	ProductID int64 `path:"product_id" minimum:"1"`
}

type listOut struct{ Body wire.Page[Release] }

func (h *Handler) list(ctx context.Context, in *listIn) (*listOut, error) {
	page, err := h.store.Releases(ctx, in.ProductID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	items, err := h.shape(ctx, page.Items...)
	if err != nil {
		return nil, err
	}
	return &listOut{wire.Page[Release]{Items: items, NextCursor: page.Next}}, nil
}

// NewRelease is what a release is made of.
type NewRelease struct {
	Version string `json:"version" minLength:"1" maxLength:"200" example:"2.4.0"`
}

type createIn struct {
	ProductID int64 `path:"product_id" minimum:"1"`
	Body      NewRelease
}

type createOut struct {
	Location string `header:"Location"`
	Body     Release
}

func (h *Handler) create(ctx context.Context, in *createIn) (*createOut, error) {
	r, err := h.store.CreateRelease(ctx, in.ProductID, in.Body.Version)
	if err != nil {
		return nil, err
	}
	items, err := h.shape(ctx, r)
	if err != nil {
		return nil, err
	}
	return &createOut{wire.Location("releases", r.ID), items[0]}, nil
}

// OneIn names one release.
type OneIn struct {
	ReleaseID int64 `path:"release_id" minimum:"1"`
}

type oneOut struct{ Body Release }

func (h *Handler) get(ctx context.Context, in *OneIn) (*oneOut, error) {
	r, err := h.store.Release(ctx, in.ReleaseID)
	return h.one(ctx, r, err)
}

// ReleaseChange holds what to change.
type ReleaseChange struct {
	Version *string `json:"version,omitempty" minLength:"1" maxLength:"200"`
	Active  *bool   `json:"active,omitempty"`
}

type updateIn struct {
	OneIn
	Body ReleaseChange
}

func (h *Handler) update(ctx context.Context, in *updateIn) (*oneOut, error) {
	r, err := h.store.UpdateRelease(ctx, in.ReleaseID, sbom.ReleaseInput{Version: in.Body.Version, Active: in.Body.Active})
	return h.one(ctx, r, err)
}

func (h *Handler) delete(ctx context.Context, in *OneIn) (*struct{}, error) {
	return nil, h.store.DeleteRelease(ctx, in.ReleaseID)
}

// ReleaseComponent is a component of one release.
type ReleaseComponent struct {
	wire.Component
	Scope      string   `json:"scope" example:"required"`
	Depth      *int     `json:"depth,omitempty" doc:"Shortest distance from the product in the dependency graph: 1 is direct; absent: not in the graph."`
	Licenses   []string `json:"licenses"`
	Findings   int      `json:"findings" doc:"Open findings."`
	NotCovered string   `json:"not_covered,omitempty" doc:"Why nothing can be said of it; absent where it is covered."`
}

type componentsIn struct {
	wire.Paging
	OneIn
	Query string `query:"q" maxLength:"200" doc:"Part of the name, without regard to case."`
}

type componentsOut struct{ Body wire.Page[ReleaseComponent] }

func (h *Handler) components(ctx context.Context, in *componentsIn) (*componentsOut, error) {
	page, err := h.store.ReleaseComponents(ctx, in.ReleaseID, in.Query, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return &componentsOut{wire.NewPage(page.Items, page.Next, func(c sbom.ReleaseComponent) ReleaseComponent {
		return ReleaseComponent{
			Component: wire.ComponentOf(c.ComponentBrief), Scope: c.Scope, Depth: c.Depth,
			Licenses: wire.Strings(c.Licenses), Findings: c.Findings, NotCovered: c.NotCovered,
		}
	})}, nil
}

func (h *Handler) one(ctx context.Context, r sbom.Release, err error) (*oneOut, error) {
	if err != nil {
		return nil, err
	}
	items, err := h.shape(ctx, r)
	if err != nil {
		return nil, err
	}
	return &oneOut{items[0]}, nil
}

// shape adds the figures of the findings, counted for all releases at once.
func (h *Handler) shape(ctx context.Context, releases ...sbom.Release) ([]Release, error) {
	ids := wire.Slice(releases, func(r sbom.Release) int64 { return r.ID })
	counts, err := h.findings.Counts(ctx, ids)
	if err != nil {
		return nil, err
	}
	possible, notCovered, err := h.findings.PossibleCounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	return wire.Slice(releases, func(r sbom.Release) Release {
		out := Release{
			ID: r.ID, ProductID: r.ProductID, ProductName: r.ProductName, Version: r.Version, Active: r.Active,
			CreatedAt: r.CreatedAt, Open: wire.SeverityCounts(counts[r.ID]), PossibleCount: possible[r.ID],
			NotCoveredCount: notCovered[r.ID],
		}
		if r.Current != nil {
			current := wire.SBOMOf(*r.Current)
			out.CurrentSBOM = &current
		}
		return out
	}), nil
}
