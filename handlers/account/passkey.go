package account

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
)

func (h *Handler) registerPasskeys(api huma.API) {
	tags := []string{"Account"}
	errors := wire.Errors(http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict)
	huma.Register(api, huma.Operation{
		OperationID: "list-my-passkeys", Method: http.MethodGet, Path: "/me/passkeys", Tags: tags, Errors: errors, Summary: "List one's passkeys",
	}, h.passkeys)
	huma.Register(api, huma.Operation{
		OperationID: "begin-passkey", Method: http.MethodPost, Path: "/me/passkeys/begin", Tags: tags, Errors: errors,
		Summary: "Get a challenge to make a passkey",
	}, h.beginPasskey)
	huma.Register(api, huma.Operation{
		OperationID: "create-passkey", Method: http.MethodPost, Path: "/me/passkeys", Tags: tags, DefaultStatus: http.StatusCreated,
		Errors: errors, Summary: "Keep a passkey that the browser made",
	}, h.createPasskey)
	huma.Register(api, huma.Operation{
		OperationID: "remove-passkey", Method: http.MethodDelete, Path: "/me/passkeys/{passkey_id}", Tags: tags,
		DefaultStatus: http.StatusNoContent, Errors: errors, Summary: "Remove a passkey",
	}, h.removePasskey)
}

// Passkey is a way to sign in without a password.
type Passkey struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
}

func shapePasskey(p account.Passkey) Passkey { return Passkey(p) }

// Passkeys holds all of one's passkeys.
type Passkeys struct {
	Items []Passkey `json:"items"`
}

type passkeysOut struct{ Body Passkeys }

func (h *Handler) passkeys(ctx context.Context, _ *struct{}) (*passkeysOut, error) {
	list, err := h.store.Passkeys(ctx, access.CallerOf(ctx).PersonID)
	if err != nil {
		return nil, err
	}
	return &passkeysOut{Passkeys{wire.Slice(list, shapePasskey)}}, nil
}

type ceremonyOut struct{ Body wire.Ceremony }

func (h *Handler) beginPasskey(ctx context.Context, _ *struct{}) (*ceremonyOut, error) {
	c, err := h.store.BeginPasskey(ctx)
	if err != nil {
		return nil, err
	}
	return &ceremonyOut{wire.Ceremony(c)}, nil
}

// NewPasskey is what the browser makes of a challenge.
type NewPasskey struct {
	Ceremony   string          `json:"ceremony" maxLength:"40"`
	Name       string          `json:"name" minLength:"1" maxLength:"100"`
	Credential json.RawMessage `json:"credential" doc:"PublicKeyCredential as its toJSON gives it."`
}

type newPasskeyIn struct{ Body NewPasskey }

type passkeyOut struct{ Body Passkey }

func (h *Handler) createPasskey(ctx context.Context, in *newPasskeyIn) (*passkeyOut, error) {
	p, err := h.store.FinishPasskey(ctx, in.Body.Ceremony, in.Body.Name, in.Body.Credential)
	if err != nil {
		return nil, err
	}
	return &passkeyOut{shapePasskey(p)}, nil
}

type passkeyIn struct {
	PasskeyID string `path:"passkey_id" maxLength:"1500"`
}

func (h *Handler) removePasskey(ctx context.Context, in *passkeyIn) (*struct{}, error) {
	return nil, h.store.RemovePasskey(ctx, access.CallerOf(ctx).PersonID, in.PasskeyID)
}
