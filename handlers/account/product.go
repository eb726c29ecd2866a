package account

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
)

func (h *Handler) registerProductAccess(api huma.API) {
	tags := []string{"Products"}
	huma.Register(api, huma.Operation{
		OperationID: "get-product-access", Method: http.MethodGet, Path: "/products/{product_id}/access", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound), Summary: "Say who can see a product, and why",
	}, h.productAccess)
	huma.Register(api, huma.Operation{
		OperationID: "set-product-access", Method: http.MethodPut, Path: "/products/{product_id}/access", Tags: tags,
		Errors: wire.Errors(http.StatusBadRequest, http.StatusNotFound), Summary: "Set who can see a product",
		Description: "A restricted product is seen by its teams and by admins alone; any other by everyone, in their own role or in what a team gives, whichever is more.",
	}, h.setProductAccess)
}

// ProductTeam is a team that a product is given to.
type ProductTeam struct {
	ID   int64  `json:"id"`
	Name string `json:"name,omitempty" readOnly:"true"`
	Role string `json:"role,omitempty" enum:"analyst,contributor,viewer" doc:"What its members may do here; left out: what they may do elsewhere."`
}

// ProductPerson is someone who can see the product.
type ProductPerson struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Mail string `json:"mail"`
	Role string `json:"role" enum:"admin,analyst,contributor,viewer" doc:"In this product."`
	Why  string `json:"why" enum:"admin,everyone,team" doc:"admin: admins see all; everyone: the product is open; team: by the team named."`
	Team string `json:"team,omitempty"`
}

// ProductAccess is who can see a product.
type ProductAccess struct {
	Restricted bool            `json:"restricted"`
	Teams      []ProductTeam   `json:"teams"`
	People     []ProductPerson `json:"people" doc:"Bounded in number."`
}

// ProductIn names one product.
type ProductIn struct {
	ProductID int64 `path:"product_id" minimum:"1"`
}

type productAccessOut struct{ Body ProductAccess }

func (h *Handler) productAccess(ctx context.Context, in *ProductIn) (*productAccessOut, error) {
	return shapeAccess(h.store.ProductAccess(ctx, in.ProductID))
}

// NewProductAccess replaces who can see a product.
type NewProductAccess struct {
	Restricted bool             `json:"restricted"`
	Teams      []NewProductTeam `json:"teams" maxItems:"200"`
}

// NewProductTeam gives a product to a team.
type NewProductTeam struct {
	ID   int64  `json:"id" minimum:"1"`
	Role string `json:"role,omitempty" enum:"analyst,contributor,viewer"`
}

type setAccessIn struct {
	ProductIn
	Body NewProductAccess
}

func (h *Handler) setProductAccess(ctx context.Context, in *setAccessIn) (*productAccessOut, error) {
	return shapeAccess(h.store.SetProductAccess(ctx, in.ProductID, account.ProductAccess{
		Restricted: in.Body.Restricted,
		Teams: wire.Slice(in.Body.Teams, func(t NewProductTeam) account.ProductTeam {
			return account.ProductTeam{ID: t.ID, Role: access.Role(t.Role)}
		}),
	}))
}

func shapeAccess(a account.ProductAccess, err error) (*productAccessOut, error) {
	if err != nil {
		return nil, err
	}
	return &productAccessOut{ProductAccess{
		Restricted: a.Restricted,
		Teams: wire.Slice(a.Teams, func(t account.ProductTeam) ProductTeam {
			return ProductTeam{ID: t.ID, Name: t.Name, Role: string(t.Role)}
		}),
		People: wire.Slice(a.People, func(p account.ProductPerson) ProductPerson {
			return ProductPerson{ID: p.ID, Name: p.Name, Mail: p.Mail, Role: string(p.Role), Why: p.Why, Team: p.Team}
		}),
	}}, nil
}
