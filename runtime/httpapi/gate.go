package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/handlers/session"
	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/audit"
	"github.com/threatwerk/threatwerk/internal/platform/logging"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// originated notes where a request came from, and gives it a grant that sees nothing: whatever comes later can only add.
func originated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address := ""
		if a := clientAddress(r.Context()); a.IsValid() {
			address = a.String()
		}
		ctx := access.WithOrigin(r.Context(), access.Origin{Address: address, Agent: shortened(r.UserAgent()), RequestID: requestID(r.Context())})
		ctx = access.WithGrant(ctx, access.Grant{See: access.None(), Act: access.None()})
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func shortened(s string) string {
	if len(s) > 300 {
		s = s[:300]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
}

func cookies(accounts *account.Store) session.Cookies {
	return session.Cookies{Secure: accounts != nil && accounts.Secure()}
}

// gate is the one place where callers are known and operations allowed.
type gate struct {
	api      huma.API
	accounts *account.Store
	known    *known
}

// admit is what stands before every operation.
func (g *gate) admit(ctx huma.Context, next func(huma.Context)) {
	operation := ctx.Operation().OperationID
	r, known := rules[operation]
	if !known {
		g.refuse(ctx, problem.New(problem.Forbidden, "The operation %q is not open to anyone: it has no rule.", operation))
		return
	}
	if r.public {
		if err := ownRequest(ctx, g.accounts); err != nil {
			g.refuse(ctx, err)
			return
		}
		g.serve(ctx, next, nil)
		return
	}
	who, renewed, err := g.caller(ctx)
	if err == nil && renewed != "" {
		ctx.AppendHeader("Set-Cookie", cookies(g.accounts).Session(renewed))
	}
	if err == nil {
		err = g.check(ctx, r, who)
	}
	if err != nil {
		g.refuse(ctx, err)
		return
	}
	logging.Add(ctx.Context(), zap.Int64("person", who.PersonID))
	if who.TokenID != 0 {
		logging.Add(ctx.Context(), zap.Int64("token", who.TokenID))
	}
	allowed := access.WithCaller(ctx.Context(), who.Caller)
	g.serve(ctx, next, access.WithGrant(allowed, who.Grant(r.need)))
}

// caller finds who sends the request: by token where it brings one, else by cookie.
func (g *gate) caller(ctx huma.Context) (account.Identity, string, error) {
	if header := ctx.Header("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "bearer") {
			return account.Identity{}, "", problem.New(problem.Unauthenticated, "Send an API token as Authorization: Bearer twk_...")
		}
		token = strings.TrimSpace(token)
		who, err := g.accounts.AuthenticateToken(ctx.Context(), token)
		g.note(err, "token "+strconv.FormatInt(who.TokenID, 10), token)
		return who, "", err
	}
	cookie := cookies(g.accounts).Read(ctx)
	if cookie == "" {
		return account.Identity{}, "", problem.New(problem.Unauthenticated, "Sign in first, or send an API token.")
	}
	if err := ownRequest(ctx, g.accounts); err != nil {
		return account.Identity{}, "", err
	}
	who, renewed, err := g.accounts.Authenticate(ctx.Context(), cookie)
	g.note(err, "person "+strconv.FormatInt(who.PersonID, 10), cookie, renewed)
	return who, renewed, err
}

// note remembers for the limits whose credentials these are, or that they are nobody's any more.
func (g *gate) note(err error, name string, credentials ...string) {
	for _, c := range credentials {
		switch {
		case err == nil:
			g.known.remember(c, name)
		case problem.Is(err, problem.Unauthenticated):
			g.known.forget(c)
		}
	}
}

// ownRequest refuses a change that comes with a cookie and without word of which page it comes from: every browser of today
// sends Sec-Fetch-Site or Origin with it, and ownOrigin has looked at those.
func ownRequest(ctx huma.Context, accounts *account.Store) error {
	if ctx.Method() == http.MethodGet || ctx.Method() == http.MethodHead || cookies(accounts).Read(ctx) == "" ||
		ctx.Header("Sec-Fetch-Site") != "" || ctx.Header("Origin") != "" {
		return nil
	}
	return problem.New(problem.Forbidden, "The request does not say which page it comes from; programs use an API token.")
}

