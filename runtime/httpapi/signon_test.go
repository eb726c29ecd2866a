package httpapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/account/signon"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/internal/testkit/idp"
)

// staffed is the API with a provider of single sign-on that knows the first admin.
func staffed(t *testing.T) (*fixture, *idp.Provider) {
	t.Helper()
	const redirect = "http://localhost/api/v1/session/oidc/callback"
	f := newFixture(t, sbom.Limits{})
	p := idp.New(t, redirect, map[string]any{"sub": "1", "email": "first@example.org", "email_verified": true})
	f.serve(account.Config{SignOn: signon.New(signon.Config{
		Issuer: p.URL, ClientID: idp.Client, Secret: idp.Secret, Name: "Staff", Redirect: redirect, Scopes: []string{"openid", "email"},
	})})
	if _, err := f.pool.Exec(t.Context(), `update users set verified_at = now()`); err != nil {
		t.Fatal(err)
	}
	return f, p
}

// begin goes to the provider; journey is the cookie that the way back needs.
func (f *fixture) begin(p *idp.Provider, path, to string) (journey string, back url.Values) {
	f.t.Helper()
	var departure struct{ URL string }
	a := f.want(http.StatusOK, "POST", path, `{"to":"`+to+`"}`, &departure)
	journey, _, _ = strings.Cut(a.header.Get("Set-Cookie"), ";")
	if !strings.Contains(a.header.Get("Set-Cookie"), "HttpOnly; SameSite=Lax") || !strings.HasPrefix(departure.URL, p.URL+"/authorize?") {
		f.t.Errorf("goes to %s with %s", departure.URL, a.header.Get("Set-Cookie"))
	}
	state, code := p.Agree(departure.URL)
	return journey, url.Values{"state": {state}, "code": {code}}
}

// arrive comes back as a browser does from another site: without the session's cookie. It gives where the page goes on, within APP_URL,
// and the session's new cookie.
func (f *fixture) arrive(journey string, back url.Values) (place, cookie string) {
	f.t.Helper()
	a := f.call("GET", "/api/v1/session/oidc/callback?"+back.Encode(), nil, "Cookie", journey, "Origin", "", "Sec-Fetch-Site", "cross-site")
	place, within := strings.CutPrefix(a.header.Get("Location"), "http://localhost/")
	if a.status != http.StatusSeeOther || !within {
		f.t.Fatalf("answered %d, leads to %q: %s", a.status, a.header.Get("Location"), a.body)
	}
	for _, set := range a.header.Values("Set-Cookie") {
		pair, _, _ := strings.Cut(set, ";")
		switch name, value, _ := strings.Cut(pair, "="); {
		case name == "threatwerk_session":
			cookie = pair
		case name == "threatwerk_sign_on" && value != "":
			f.t.Errorf("the way back stays open: %s", set)
		}
	}
	return "/" + place, cookie
}

func TestSignOnFromThePageToTheProviderAndBack(t *testing.T) {
	t.Parallel()
	f, p := staffed(t)
	f.cookie = ""
	var welcome struct {
		SignOn string `json:"sign_on"`
	}
	if f.want(http.StatusOK, "GET", "/api/v1/welcome", "", &welcome); welcome.SignOn != "Staff" {
		t.Errorf("the page is told of %q", welcome.SignOn)
	}
	journey, back := f.begin(p, "/api/v1/session/oidc", "/findings?q=1")
	place, cookie := f.arrive(journey, back)
	if place != "/findings?q=1" || cookie == "" {
		t.Fatalf("leads to %s with %q", place, cookie)
	}
	f.cookie = cookie
	var me struct {
		Mail   string
		Proofs []string
	}
	if f.want(http.StatusOK, "GET", "/api/v1/me", "", &me); me.Mail != "first@example.org" || strings.Join(me.Proofs, " ") != "password oidc" {
		t.Errorf("signed in as %+v", me)
	}
}

