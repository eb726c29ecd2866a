package session

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/logging"
)

func (h *Handler) registerSignOn(api huma.API) {
	tags := []string{"Sign-in"}
	in := wire.Errors(http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests)
	huma.Register(api, huma.Operation{
		OperationID: "begin-sign-on", Method: http.MethodPost, Path: "/session/oidc", Tags: tags, Errors: in,
		Summary: "Go to the provider of single sign-on", Description: "Sets a cookie that the way back needs, and answers where the browser goes.",
	}, h.begin(account.ToSignIn))
	huma.Register(api, huma.Operation{
		OperationID: "begin-sign-on-proof", Method: http.MethodPost, Path: "/session/proof/oidc", Tags: tags, Errors: in,
		Summary: "Go to the provider to prove anew who one is", Description: "The provider must say when it asked the person (auth_time).",
	}, h.begin(account.ToProve))
	huma.Register(api, huma.Operation{
		OperationID: "begin-sign-on-link", Method: http.MethodPost, Path: "/session/oidc/link", Tags: tags, Errors: in,
		Summary: "Go to the provider to link one's account there",
	}, h.begin(account.ToLink))
	huma.Register(api, huma.Operation{
		OperationID: "finish-sign-on", Method: http.MethodGet, Path: "/session/oidc/callback", Tags: tags, DefaultStatus: http.StatusSeeOther,
		Errors: wire.Errors(), Summary: "Come back from the provider", SkipValidateParams: true, // providers send what they like besides
		Description: "For browsers: answers with the way onwards, which says what went wrong if something did.",
	}, h.back)
}

// Onwards is where the page goes on afterwards.
type Onwards struct {
	To string `json:"to,omitempty" maxLength:"2000" doc:"A path within the page."`
}

type beginIn struct{ Body Onwards }

// Departure is where the browser goes.
type Departure struct {
	URL string `json:"url"`
}

type departureOut struct {
	SetCookie []string `header:"Set-Cookie"`
	Body      Departure
}

func (h *Handler) begin(purpose account.Purpose) func(context.Context, *beginIn) (*departureOut, error) {
	return func(ctx context.Context, in *beginIn) (*departureOut, error) {
		d, err := h.store.BeginSignOn(ctx, purpose, in.Body.To)
		if err != nil {
			return nil, err
		}
		return &departureOut{[]string{h.cookies.journey(d.Ceremony)}, Departure{d.URL}}, nil
	}
}

type backIn struct {
	DeviceIn
	Code   string `query:"code"`
	State  string `query:"state"`
	Issuer string `query:"iss"`
	Error  string `query:"error"`
}

type backOut struct {
	SetCookie []string `header:"Set-Cookie"`
	Location  string   `header:"Location"`
}

func (h *Handler) back(ctx context.Context, in *backIn) (*backOut, error) {
	out, cause, err := h.store.FinishSignOn(ctx, in.journey(h.cookies), account.SignOnAnswer{
		State: in.State, Code: in.Code, Issuer: in.Issuer, Error: in.Error,
	})
	if err != nil {
		return nil, err
	}
	if cause != nil {
		logging.Add(ctx, zap.NamedError("sign_on", cause))
	}
	cookies := []string{h.cookies.journey("")}
	if out.Cookie != "" {
		cookies = append(cookies, h.cookies.of(out.SignedIn)...)
	}
	return &backOut{cookies, h.store.Page(onwards(out))}, nil
}

// onwards is the page's path for what came of it.
func onwards(r account.Return) string {
	query := url.Values{}
	if r.Failure != "" {
		query.Set("failure", r.Failure)
	}
	switch {
	case r.Purpose == account.ToProve:
		return withQuery("/signed-on", query)
	case r.Purpose == account.ToLink:
		return withQuery("/profile", query)
	case r.Failure == "" && r.Step == "":
		return r.To
	}
	if r.To != "" {
		query.Set("to", r.To)
	}
	place := withQuery("/sign-in", query)
	if r.Step != "" {
		// After the #, which no server and no log sees.
		place += "#" + url.Values{"step": {r.Step}, "second": {strings.Join(r.Second, ",")}}.Encode()
	}
	return place
}

func withQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
