package token

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// OwnedToken is a token with whose it is.
type OwnedToken struct {
	Token
	Owner TokenOwner `json:"owner"`
}

// TokenOwner is whose a token is.
type TokenOwner struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Mail string `json:"mail"`
}

func (h *Handler) registerEveryone(api huma.API) {
	tags := []string{"People"}
	huma.Register(api, huma.Operation{
		OperationID: "list-tokens", Method: http.MethodGet, Path: "/tokens", Tags: tags, Errors: wire.Errors(),
		Summary: "List everybody's API tokens", Description: "Newest first, with whose each is and when it was last used; never the tokens themselves.",
	}, h.everyone)
	huma.Register(api, huma.Operation{
		OperationID: "revoke-any-token", Method: http.MethodDelete, Path: "/tokens/{token_id}", Tags: tags, DefaultStatus: http.StatusNoContent,
		Errors: wire.Errors(http.StatusNotFound), Summary: "Revoke anybody's API token",
	}, h.revokeAny)
}

type everyoneIn struct {
	wire.Paging
	State string `query:"state" enum:"live,all" default:"live" doc:"live: neither revoked nor ended."`
}

type everyoneOut struct{ Body wire.Page[OwnedToken] }

func (h *Handler) everyone(ctx context.Context, in *everyoneIn) (*everyoneOut, error) {
	var before int64
	if in.Cursor != "" {
		n, err := strconv.ParseInt(in.Cursor, 10, 64)
		if err != nil || n <= 0 {
			return nil, problem.New(problem.Invalid, "the cursor is none of this list").With(problem.Fault{
				Path: "query.cursor", Code: "bad_cursor", Message: "take next_cursor of the page before, or leave it out"})
		}
		before = n
	}
	list, err := h.store.AllTokens(ctx, in.State != "all", before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) > in.Limit {
		list = list[:in.Limit]
		next = strconv.FormatInt(list[in.Limit-1].ID, 10)
	}
	return &everyoneOut{wire.NewPage(list, next, func(t account.OwnedToken) OwnedToken {
		return OwnedToken{shape(t.Token), TokenOwner{t.OwnerID, t.OwnerName, t.OwnerMail}}
	})}, nil
}

func (h *Handler) revokeAny(ctx context.Context, in *oneIn) (*struct{}, error) {
	return nil, h.store.RevokeAnyToken(ctx, in.TokenID)
}
