package account

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

func (h *Handler) registerPeople(api huma.API) {
	tags := []string{"People"}
	admin := []int{http.StatusUnauthorized, http.StatusForbidden}
	changes := append(append([]int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict}, admin...), wire.ReadErrors...)
	huma.Register(api, huma.Operation{
		OperationID: "list-people", Method: http.MethodGet, Path: "/people", Tags: tags, Errors: wire.Errors(admin...), Summary: "List people",
	}, h.people)
	huma.Register(api, huma.Operation{
		OperationID: "update-person", Method: http.MethodPatch, Path: "/people/{person_id}", Tags: tags, Errors: changes,
		Summary: "Change a person", Description: "Another role or status ends the person's sessions. The last admin stays one.",
	}, h.changePerson)
	huma.Register(api, huma.Operation{
		OperationID: "remove-person", Method: http.MethodDelete, Path: "/people/{person_id}", Tags: tags, Errors: changes,
		DefaultStatus: http.StatusNoContent, Summary: "Remove a person", Description: "Sessions, tokens and passkeys go; what the person did stays on record.",
	}, h.removePerson)
	huma.Register(api, huma.Operation{
		OperationID: "make-reset-link", Method: http.MethodPost, Path: "/people/{person_id}/reset-link", Tags: tags, Errors: changes,
		Summary: "Make a link to set a new password", Description: "To hand over where no mail can be sent; serves once, for an hour.",
	}, h.resetLink)
	huma.Register(api, huma.Operation{
		OperationID: "end-person-sessions", Method: http.MethodDelete, Path: "/people/{person_id}/sessions", Tags: tags, Errors: changes,
		Summary: "Sign a person out everywhere", Description: "Ends every session; API tokens stay.",
	}, h.endSessions)
	huma.Register(api, huma.Operation{
		OperationID: "list-invitations", Method: http.MethodGet, Path: "/invitations", Tags: tags, Errors: wire.Errors(admin...), Summary: "List open invitations",
	}, h.invitations)
	huma.Register(api, huma.Operation{
		OperationID: "invite", Method: http.MethodPost, Path: "/invitations", Tags: tags, Errors: changes, DefaultStatus: http.StatusCreated,
		Summary: "Invite a person", Description: "The link goes out by mail, where mail is set up, and is shown once in this answer.",
	}, h.invite)
	huma.Register(api, huma.Operation{
		OperationID: "revoke-invitation", Method: http.MethodDelete, Path: "/invitations/{invitation_id}", Tags: tags, Errors: changes,
		DefaultStatus: http.StatusNoContent, Summary: "Revoke an invitation",
	}, h.revoke)
	huma.Register(api, huma.Operation{
		OperationID: "get-account-settings", Method: http.MethodGet, Path: "/settings/accounts", Tags: tags, Errors: wire.Errors(admin...),
		Summary: "Read the settings of accounts",
	}, h.settings)
	huma.Register(api, huma.Operation{
		OperationID: "save-account-settings", Method: http.MethodPut, Path: "/settings/accounts", Tags: tags, Errors: changes,
		Summary: "Replace the settings of accounts",
	}, h.saveSettings)
}

type peopleIn struct {
	wire.Paging
	Query string `query:"q" maxLength:"200" doc:"Part of name or address."`
}

type peopleOut struct{ Body wire.Page[wire.Person] }

