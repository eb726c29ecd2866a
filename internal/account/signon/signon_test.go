package signon_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/account/signon"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
	"github.com/threatwerk/threatwerk/internal/testkit"
	"github.com/threatwerk/threatwerk/internal/testkit/idp"
)

// bench is accounts with a provider.
type bench struct {
	*account.Store
	t    *testing.T
	pool *pgxpool.Pool
	idp  *idp.Provider
}

const (
	password = "unrelated tulips ponder 7 gravel"
	redirect = "https://threatwerk.example.org/api/v1/session/oidc/callback"
)

func newBench(t *testing.T, claims map[string]any, roles ...signon.GroupRole) *bench {
	t.Helper()
	b := &bench{t: t, pool: testkit.DB(t), idp: idp.New(t, redirect, claims)}
	key, err := seal.New(strings.Repeat("k", seal.MinKey))
	if err != nil {
		t.Fatal(err)
	}
	b.Store, err = account.NewStore(b.pool, account.Config{
		Secret: []byte(strings.Repeat("secret ", 6)), AppURL: "https://threatwerk.example.org", Seal: key,
		Hash: account.HashCost{Memory: 64, Passes: 1, Threads: 1},
		SignOn: signon.New(signon.Config{
			Issuer: b.idp.URL, ClientID: idp.Client, Secret: idp.Secret, Name: "Staff", Redirect: redirect, Scopes: []string{"openid", "email"},
			GroupClaim: "realm.groups", Roles: roles,
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// found makes the first person, whose address is verified.
func (b *bench) found(mail string) account.SignedIn {
	b.t.Helper()
	in, err := b.Register(b.t.Context(), account.Registration{Name: "Admin", Mail: mail, Password: password})
	if err != nil {
		b.t.Fatal(err)
	}
	b.exec(`update users set verified_at = now()`)
	return in
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.pool.Exec(b.t.Context(), sql, args...); err != nil {
		b.t.Fatal(err)
	}
}

// journey goes to the provider and comes back.
func (b *bench) journey() account.Return {
	b.t.Helper()
	d, err := b.BeginSignOn(b.t.Context(), account.ToSignIn, "/findings?q=1")
	if err != nil {
		b.t.Fatal(err)
	}
	state, code := b.idp.Agree(d.URL)
	return b.back(d.Ceremony, account.SignOnAnswer{State: state, Code: code})
}

func (b *bench) back(ceremony string, answer account.SignOnAnswer) account.Return {
	b.t.Helper()
	out, cause, err := b.FinishSignOn(b.t.Context(), ceremony, answer)
	if err != nil {
		b.t.Fatal(err)
	}
	if (out.Failure != "") != (cause != nil) {
		b.t.Errorf("failure %q, cause %v", out.Failure, cause)
	}
	return out
}

func admin() map[string]any {
	return map[string]any{"sub": "1", "email": "Admin@example.org", "email_verified": true, "name": "Admin"}
}

func with(claims map[string]any, more map[string]any) map[string]any {
	out := maps.Clone(claims)
	maps.Copy(out, more)
	return out
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	b := newBench(t, admin())
	first := b.found("admin@example.org")
	for range 2 { // by address, then by what was linked
		out := b.journey()
		if out.Failure != "" || out.Cookie == "" || out.Person.ID != first.Person.ID || out.To != "/findings?q=1" {
			t.Fatalf("%+v", out)
		}
		who, _, err := b.Authenticate(t.Context(), out.Cookie)
		if err != nil || who.Strong || !who.Fresh {
			t.Errorf("%+v, %v", who, err)
		}
		b.idp.Claims["email"] = "renamed@example.org"
	}
}

func TestAnswersThatAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, admin())
	b.found("admin@example.org")
	foreign := idp.NewKey(t)
	for name, bend := range map[string]func(jwt.MapClaims){
		"another nonce":    func(c jwt.MapClaims) { c["nonce"] = "other" },
		"no nonce":         func(c jwt.MapClaims) { delete(c, "nonce") },
		"another issuer":   func(c jwt.MapClaims) { c["iss"] = "https://evil.example" },
		"another audience": func(c jwt.MapClaims) { c["aud"] = "other" },
		"another client":   func(c jwt.MapClaims) { c["aud"], c["azp"] = []string{idp.Client, "other"}, "other" },
		"too old":          func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Hour).Unix() },
		"another key":      func(jwt.MapClaims) { b.idp.Signer = foreign },
	} {
		b.idp.Bend, b.idp.Signer = bend, nil
		if out := b.journey(); out.Failure != "failed" || out.Cookie != "" {
			t.Errorf("%s: %+v", name, out)
		}
	}
	b.idp.Bend, b.idp.Signer = nil, nil
	begin := func() (account.Departure, string, string) {
		d, err := b.BeginSignOn(t.Context(), account.ToSignIn, "https://evil.example/")
		if err != nil {
			t.Fatal(err)
		}
		state, code := b.idp.Agree(d.URL)
		return d, state, code
	}
	d, state, code := begin()
	other, otherState, _ := begin()
	for name, try := range map[string]struct {
		ceremony string
		answer   account.SignOnAnswer
	}{
		"no cookie":                 {"", account.SignOnAnswer{State: state, Code: code}},
		"another browser's state":   {other.Ceremony, account.SignOnAnswer{State: state, Code: code}},
		"after the cookie was used": {other.Ceremony, account.SignOnAnswer{State: otherState, Code: code}},
	} {
		if out := b.back(try.ceremony, try.answer); out.Failure != "failed" {
			t.Errorf("%s: %+v", name, out)
		}
	}
	if out := b.back(d.Ceremony, account.SignOnAnswer{State: state, Code: code}); out.Failure != "" || out.To != "/" {
		t.Errorf("the good answer after the bad ones: %+v", out)
	}
	replay, state, _ := begin()
	if out := b.back(replay.Ceremony, account.SignOnAnswer{State: state, Code: code}); out.Failure != "failed" {
		t.Errorf("a code that was used, from another request: %+v", out)
	}
	d, state, code = begin()
	if out := b.back(d.Ceremony, account.SignOnAnswer{State: state, Code: code, Issuer: "https://evil.example"}); out.Failure != "failed" {
		t.Errorf("an answer of another issuer: %+v", out)
	}
	d, state, _ = begin()
	if out := b.back(d.Ceremony, account.SignOnAnswer{State: state, Error: "access_denied"}); out.Failure != "denied" {
		t.Errorf("a person who says no: %+v", out)
	}
}

func TestWhoGetsIn(t *testing.T) {
	t.Parallel()
	groups := func(names ...string) map[string]any { return map[string]any{"realm": map[string]any{"groups": names}} }
	roles := []signon.GroupRole{{Group: "dev", Role: access.Contributor}, {Group: "sec", Role: access.Admin}}
	person := map[string]any{"sub": "2", "email": "member@example.org", "email_verified": true, "name": "Member"}
	for name, c := range map[string]struct {
		claims  map[string]any
		roles   []signon.GroupRole
		before  string // done after the first person is made
		nobody  bool   // there is no first person
		failure string
		role    access.Role
	}{
		"a stranger":                   {claims: person, failure: "no_account"},
		"a stranger of nowhere":        {claims: with(person, map[string]any{"email": ""}), failure: "unverified"},
		"no word on the address":       {claims: with(admin(), map[string]any{"email_verified": nil}), failure: "unverified"},
		"an unverified address":        {claims: with(admin(), map[string]any{"email_verified": false}), failure: "unverified"},
		"unverified, whatever Entra":   {claims: with(admin(), map[string]any{"email_verified": false, "xms_edov": true}), failure: "unverified"},
		"verified by Entra":            {claims: with(admin(), map[string]any{"email_verified": nil, "xms_edov": "1"}), role: access.Admin},
		"an account not verified":      {claims: admin(), before: `update users set verified_at = null`, failure: "taken"},
		"an address given anew":        {claims: admin(), before: `insert into identities (issuer, subject, user_id) select $1, 'former', id from users`, failure: "taken"},
		"a disabled account":           {claims: admin(), before: `update users set status = 'disabled'`, failure: "disabled"},
		"the first, without a mapping": {claims: person, nobody: true, failure: "unclaimed"},
		"the first, as less":           {claims: with(person, groups("dev")), roles: roles, nobody: true, failure: "unclaimed"},
		"the first, mapped to admin":   {claims: with(person, groups("sec")), roles: roles, nobody: true, role: access.Admin},
		"by groups":                    {claims: with(person, groups("x", "dev")), roles: roles, role: access.Contributor},
		"by the highest group":         {claims: with(person, groups("sec", "dev")), roles: roles, role: access.Admin},
		"of no group that counts":      {claims: with(person, groups("x")), roles: roles, failure: "no_account"},
		"everyone":                     {claims: person, roles: []signon.GroupRole{{Group: "*", Role: access.Viewer}}, role: access.Viewer},
		"by mail domain":               {claims: person, before: `update account_settings set registration_domains = '{example.org}'`, role: access.Viewer},
		"the last admin stays one":     {claims: with(admin(), groups("dev")), roles: roles, role: access.Admin},
		"invited": {claims: person, role: access.Analyst,
			before: `insert into invitations (email, role, hash, expires_at) values ('Member@example.org', 'analyst', '\x01', now() + interval '1 day')`},
		"invited and late": {claims: person, failure: "no_account",
			before: `insert into invitations (email, role, hash, expires_at) values ('member@example.org', 'analyst', '\x01', now())`},
		"registered before by who did not own the address": {claims: person, role: access.Viewer,
			before: `insert into users (email, name, password_hash, role, status) values ('member@example.org', 'X', 'theirs', 'viewer', 'pending')`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, c.claims, c.roles...)
			if !c.nobody {
				b.found("admin@example.org")
			}
			if strings.Contains(c.before, "$1") {
				b.exec(c.before, b.idp.URL)
			} else if c.before != "" {
				b.exec(c.before)
			}
			out := b.journey()
			if out.Failure != c.failure || (out.Cookie == "") != (c.failure != "") || out.Person.Role != c.role {
				t.Errorf("failure %q, role %q; want %q, %q", out.Failure, out.Person.Role, c.failure, c.role)
			}
			if out.Person.HasPassword && out.Person.Mail == "member@example.org" {
				t.Error("a password stays that somebody else chose")
			}
		})
	}
}

