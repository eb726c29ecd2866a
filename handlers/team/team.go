// Package team serves teams, to which products are given.
package team

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/account"
)

// Team is a group of people.
type Team struct {
	ID           int64    `json:"id"`
	Name         string   `json:"name"`
	Description  string   `json:"description"`
	Members      []Member `json:"members"`
	ProductCount int      `json:"product_count" doc:"Products that are given to it."`
}

// Member is a person in a team.
type Member struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Mail string `json:"mail"`
}

// Handler serves teams.
type Handler struct{ store *account.Store }

// Register adds the operations.
func Register(api huma.API, store *account.Store) {
	h := &Handler{store}
	tags := []string{"People"}
	changes := wire.Errors(http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict)
	huma.Register(api, huma.Operation{
		OperationID: "list-teams", Method: http.MethodGet, Path: "/teams", Tags: tags, Summary: "List teams",
		Errors: wire.Errors(http.StatusUnauthorized, http.StatusForbidden),
	}, h.list)
	huma.Register(api, huma.Operation{
		OperationID: "create-team", Method: http.MethodPost, Path: "/teams", Tags: tags, DefaultStatus: http.StatusCreated, Errors: changes,
		Summary: "Make a team",
	}, h.create)
	huma.Register(api, huma.Operation{
		OperationID: "save-team", Method: http.MethodPut, Path: "/teams/{team_id}", Tags: tags, Errors: changes, Summary: "Replace a team",
		Description: "Members that are left out altogether stay as they are.",
	}, h.save)
	huma.Register(api, huma.Operation{
		OperationID: "delete-team", Method: http.MethodDelete, Path: "/teams/{team_id}", Tags: tags, DefaultStatus: http.StatusNoContent, Errors: changes,
		Summary: "Delete a team", Description: "Products that only it could see are then seen by admins alone.",
	}, h.delete)
}

// Teams holds all teams.
type Teams struct {
	Items []Team `json:"items"`
}

type listOut struct{ Body Teams }

func (h *Handler) list(ctx context.Context, _ *struct{}) (*listOut, error) {
	list, err := h.store.Teams(ctx)
	if err != nil {
		return nil, err
	}
	return &listOut{Teams{wire.Slice(list, shape)}}, nil
}

// NewTeam is what a team is made of.
type NewTeam struct {
	Name        string   `json:"name" minLength:"1" maxLength:"100"`
	Description string   `json:"description,omitempty" maxLength:"2000"`
	MemberIDs   *[]int64 `json:"member_ids,omitempty" maxItems:"2000"`
}

func (t NewTeam) input() account.TeamInput {
	return account.TeamInput{Name: t.Name, Description: t.Description, Members: t.MemberIDs}
}

type createIn struct{ Body NewTeam }

type oneOut struct{ Body Team }

func (h *Handler) create(ctx context.Context, in *createIn) (*oneOut, error) {
	return one(h.store.SaveTeam(ctx, 0, in.Body.input()))
}

// OneIn names one team.
type OneIn struct {
	TeamID int64 `path:"team_id" minimum:"1"`
}

type saveIn struct {
	OneIn
	Body NewTeam
}

func (h *Handler) save(ctx context.Context, in *saveIn) (*oneOut, error) {
	return one(h.store.SaveTeam(ctx, in.TeamID, in.Body.input()))
}

func (h *Handler) delete(ctx context.Context, in *OneIn) (*struct{}, error) {
	return nil, h.store.DeleteTeam(ctx, in.TeamID)
}

func one(t account.Team, err error) (*oneOut, error) {
	if err != nil {
		return nil, err
	}
	return &oneOut{shape(t)}, nil
}

func shape(t account.Team) Team {
	return Team{
		ID: t.ID, Name: t.Name, Description: t.Description, ProductCount: t.Products,
		Members: wire.Slice(t.Members, func(m account.Member) Member { return Member(m) }),
	}
}