// check says whether the caller may, and asks for a proof only of who else may.
func (g *gate) check(ctx huma.Context, r rule, who account.Identity) error {
	if err := g.entitled(ctx, r, who); err != nil {
		return err
	}
	if who.Scopes == nil && (r.fresh && (!who.Fresh || who.Weak) || who.Weak && !r.setup) {
		return account.ProveAgain()
	}
	return nil
}

// entitled looks at the caller's rights, in the product that the request names.
func (g *gate) entitled(ctx huma.Context, r rule, who account.Identity) error {
	token := who.Scopes != nil
	switch {
	case who.Due && !r.setup:
		return problem.New(problem.Forbidden, "Set up a second factor first: a passkey or one-time codes.").
			With(problem.Fault{Path: "header.Cookie", Code: "second_factor_required", Message: "the settings ask everyone for one"})
	case token && (r.own || r.person):
		return problem.New(problem.Forbidden, "This is for people: sign in.")
	case token && !slices.Contains(who.Scopes, account.ScopeWrite) && !slices.ContainsFunc(r.scopes, func(s string) bool { return slices.Contains(who.Scopes, s) }):
		return problem.New(problem.Forbidden, "The token's scopes (%s) do not allow this.", strings.Join(who.Scopes, ", "))
	case r.own:
		return nil
	}
	grant := who.Grant(r.need)
	for _, thing := range []account.Thing{account.Product, account.Release, account.SBOM, account.Finding, account.Job} {
		id, err := strconv.ParseInt(ctx.Param(string(thing)), 10, 64)
		if err != nil {
			continue // not in this path, or for validation to refuse
		}
		product, err := g.accounts.ProductOf(ctx.Context(), thing, id)
		switch {
		case err != nil:
			return err
		case product == 0 && thing == account.Job && who.Role == access.Admin && grant.See.IsAll():
			return nil // work for the whole portfolio
		case product == 0 || !grant.See.Has(product):
			return nothingThere(thing, id)
		case !grant.Act.Has(product):
			return missingRole(r.need)
		}
		return nil
	}
	if who.Role.Reaches(r.need) || r.somewhere && !grant.Act.IsNone() {
		return nil
	}
	return missingRole(r.need)
}

// nothingThere is said of what does not exist and of what the caller may not know of.
func nothingThere(thing account.Thing, id int64) error {
	name := map[account.Thing]string{account.Product: "product", account.Release: "release", account.SBOM: "SBOM", account.Finding: "finding", account.Job: "job"}[thing]
	return problem.New(problem.NotFound, "there is no %s %d; it may have been deleted", name, id)
}

func missingRole(need access.Role) error {
	return problem.New(problem.Forbidden, "This needs the role %s.", need)
}

// serve carries out the operation. A change that its domain did not put on record is put there here, so that none is missing.
func (g *gate) serve(ctx huma.Context, next func(huma.Context), allowed context.Context) {
	if allowed == nil {
		allowed = ctx.Context()
	}
	if ctx.Method() == http.MethodGet {
		next(huma.WithContext(ctx, allowed))
		return
	}
	recorded, trail := audit.WithTrail(allowed)
	next(huma.WithContext(ctx, recorded))
	if ctx.Status() >= 300 || trail.Events() > 0 || !access.CallerOf(allowed).Known() || harmless[ctx.Operation().OperationID] {
		return
	}
	after := map[string]string{}
	for _, p := range ctx.Operation().Parameters {
		if p.In == "path" {
			after[p.Name] = ctx.Param(p.Name)
		}
	}
	// The change is made and answered; that it is not on record is for the log.
	err := audit.Write(context.WithoutCancel(allowed), g.accounts.Database(), audit.Event{
		Action: "call." + ctx.Operation().OperationID, Subject: "operation", ID: ctx.Operation().OperationID, After: after,
	})
	if err != nil {
		noteError(ctx.Context(), err)
	}
}

// harmless are operations that change nothing although their method says so.
var harmless = map[string]bool{"preview-assessments": true, "preview-sbom": true, "push-sbom": true, "upload-sbom": true, "mark-looked": true}

func (g *gate) refuse(ctx huma.Context, err error) {
	if problem.Is(err, problem.Unauthenticated) {
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="threatwerk"`)
	}
	_ = huma.WriteErr(g.api, ctx, http.StatusInternalServerError, "", err) // the client may be gone
}
