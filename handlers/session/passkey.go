package session

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
)

func (h *Handler) registerPasskeys(api huma.API) {
	tags := []string{"Sign-in"}
	in := wire.Errors(http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
	huma.Register(api, huma.Operation{
		OperationID: "begin-passkey-sign-in", Method: http.MethodPost, Path: "/session/passkey/begin", Tags: tags, Errors: in,
		Summary: "Get a challenge to sign in by passkey",
	}, h.beginPasskey)
	huma.Register(api, huma.Operation{
		OperationID: "sign-in-by-passkey", Method: http.MethodPost, Path: "/session/passkey", Tags: tags, Errors: in,
		Summary: "Sign in by passkey", Description: "Counts as a second factor: the passkey verified the person.",
	}, h.passkey)
}

type ceremonyOut struct{ Body wire.Ceremony }

func (h *Handler) beginPasskey(ctx context.Context, _ *struct{}) (*ceremonyOut, error) {
	c, err := h.store.BeginPasskeySignIn(ctx)
	if err != nil {
		return nil, err
	}
	return &ceremonyOut{wire.Ceremony(c)}, nil
}

// PasskeyAnswer is what the browser makes of a challenge.
type PasskeyAnswer struct {
	Ceremony   string          `json:"ceremony" maxLength:"40"`
	Credential json.RawMessage `json:"credential" doc:"PublicKeyCredential as its toJSON gives it."`
}

type passkeyIn struct{ Body PasskeyAnswer }

func (h *Handler) passkey(ctx context.Context, in *passkeyIn) (*signInOut, error) {
	return h.signedIn(h.store.PasskeySignIn(ctx, in.Body.Ceremony, in.Body.Credential))
}