func TestGroupsAreFollowedAndTheSecondFactorAskedFor(t *testing.T) {
	t.Parallel()
	claims := map[string]any{"sub": "2", "email": "member@example.org", "email_verified": true, "realm": map[string]any{"groups": "dev"}}
	b := newBench(t, claims, signon.GroupRole{Group: "dev", Role: access.Contributor}, signon.GroupRole{Group: "lead", Role: access.Analyst})
	b.found("admin@example.org")
	old := b.journey()
	b.idp.Claims["realm"] = map[string]any{"groups": []string{"lead"}}
	if out := b.journey(); out.Person.Role != access.Analyst {
		t.Errorf("role %s", out.Person.Role)
	}
	if _, _, err := b.Authenticate(t.Context(), old.Cookie); err == nil {
		t.Error("a session in the former role lives on")
	}
	b.idp.Claims["realm"] = map[string]any{"groups": []string{"other"}}
	if out := b.journey(); out.Person.Role != access.Analyst {
		t.Errorf("a person whom the mapping says nothing of becomes %s", out.Person.Role)
	}
	b.exec(`insert into totp_secrets (user_id, secret, confirmed_at) select id, '\x00', now() from users`)
	if out := b.journey(); out.Cookie != "" || out.Step == "" {
		t.Errorf("one-time codes are passed by: %+v", out)
	}
	b.idp.Claims["amr"] = []string{"pwd", "mfa"}
	out := b.journey()
	who, _, err := b.Authenticate(t.Context(), out.Cookie)
	if err != nil || !who.Strong {
		t.Errorf("a provider that used several factors is not believed: %v", err)
	}
}