func TestAnswersOfTheProviderThatDoNotFitOpenNoSession(t *testing.T) {
	t.Parallel()
	f, p := staffed(t)
	f.cookie = ""
	refused := func(name, want, journey string, back url.Values) {
		t.Helper()
		if place, cookie := f.arrive(journey, back); place != want || cookie != "" {
			t.Errorf("%s leads to %s with %q", name, place, cookie)
		}
	}
	const failed = "/sign-in?failure=failed"
	journey, back := f.begin(p, "/api/v1/session/oidc", "/")
	refused("another browser", failed, "threatwerk_sign_on=", back)
	refused("another state", failed, journey, url.Values{"state": {"other"}, "code": back["code"]})
	refused("what was used", failed, journey, back)
	journey, back = f.begin(p, "/api/v1/session/oidc", "/findings")
	refused("a person who says no", "/sign-in?failure=denied&to=%2Ffindings", journey, url.Values{"state": back["state"], "error": {"access_denied"}})
	p.Claims = map[string]any{"sub": "2", "email": "stranger@example.org", "email_verified": true}
	journey, back = f.begin(p, "/api/v1/session/oidc", "/findings")
	refused("a stranger", "/sign-in?failure=no_account&to=%2Ffindings", journey, back)
}

func TestSignOnNeverLeavesThePage(t *testing.T) {
	t.Parallel()
	f, p := staffed(t)
	f.cookie = ""
	for _, to := range []string{
		"https://evil.example/", "//evil.example", "/\\\\evil.example", "\\\\evil.example", "javascript:alert(1)", "evil.example", "@evil.example/", "/\\t/evil.example", ".evil.example",
	} {
		journey, back := f.begin(p, "/api/v1/session/oidc", to)
		if place, cookie := f.arrive(journey, back); place != "/" || cookie == "" {
			t.Errorf("%q leads to %s with %q", to, place, cookie)
		}
	}
}

func TestASecondFactorIsAskedForAfterTheProvider(t *testing.T) {
	t.Parallel()
	f, p := staffed(t)
	f.cookie = ""
	if _, err := f.pool.Exec(t.Context(), `insert into totp_secrets (user_id, secret, confirmed_at) select id, '\x00', now() from users`); err != nil {
		t.Fatal(err)
	}
	journey, back := f.begin(p, "/api/v1/session/oidc", "/findings")
	place, cookie := f.arrive(journey, back)
	if !strings.HasPrefix(place, "/sign-in?to=%2Ffindings#second=code&step=") || cookie != "" {
		t.Errorf("leads to %s with %q", place, cookie)
	}
}

func TestLinkingProvingAndUnlinking(t *testing.T) {
	t.Parallel()
	f, p := staffed(t)
	p.Claims = map[string]any{"sub": "7", "email": "elsewhere@example.net"}
	f.want(http.StatusNotFound, "DELETE", "/api/v1/me/oidc", "", nil)
	journey, back := f.begin(p, "/api/v1/session/oidc/link", "")
	if place, cookie := f.arrive(journey, back); place != "/profile" || cookie != "" {
		t.Fatalf("leads to %s with %q", place, cookie)
	}
	if _, err := f.pool.Exec(t.Context(), `update sessions set proved_at = now() - interval '16 minutes'`); err != nil {
		t.Fatal(err)
	}
	f.want(http.StatusForbidden, "DELETE", "/api/v1/me/oidc", "", nil)
	journey, back = f.begin(p, "/api/v1/session/proof/oidc", "/signed-on")
	if place, cookie := f.arrive(journey, back); place != "/signed-on?failure=failed" || cookie != "" {
		t.Errorf("a provider that does not say when it asked leads to %s with %q", place, cookie)
	}
	p.Claims["auth_time"] = time.Now().Unix()
	journey, back = f.begin(p, "/api/v1/session/proof/oidc", "/signed-on")
	place, cookie := f.arrive(journey, back)
	if place != "/signed-on" || cookie == "" {
		t.Fatalf("leads to %s with %q", place, cookie)
	}
	f.cookie = cookie
	password := ""
	if err := f.pool.QueryRow(t.Context(), `select password_hash from users`).Scan(&password); err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{"", password} {
		if _, err := f.pool.Exec(t.Context(), `update users set password_hash = $1`, hash); err != nil {
			t.Fatal(err)
		}
		want := http.StatusNoContent
		if hash == "" {
			want = http.StatusConflict
		}
		f.want(want, "DELETE", "/api/v1/me/oidc", "", nil)
	}
	var noted int
	err := f.pool.QueryRow(t.Context(), `select count(*) from audit_events where action = 'identity.unlink'`).Scan(&noted)
	if err != nil || noted != 1 {
		t.Errorf("%d on record, %v", noted, err)
	}
}
