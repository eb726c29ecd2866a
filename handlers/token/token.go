// Package token serves one's own API tokens.
package token

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// Token is an API token.
type Token struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Hint       string     `json:"hint" doc:"The last characters of the token."`
	Scopes     []string   `json:"scopes" enum:"upload,read,write"`
	ProductIDs []int64    `json:"product_ids,omitempty" doc:"Products that it is limited to; absent: all that its owner has."`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  time.Time  `json:"expires_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" doc:"Exact to a minute."`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
	Secret     string     `json:"secret,omitempty" doc:"The token itself: in the answer that makes it and never again."`
}

// Handler serves tokens.
type Handler struct{ store *account.Store }

// Register adds the operations.
func Register(api huma.API, store *account.Store) {
	h := &Handler{store}
	tags := []string{"Account"}
	huma.Register(api, huma.Operation{
		OperationID: "list-my-tokens", Method: http.MethodGet, Path: "/me/tokens", Tags: tags, Errors: wire.Errors(http.StatusUnauthorized),
		Summary: "List one's API tokens",
	}, h.list)
	huma.Register(api, huma.Operation{
		OperationID: "create-token", Method: http.MethodPost, Path: "/me/tokens", Tags: tags, DefaultStatus: http.StatusCreated,
		Errors: wire.Errors(http.StatusBadRequest, http.StatusUnauthorized), Summary: "Make an API token",
		Description: "Send it as `Authorization: Bearer twk_...`. A token never does more than its owner: `upload` sends documents and follows them, " +
			"`read` reads, `write` does the rest but for what needs a person.",
	}, h.create)
	huma.Register(api, huma.Operation{
		OperationID: "revoke-token", Method: http.MethodDelete, Path: "/me/tokens/{token_id}", Tags: tags, DefaultStatus: http.StatusNoContent,
		Errors: wire.Errors(http.StatusUnauthorized, http.StatusNotFound), Summary: "Revoke an API token",
	}, h.revoke)
	h.registerEveryone(api)
}

// Tokens holds all of one's tokens.
type Tokens struct {
	Items []Token `json:"items"`
}

type listOut struct{ Body Tokens }

func (h *Handler) list(ctx context.Context, _ *struct{}) (*listOut, error) {
	list, err := h.store.Tokens(ctx, access.CallerOf(ctx).PersonID)
	if err != nil {
		return nil, err
	}
	return &listOut{Tokens{wire.Slice(list, shape)}}, nil
}

// NewToken says what a token is for.
type NewToken struct {
	Name          string   `json:"name" minLength:"1" maxLength:"100" example:"Build pipeline"`
	Scopes        []string `json:"scopes" minItems:"1" maxItems:"3" enum:"upload,read,write"`
	ProductIDs    []int64  `json:"product_ids,omitempty" maxItems:"500" doc:"Limit it to these products."`
	ExpiresInDays int      `json:"expires_in_days" minimum:"1" maximum:"366"`
}

type createIn struct{ Body NewToken }

type createOut struct{ Body Token }

func (h *Handler) create(ctx context.Context, in *createIn) (*createOut, error) {
	t, err := h.store.CreateToken(ctx, access.CallerOf(ctx).PersonID, account.NewToken{
		Name: in.Body.Name, Scopes: in.Body.Scopes, ProductIDs: in.Body.ProductIDs, Life: time.Duration(in.Body.ExpiresInDays) * 24 * time.Hour,
	})
	if err != nil {
		return nil, err
	}
	return &createOut{shape(t)}, nil
}

type oneIn struct {
	TokenID int64 `path:"token_id" minimum:"1"`
}

func (h *Handler) revoke(ctx context.Context, in *oneIn) (*struct{}, error) {
	return nil, h.store.RevokeToken(ctx, access.CallerOf(ctx).PersonID, in.TokenID)
}

func shape(t account.Token) Token {
	return Token{
		ID: t.ID, Name: t.Name, Hint: t.Hint, Scopes: wire.Strings(t.Scopes), ProductIDs: t.ProductIDs, CreatedAt: t.CreatedAt,
		ExpiresAt: t.ExpiresAt, LastUsedAt: t.LastUsedAt, RevokedAt: t.RevokedAt, Secret: t.Secret,
	}
}
