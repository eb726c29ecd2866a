// Package session serves the ways in and out: registration, sign-in, links that were sent, sign-out.
package session

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/account"
)

// Handler serves sessions.
type Handler struct {
	store   *account.Store
	cookies Cookies
}

// Register adds the operations.
func Register(api huma.API, store *account.Store, cookies Cookies) {
	h := &Handler{store, cookies}
	h.registerPasskeys(api)
	h.registerProofs(api)
	h.registerSignOn(api)
	tags := []string{"Sign-in"}
	in := wire.Errors(http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)
	huma.Register(api, huma.Operation{
		OperationID: "get-welcome", Method: http.MethodGet, Path: "/welcome", Tags: tags, Errors: wire.Errors(),
		Summary: "Say how people get in", Description: "What a page shows to someone who is not signed in.",
	}, h.welcome)
	huma.Register(api, huma.Operation{
		OperationID: "register", Method: http.MethodPost, Path: "/registrations", Tags: tags, Errors: in,
		Summary: "Make an account",
		Description: "The first person of all becomes admin. Later ones bring the secret of an invitation, or have an address of a mail domain that an admin allows; " +
			"those verify the address first, and the answer does not say whether it has an account already.",
	}, h.register)
	huma.Register(api, huma.Operation{
		OperationID: "sign-in", Method: http.MethodPost, Path: "/session", Tags: tags, Errors: in,
		Summary:     "Sign in with a password",
		Description: "Sets a cookie. Where the account asks for a second factor, the answer holds a `step` and no cookie is set.",
	}, h.signIn)
	huma.Register(api, huma.Operation{
		OperationID: "sign-in-by-link", Method: http.MethodPost, Path: "/session/link", Tags: tags, Errors: in,
		Summary: "Sign in by an operator's link", Description: "Links come from `threatwerk access link` and serve once.",
	}, h.enter)
	huma.Register(api, huma.Operation{
		OperationID: "sign-out", Method: http.MethodDelete, Path: "/session", Tags: tags, DefaultStatus: http.StatusNoContent,
		Errors: wire.Errors(http.StatusUnauthorized), Summary: "Sign out",
	}, h.signOut)
	huma.Register(api, huma.Operation{
		OperationID: "look-at-invitation", Method: http.MethodPost, Path: "/invitations/look", Tags: tags, Errors: in,
		Summary: "Read an invitation by its secret",
	}, h.invited)
	huma.Register(api, huma.Operation{
		OperationID: "ask-password-reset", Method: http.MethodPost, Path: "/password-resets", Tags: tags, DefaultStatus: http.StatusNoContent,
		Errors: in, Summary: "Ask for a link to set a new password", Description: "The answer does not say whether the address has an account.",
	}, h.askReset)
	huma.Register(api, huma.Operation{
		OperationID: "reset-password", Method: http.MethodPost, Path: "/password-resets/use", Tags: tags, DefaultStatus: http.StatusNoContent,
		Errors: in, Summary: "Set a new password by a link's secret", Description: "Ends every session of the account.",
	}, h.reset)
	huma.Register(api, huma.Operation{
		OperationID: "verify-mail", Method: http.MethodPost, Path: "/verifications", Tags: tags, DefaultStatus: http.StatusNoContent,
		Errors: in, Summary: "Verify a mail address by a link's secret",
	}, h.verify)
}

// Welcome says how people get in.
type Welcome struct {
	Registration string `json:"registration" enum:"first,domain,invitation" doc:"first: nobody has an account yet, whoever registers becomes admin; domain: people of some mail domains may register; invitation: by invitation alone."`
	SignOn       string `json:"sign_on,omitempty" doc:"Name of the provider of single sign-on; absent: there is none."`
	Passkeys     bool   `json:"passkeys" doc:"Passkeys can be used at this address."`
	Mail         bool   `json:"mail" doc:"The server sends mail, so that a forgotten password can be reset."`
}

type welcomeOut struct{ Body Welcome }

func (h *Handler) welcome(ctx context.Context, _ *struct{}) (*welcomeOut, error) {
	claimed, err := h.store.Claimed(ctx)
	if err != nil {
		return nil, err
	}
	out := Welcome{Registration: "first", Mail: h.store.CanMail(), Passkeys: h.store.CanPasskeys(), SignOn: h.store.SignOnName()}
	if claimed {
		settings, err := h.store.Settings(ctx)
		if err != nil {
			return nil, err
		}
		out.Registration = "invitation"
		if len(settings.Domains) > 0 && out.Mail {
			out.Registration = "domain"
		}
	}
	return &welcomeOut{out}, nil
}

// SignIn says what became of a sign-in.
type SignIn struct {
	Person *wire.Person `json:"person,omitempty" doc:"Who is signed in now; absent where something is still to be done."`
	Step   string       `json:"step,omitempty" doc:"A second factor is asked for: send this with the code to /session/code, or sign in by passkey."`
	Second []string     `json:"second,omitempty" enum:"code,passkey" doc:"The ways of the second step."`
	Verify bool         `json:"verify" doc:"A link was sent to the address; use it, then sign in."`
}

type signInOut struct {
	SetCookie []string `header:"Set-Cookie"`
	Body      SignIn
}