func (h *Handler) people(ctx context.Context, in *peopleIn) (*peopleOut, error) {
	after, err := position(in.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := h.store.People(ctx, in.Query, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) > in.Limit {
		list = list[:in.Limit]
		next = strconv.FormatInt(list[in.Limit-1].ID, 10)
	}
	return &peopleOut{wire.NewPage(list, next, wire.PersonOf)}, nil
}

// position reads a cursor that is an id.
func position(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil {
		return 0, problem.New(problem.Invalid, "the cursor is not one that this list gave out").
			With(problem.Fault{Path: "query.cursor", Code: "cursor", Message: "start again without a cursor"})
	}
	return id, nil
}

// PersonIn names one person.
type PersonIn struct {
	PersonID int64 `path:"person_id" minimum:"1"`
}

// PersonChange holds what to change.
type PersonChange struct {
	Name   *string `json:"name,omitempty" minLength:"1" maxLength:"100"`
	Role   *string `json:"role,omitempty" enum:"admin,analyst,contributor,viewer"`
	Status *string `json:"status,omitempty" enum:"active,disabled"`
}

type changeIn struct {
	PersonIn
	Body PersonChange
}

func (h *Handler) changePerson(ctx context.Context, in *changeIn) (*personOut, error) {
	p, err := h.store.ChangePerson(ctx, in.PersonID, account.PersonChange{
		Name: in.Body.Name, Role: (*access.Role)(in.Body.Role), Status: in.Body.Status,
	})
	if err != nil {
		return nil, err
	}
	return &personOut{wire.PersonOf(p)}, nil
}

func (h *Handler) removePerson(ctx context.Context, in *PersonIn) (*struct{}, error) {
	return nil, h.store.RemovePerson(ctx, in.PersonID)
}

func (h *Handler) endSessions(ctx context.Context, in *PersonIn) (*endedOut, error) {
	n, err := h.store.EndPersonSessions(ctx, in.PersonID)
	if err != nil {
		return nil, err
	}
	return &endedOut{EndedSessions{n}}, nil
}

// HandoverLink is an address to hand over. It holds a secret and is shown once.
type HandoverLink struct {
	Link string `json:"link"`
}

type linkOut struct{ Body HandoverLink }

func (h *Handler) resetLink(ctx context.Context, in *PersonIn) (*linkOut, error) {
	link, err := h.store.ResetLink(ctx, in.PersonID)
	if err != nil {
		return nil, err
	}
	return &linkOut{HandoverLink{link}}, nil
}

// Invitation is a place kept for someone.
type Invitation struct {
	ID        int64     `json:"id"`
	Mail      string    `json:"mail"`
	Role      string    `json:"role" enum:"admin,analyst,contributor,viewer"`
	TeamIDs   []int64   `json:"team_ids"`
	InvitedBy string    `json:"invited_by"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Link      string    `json:"link,omitempty" doc:"Only in the answer that makes it."`
	Sent      bool      `json:"sent" doc:"The link went out by mail; only in the answer that makes it."`
}

func shapeInvitation(i account.Invitation) Invitation {
	if i.TeamIDs == nil {
		i.TeamIDs = []int64{}
	}
	return Invitation{
		ID: i.ID, Mail: i.Mail, Role: string(i.Role), TeamIDs: i.TeamIDs, InvitedBy: i.InvitedBy, CreatedAt: i.CreatedAt,
		ExpiresAt: i.ExpiresAt, Link: i.Link, Sent: i.Sent,
	}
}

// Invitations holds all open invitations.
type Invitations struct {
	Items []Invitation `json:"items"`
}

type invitationsOut struct{ Body Invitations }

func (h *Handler) invitations(ctx context.Context, _ *struct{}) (*invitationsOut, error) {
	list, err := h.store.Invitations(ctx)
	if err != nil {
		return nil, err
	}
	return &invitationsOut{Invitations{wire.Slice(list, shapeInvitation)}}, nil
}

// NewInvitation says whom to invite.
type NewInvitation struct {
	Mail    string  `json:"mail" minLength:"1" maxLength:"254"`
	Role    string  `json:"role" enum:"admin,analyst,contributor,viewer"`
	TeamIDs []int64 `json:"team_ids,omitempty" maxItems:"100"`
}

type inviteIn struct{ Body NewInvitation }

type invitationOut struct{ Body Invitation }

func (h *Handler) invite(ctx context.Context, in *inviteIn) (*invitationOut, error) {
	i, err := h.store.Invite(ctx, account.NewInvitation{Mail: in.Body.Mail, Role: access.Role(in.Body.Role), TeamIDs: in.Body.TeamIDs})
	if err != nil {
		return nil, err
	}
	return &invitationOut{shapeInvitation(i)}, nil
}

type revokeIn struct {
	InvitationID int64 `path:"invitation_id" minimum:"1"`
}

func (h *Handler) revoke(ctx context.Context, in *revokeIn) (*struct{}, error) {
	return nil, h.store.Revoke(ctx, in.InvitationID)
}

// AccountSettings are what admins decide for everyone.
type AccountSettings struct {
	RegistrationDomains []string `json:"registration_domains" maxItems:"100" doc:"People with an address of these may register by themselves, as viewers; needs mail."`
	RequireSecondFactor bool     `json:"require_second_factor" doc:"Without a passkey or one-time codes a person can do nothing but set one up."`
}

type settingsOut struct{ Body AccountSettings }

func (h *Handler) settings(ctx context.Context, _ *struct{}) (*settingsOut, error) {
	return shapeSettings(h.store.Settings(ctx))
}

type settingsIn struct{ Body AccountSettings }

func (h *Handler) saveSettings(ctx context.Context, in *settingsIn) (*settingsOut, error) {
	return shapeSettings(h.store.SaveSettings(ctx, account.Settings{
		Domains: in.Body.RegistrationDomains, RequireSecondFactor: in.Body.RequireSecondFactor,
	}))
}

func shapeSettings(s account.Settings, err error) (*settingsOut, error) {
	if err != nil {
		return nil, err
	}
	return &settingsOut{AccountSettings{wire.Strings(s.Domains), s.RequireSecondFactor}}, nil
}
