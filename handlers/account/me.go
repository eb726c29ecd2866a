// Package account serves people: oneself, and for admins everyone, invitations, settings and who may see a product.
package account

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// Handler serves people.
type Handler struct{ store *account.Store }

// Register adds the operations.
func Register(api huma.API, store *account.Store) {
	h := &Handler{store}
	h.registerPeople(api)
	h.registerPasskeys(api)
	h.registerCodes(api)
	h.registerProductAccess(api)
	tags := []string{"Account"}
	huma.Register(api, huma.Operation{
		OperationID: "get-me", Method: http.MethodGet, Path: "/me", Tags: tags, Errors: wire.Errors(http.StatusUnauthorized),
		Summary: "Read who is signed in",
	}, h.me)
	huma.Register(api, huma.Operation{
		OperationID: "update-me", Method: http.MethodPatch, Path: "/me", Tags: tags, Errors: wire.Errors(http.StatusBadRequest, http.StatusUnauthorized),
		Summary: "Change one's own name",
	}, h.rename)
	huma.Register(api, huma.Operation{
		OperationID: "change-password", Method: http.MethodPut, Path: "/me/password", Tags: tags, DefaultStatus: http.StatusNoContent,
		Errors:  wire.Errors(http.StatusBadRequest, http.StatusUnauthorized, http.StatusTooManyRequests),
		Summary: "Change one's own password", Description: "Ends one's other sessions.",
	}, h.changePassword)
	huma.Register(api, huma.Operation{
		OperationID: "unlink-sign-on", Method: http.MethodDelete, Path: "/me/oidc", Tags: tags, DefaultStatus: http.StatusNoContent,
		Errors:  wire.Errors(http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict),
		Summary: "Unlink one's account at the provider of single sign-on", Description: "Refused where it is the only way in.",
	}, h.unlink)
	huma.Register(api, huma.Operation{
		OperationID: "list-my-sessions", Method: http.MethodGet, Path: "/me/sessions", Tags: tags, Errors: wire.Errors(http.StatusUnauthorized),
		Summary: "List where one is signed in",
	}, h.sessions)
	huma.Register(api, huma.Operation{
		OperationID: "end-my-session", Method: http.MethodDelete, Path: "/me/sessions/{session_id}", Tags: tags, DefaultStatus: http.StatusNoContent,
		Errors: wire.Errors(http.StatusUnauthorized, http.StatusNotFound), Summary: "End one of one's sessions",
	}, h.endSession)
	huma.Register(api, huma.Operation{
		OperationID: "end-my-other-sessions", Method: http.MethodDelete, Path: "/me/sessions", Tags: tags,
		Errors: wire.Errors(http.StatusUnauthorized), Summary: "End all of one's sessions but this one",
	}, h.endOthers)
}

// Me is who is signed in.
type Me struct {
	wire.Person
	Token     string `json:"token,omitempty" doc:"Name of the API token that the request came with."`
	SetUpNext bool   `json:"set_up_second_factor" doc:"Nothing else can be done before a second factor is set up."`
	// Proofs: what each is, internal/account says.
	Proofs []string `json:"proofs" enum:"password,code,passkey,oidc" doc:"Ways to prove anew who one is: the password, with a code where there are codes; a code alone; a passkey; single sign-on."`
	Codes  bool     `json:"codes" doc:"One-time codes are set up."`
}

type meOut struct{ Body Me }

func (h *Handler) me(ctx context.Context, _ *struct{}) (*meOut, error) {
	who := access.CallerOf(ctx)
	p, err := h.store.Person(ctx, who.PersonID)
	if err != nil {
		return nil, err
	}
	f, err := h.store.Factors(ctx, who.PersonID)
	if err != nil {
		return nil, err
	}
	return &meOut{Me{
		Person: wire.PersonOf(p), Token: who.TokenName, SetUpNext: f.Demanded && !p.SecondFactor, Proofs: f.Proofs(), Codes: f.Codes,
	}}, nil
}

// PersonName is a person's name.
type PersonName struct {
	Name string `json:"name" minLength:"1" maxLength:"100"`
}

type nameIn struct{ Body PersonName }

type personOut struct{ Body wire.Person }

func (h *Handler) rename(ctx context.Context, in *nameIn) (*personOut, error) {
	p, err := h.store.Rename(ctx, in.Body.Name)
	if err != nil {
		return nil, err
	}
	return &personOut{wire.PersonOf(p)}, nil
}

// PasswordChange is the password of now and the one to come.
type PasswordChange struct {
	Current  string `json:"current,omitempty" maxLength:"1000" writeOnly:"true" doc:"Not needed where there is none yet."`
	Password string `json:"password" maxLength:"1000" writeOnly:"true"`
}

type passwordIn struct{ Body PasswordChange }

func (h *Handler) changePassword(ctx context.Context, in *passwordIn) (*struct{}, error) {
	return nil, h.store.ChangePassword(ctx, in.Body.Current, in.Body.Password)
}

func (h *Handler) unlink(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, h.store.UnlinkSignOn(ctx)
}

// Session is a place where one is signed in.
type Session struct {
	ID         string    `json:"id"`
	Current    bool      `json:"current" doc:"The one that this request came with."`
	Method     string    `json:"method" enum:"password,passkey,link,oidc"`
	Strong     bool      `json:"strong" doc:"With a second factor, or a passkey."`
	Address    string    `json:"address"`
	Agent      string    `json:"agent" doc:"What the browser says it is."`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// Sessions holds all of one's sessions.
type Sessions struct {
	Items []Session `json:"items"`
}

type sessionsOut struct{ Body Sessions }

func (h *Handler) sessions(ctx context.Context, _ *struct{}) (*sessionsOut, error) {
	who := access.CallerOf(ctx)
	list, err := h.store.Sessions(ctx, who.PersonID)
	if err != nil {
		return nil, err
	}
	return &sessionsOut{Sessions{wire.Slice(list, func(s account.Session) Session {
		return Session{
			ID: s.ID, Current: s.ID == who.SessionID, Method: s.Method, Strong: s.Strong, Address: s.Address, Agent: s.Agent,
			CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeen, ExpiresAt: s.ExpiresAt,
		}
	})}}, nil
}

type sessionIn struct {
	SessionID string `path:"session_id" maxLength:"40"`
}

func (h *Handler) endSession(ctx context.Context, in *sessionIn) (*struct{}, error) {
	return nil, h.store.EndSession(ctx, access.CallerOf(ctx).PersonID, in.SessionID)
}

// EndedSessions counts sessions.
type EndedSessions struct {
	Ended int `json:"ended"`
}

type endedOut struct{ Body EndedSessions }

func (h *Handler) endOthers(ctx context.Context, _ *struct{}) (*endedOut, error) {
	who := access.CallerOf(ctx)
	n, err := h.store.EndOtherSessions(ctx, who.PersonID, who.SessionID)
	if err != nil {
		return nil, err
	}
	return &endedOut{EndedSessions{n}}, nil
}