func (h *Handler) signedIn(in account.SignedIn, err error) (*signInOut, error) {
	if err != nil {
		return nil, err
	}
	out := &signInOut{SetCookie: h.cookies.of(in), Body: SignIn{Step: in.Step, Second: in.Second, Verify: in.Cookie == "" && in.Step == ""}}
	if in.Cookie != "" {
		person := wire.PersonOf(in.Person)
		out.Body.Person = &person
	}
	return out, nil
}

// Registration is what a new person gives.
type Registration struct {
	Name       string `json:"name" minLength:"1" maxLength:"100"`
	Mail       string `json:"mail,omitempty" maxLength:"254" doc:"Ignored with an invitation, which names the address."`
	Password   string `json:"password" maxLength:"1000" writeOnly:"true"`
	Invitation string `json:"invitation,omitempty" maxLength:"200" doc:"Secret of the invitation's link."`
}

type registerIn struct{ Body Registration }

func (h *Handler) register(ctx context.Context, in *registerIn) (*signInOut, error) {
	return h.signedIn(h.store.Register(ctx, account.Registration{
		Name: in.Body.Name, Mail: in.Body.Mail, Password: in.Body.Password, Invitation: in.Body.Invitation,
	}))
}

// Credentials are what a person signs in with.
type Credentials struct {
	Mail     string `json:"mail" maxLength:"254"`
	Password string `json:"password" maxLength:"1000" writeOnly:"true"`
}

// DeviceIn finds the cookies of a browser that signed in before, or is on its way back from a provider.
type DeviceIn struct {
	https, http               string
	journeyHTTPS, journeyHTTP string
}

// Resolve implements huma.Resolver.
func (d *DeviceIn) Resolve(ctx huma.Context) []error {
	d.https, d.http = Cookies{Secure: true}.read(ctx, deviceName), Cookies{}.read(ctx, deviceName)
	d.journeyHTTPS, d.journeyHTTP = Cookies{Secure: true}.read(ctx, journeyName), Cookies{}.read(ctx, journeyName)
	return nil
}

func (d *DeviceIn) journey(c Cookies) string {
	if c.Secure {
		return d.journeyHTTPS
	}
	return d.journeyHTTP
}

func (d *DeviceIn) device(c Cookies) string {
	if c.Secure {
		return d.https
	}
	return d.http
}

type credentialsIn struct {
	DeviceIn
	Body Credentials
}

func (h *Handler) signIn(ctx context.Context, in *credentialsIn) (*signInOut, error) {
	return h.signedIn(h.store.SignIn(ctx, account.Credentials{
		Mail: in.Body.Mail, Password: in.Body.Password, Device: in.device(h.cookies),
	}))
}

// LinkSecret is what the link of a mail or an operator holds.
type LinkSecret struct {
	Secret string `json:"secret" minLength:"1" maxLength:"200" writeOnly:"true"`
}

type secretIn struct{ Body LinkSecret }

func (h *Handler) enter(ctx context.Context, in *secretIn) (*signInOut, error) {
	return h.signedIn(h.store.Enter(ctx, in.Body.Secret))
}

type goneOut struct {
	SetCookie string `header:"Set-Cookie"`
	// ClearSiteData makes the browser forget what it holds of the page (W3C Clear Site Data).
	ClearSiteData string `header:"Clear-Site-Data"`
}

func (h *Handler) signOut(ctx context.Context, _ *struct{}) (*goneOut, error) {
	if err := h.store.SignOut(ctx); err != nil {
		return nil, err
	}
	return &goneOut{h.cookies.Session(""), `"cache"`}, nil
}

// Invited is whom an invitation is for.
type Invited struct {
	Mail string `json:"mail"`
	Role string `json:"role" enum:"admin,analyst,contributor,viewer"`
}

type invitedOut struct{ Body Invited }

func (h *Handler) invited(ctx context.Context, in *secretIn) (*invitedOut, error) {
	i, err := h.store.Invited(ctx, in.Body.Secret)
	if err != nil {
		return nil, err
	}
	return &invitedOut{Invited{Mail: i.Mail, Role: string(i.Role)}}, nil
}

// MailAddress is a mail address.
type MailAddress struct {
	Mail string `json:"mail" minLength:"1" maxLength:"254"`
}

type addressIn struct{ Body MailAddress }

func (h *Handler) askReset(ctx context.Context, in *addressIn) (*struct{}, error) {
	return nil, h.store.AskReset(ctx, in.Body.Mail)
}

// NewPassword is a link's secret and the password to set.
type NewPassword struct {
	Secret   string `json:"secret" minLength:"1" maxLength:"200" writeOnly:"true"`
	Password string `json:"password" maxLength:"1000" writeOnly:"true"`
}

type newPasswordIn struct{ Body NewPassword }

type resetOut struct {
	SetCookie []string `header:"Set-Cookie"`
}

func (h *Handler) reset(ctx context.Context, in *newPasswordIn) (*resetOut, error) {
	device, err := h.store.Reset(ctx, in.Body.Secret, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return &resetOut{h.cookies.of(account.SignedIn{Device: device})}, nil
}

func (h *Handler) verify(ctx context.Context, in *secretIn) (*struct{}, error) {
	return nil, h.store.Verify(ctx, in.Body.Secret)
}