func TestLinkingAndProving(t *testing.T) {
	t.Parallel()
	b := newBench(t, map[string]any{"sub": "2", "email": "elsewhere@example.net", "email_verified": true})
	in := b.found("admin@example.org")
	as := func() access.Caller {
		who, _, err := b.Authenticate(t.Context(), in.Cookie)
		if err != nil {
			t.Fatal(err)
		}
		return who.Caller
	}
	ctx := access.WithCaller(t.Context(), as())
	trip := func(purpose account.Purpose) account.Return {
		d, err := b.BeginSignOn(ctx, purpose, "")
		if err != nil {
			t.Fatal(err)
		}
		state, code := b.idp.Agree(d.URL)
		return b.back(d.Ceremony, account.SignOnAnswer{State: state, Code: code})
	}
	b.idp.Claims["auth_time"] = time.Now().Unix()
	if out := trip(account.ToProve); out.Failure != "other" {
		t.Errorf("a stranger proves: %+v", out)
	}
	if out := trip(account.ToLink); out.Failure != "" {
		t.Fatalf("%+v", out)
	}
	b.exec(`update sessions set proved_at = now() - interval '1 hour'`)
	out := trip(account.ToProve)
	if out.Failure != "" || b.idp.Asked.Get("max_age") != "0" || b.idp.Asked.Get("prompt") != "login" {
		t.Fatalf("%+v, asked %v", out, b.idp.Asked)
	}
	if who, _, err := b.Authenticate(t.Context(), out.Cookie); err != nil || !who.Fresh {
		t.Errorf("fresh %v, %v", who.Fresh, err)
	}
	for name, at := range map[string]any{"an old sign-in": time.Now().Add(-time.Hour).Unix(), "no word of when": nil} {
		b.idp.Claims["auth_time"] = at
		if out := trip(account.ToProve); out.Failure != "failed" {
			t.Errorf("%s proves: %+v", name, out)
		}
	}
	b.idp.Close()
	if _, err := b.BeginSignOn(t.Context(), account.ToSignIn, ""); err != nil {
		t.Errorf("what is known of the provider is asked for again: %v", err)
	}
}
