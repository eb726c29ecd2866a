// Package product serves the things that the team ships or runs.
package product

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/finding"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// Product is one product.
type Product struct {
	ID            int64          `json:"id" example:"3"`
	Name          string         `json:"name" example:"Orders service"`
	Description   string         `json:"description"`
	Criticality   string         `json:"criticality" enum:"low,medium,high,very_high" doc:"What a compromise would cost the company."`
	Exposure      string         `json:"exposure" enum:"small,controlled,open" doc:"How reachable it is for an attacker."`
	ReleaseCount  int            `json:"release_count"`
	CreatedAt     time.Time      `json:"created_at"`
	UpdatedAt     time.Time      `json:"updated_at"`
	LatestRelease *LatestRelease `json:"latest_release,omitempty" doc:"The newest active release."`
}

// LatestRelease is what a list shows of a product's newest active release.
type LatestRelease struct {
	ID             int64               `json:"id"`
	Version        string              `json:"version"`
	ComponentCount int                 `json:"component_count"`
	Open           wire.SeverityCounts `json:"open"`
	LastUploadAt   *time.Time          `json:"last_upload_at,omitempty"`
}

// Handler serves products.
type Handler struct {
	store    *sbom.Store
	findings *finding.Store
}

// Register adds the operations.
func Register(api huma.API, store *sbom.Store, findings *finding.Store) {
	h := &Handler{store, findings}
	tags := []string{"Products"}
	huma.Register(api, huma.Operation{
		OperationID: "list-products", Method: http.MethodGet, Path: "/products", Tags: tags, Errors: wire.Errors(),
		Summary: "List products", Description: "By keyset, each with a summary of its newest active release.",
	}, h.list)
	huma.Register(api, huma.Operation{
		OperationID: "create-product", Method: http.MethodPost, Path: "/products", Tags: tags, DefaultStatus: http.StatusCreated,
		Errors: wire.Errors(http.StatusBadRequest, http.StatusConflict), Summary: "Add a product",
		Description: "Names are unique without regard to case.",
	}, h.create)
	huma.Register(api, huma.Operation{
		OperationID: "get-product", Method: http.MethodGet, Path: "/products/{product_id}", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "Read a product",
	}, h.get)
	huma.Register(api, huma.Operation{
		OperationID: "update-product", Method: http.MethodPatch, Path: "/products/{product_id}", Tags: tags,
		Errors: wire.Errors(http.StatusBadRequest, http.StatusNotFound, http.StatusConflict), Summary: "Change a product",
		Description: "Fields that are left out stay as they are.",
	}, h.update)
	huma.Register(api, huma.Operation{
		OperationID: "delete-product", Method: http.MethodDelete, Path: "/products/{product_id}", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "Delete a product", DefaultStatus: http.StatusNoContent,
		Description: "Its releases, their documents and findings go with it.",
	}, h.delete)
}

type listIn struct {
	wire.Paging
	Query string `query:"q" maxLength:"200" doc:"Part of the name, without regard to case."`
	Sort  string `query:"sort" enum:"name,-name,created,-created" default:"name"`
}

type listOut struct{ Body wire.Page[Product] }

func (h *Handler) list(ctx context.Context, in *listIn) (*listOut, error) {
	page, err := h.store.Products(ctx, sbom.ProductFilter{Query: in.Query, Sort: in.Sort, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	items, err := h.shape(ctx, page.Items...)
	if err != nil {
		return nil, err
	}
	return &listOut{wire.Page[Product]{Items: items, NextCursor: page.Next}}, nil
}

// NewProduct is what a product is made of.
type NewProduct struct {
	Name        string  `json:"name" minLength:"1" maxLength:"200" example:"Orders service"`
	Description *string `json:"description,omitempty" maxLength:"4000"`
	Criticality *string `json:"criticality,omitempty" enum:"low,medium,high,very_high" doc:"Default medium."`
	Exposure    *string `json:"exposure,omitempty" enum:"small,controlled,open" doc:"Default controlled."`
}

type createIn struct{ Body NewProduct }

type createOut struct {
	Location string `header:"Location"`
	Body     Product
}

func (h *Handler) create(ctx context.Context, in *createIn) (*createOut, error) {
	p, err := h.store.CreateProduct(ctx, sbom.ProductInput{
		Name: &in.Body.Name, Description: in.Body.Description, Criticality: in.Body.Criticality, Exposure: in.Body.Exposure,
	})
	if err != nil {
		return nil, err
	}
	items, err := h.shape(ctx, p)
	if err != nil {
		return nil, err
	}
	return &createOut{wire.Location("products", p.ID), items[0]}, nil
}

// OneIn names one product.
type OneIn struct {
	ProductID int64 `path:"product_id" minimum:"1"`
}

type oneOut struct{ Body Product }

func (h *Handler) get(ctx context.Context, in *OneIn) (*oneOut, error) {
	p, err := h.store.Product(ctx, in.ProductID)
	return h.one(ctx, p, err)
}

// ProductChange holds what to change.
type ProductChange struct {
	Name        *string `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Description *string `json:"description,omitempty" maxLength:"4000"`
	Criticality *string `json:"criticality,omitempty" enum:"low,medium,high,very_high"`
	Exposure    *string `json:"exposure,omitempty" enum:"small,controlled,open"`
}

type updateIn struct {
	OneIn
	Body ProductChange
}

func (h *Handler) update(ctx context.Context, in *updateIn) (*oneOut, error) {
	p, err := h.store.UpdateProduct(ctx, in.ProductID, sbom.ProductInput{
		Name: in.Body.Name, Description: in.Body.Description, Criticality: in.Body.Criticality, Exposure: in.Body.Exposure,
	})
	return h.one(ctx, p, err)
}

func (h *Handler) delete(ctx context.Context, in *OneIn) (*struct{}, error) {
	return nil, h.store.DeleteProduct(ctx, in.ProductID)
}

func (h *Handler) one(ctx context.Context, p sbom.Product, err error) (*oneOut, error) {
	if err != nil {
		return nil, err
	}
	items, err := h.shape(ctx, p)
	if err != nil {
		return nil, err
	}
	return &oneOut{items[0]}, nil
}

// shape adds the open findings of the newest releases, counted for all products at once.
func (h *Handler) shape(ctx context.Context, products ...sbom.Product) ([]Product, error) {
	var releases []int64
	for _, p := range products {
		if p.Latest != nil {
			releases = append(releases, p.Latest.ID)
		}
	}
	counts, err := h.findings.Counts(ctx, releases)
	if err != nil {
		return nil, err
	}
	return wire.Slice(products, func(p sbom.Product) Product {
		out := Product{
			ID: p.ID, Name: p.Name, Description: p.Description, Criticality: p.Criticality, Exposure: p.Exposure,
			ReleaseCount: p.Releases, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
		}
		if l := p.Latest; l != nil {
			out.LatestRelease = &LatestRelease{
				ID: l.ID, Version: l.Version, ComponentCount: l.Components, LastUploadAt: l.UploadedAt,
				Open: wire.SeverityCounts(counts[l.ID]),
			}
		}
		return out
	}), nil
}
