package session

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/account"
)

func (h *Handler) registerProofs(api huma.API) {
	tags := []string{"Sign-in"}
	in := wire.Errors(http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusTooManyRequests)
	huma.Register(api, huma.Operation{
		OperationID: "sign-in-by-code", Method: http.MethodPost, Path: "/session/code", Tags: tags, Errors: in,
		Summary:     "End a sign-in by a one-time code",
		Description: "The second step, after an answer with a `step`. Takes a code of the app (RFC 6238), each once, or a recovery code.",
	}, h.code)
	huma.Register(api, huma.Operation{
		OperationID: "prove", Method: http.MethodPost, Path: "/session/proof", Tags: tags, DefaultStatus: http.StatusNoContent, Errors: in,
		Summary: "Prove anew who one is",
		Description: "Dangerous operations answer 403 with the fault `prove_again` when the last proof is older than 15 minutes. " +
			"`proofs` of /me says what is taken.",
	}, h.prove)
	huma.Register(api, huma.Operation{
		OperationID: "begin-passkey-proof", Method: http.MethodPost, Path: "/session/proof/passkey/begin", Tags: tags, Errors: in,
		Summary: "Get a challenge to prove by passkey who one is",
	}, h.beginProof)
	huma.Register(api, huma.Operation{
		OperationID: "prove-by-passkey", Method: http.MethodPost, Path: "/session/proof/passkey", Tags: tags, DefaultStatus: http.StatusNoContent,
		Errors: in, Summary: "Prove anew by passkey who one is",
	}, h.provePasskey)
}

// Code ends a sign-in.
type Code struct {
	Step string `json:"step" maxLength:"40" doc:"What the first step gave."`
	Code string `json:"code" minLength:"1" maxLength:"100" writeOnly:"true" doc:"Of the app, or a recovery code; spaces and dashes do not count."`
}

type codeIn struct {
	DeviceIn
	Body Code
}

func (h *Handler) code(ctx context.Context, in *codeIn) (*signInOut, error) {
	return h.signedIn(h.store.FinishStep(ctx, in.Body.Step, in.Body.Code, in.device(h.cookies)))
}

// Proof is what a person proves anew with who they are.
type Proof struct {
	Password string `json:"password,omitempty" maxLength:"1000" writeOnly:"true" doc:"Needed where the person has one."`
	Code     string `json:"code,omitempty" maxLength:"100" writeOnly:"true" doc:"Needed where one-time codes are set up: of the app, or a recovery code."`
}

type proofIn struct{ Body Proof }

type provedOut struct {
	SetCookie []string `header:"Set-Cookie"`
}

func (h *Handler) proved(cookie string, err error) (*provedOut, error) {
	if err != nil {
		return nil, err
	}
	return &provedOut{[]string{h.cookies.Session(cookie)}}, nil
}

func (h *Handler) prove(ctx context.Context, in *proofIn) (*provedOut, error) {
	return h.proved(h.store.Prove(ctx, account.Proof{Password: in.Body.Password, Code: in.Body.Code}))
}

func (h *Handler) beginProof(ctx context.Context, _ *struct{}) (*ceremonyOut, error) {
	c, err := h.store.BeginPasskeyProof(ctx)
	if err != nil {
		return nil, err
	}
	return &ceremonyOut{wire.Ceremony(c)}, nil
}

func (h *Handler) provePasskey(ctx context.Context, in *passkeyIn) (*provedOut, error) {
	return h.proved(h.store.ProveByPasskey(ctx, in.Body.Ceremony, in.Body.Credential))
}
