package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/sbom"
)

func TestSigningInAndOutOverHTTP(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.cookie = ""
	credentials := fmt.Sprintf(`{"mail":"first@example.org","password":%q}`, testPassword)
	a := f.call("POST", "/api/v1/session", body(credentials), "Content-Type", "application/json", "Origin", f.url)
	if a.status != http.StatusOK {
		t.Fatalf("answered %d: %s", a.status, a.body)
	}
	set := a.header.Values("Set-Cookie")
	if len(set) != 2 {
		t.Fatalf("cookies %q", set)
	}
	for _, c := range set {
		for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
			if !strings.Contains(c, want) {
				t.Errorf("%q lacks %s", c, want)
			}
		}
	}
	f.cookie, _, _ = strings.Cut(set[0], ";")
	if strings.Contains(string(a.body), strings.SplitN(f.cookie, "=", 2)[1]) {
		t.Error("the cookie's value is in the body, where scripts can read it")
	}
	f.want(http.StatusOK, "GET", "/api/v1/me", "", nil)
	out := f.want(http.StatusNoContent, "DELETE", "/api/v1/session", "", nil)
	if c := out.header.Get("Set-Cookie"); !strings.Contains(c, "Max-Age=0") {
		t.Errorf("signed out with %q", c)
	}
	refused := f.call("GET", "/api/v1/me", nil)
	f.refused(refused, http.StatusUnauthorized, "unauthenticated")
	if refused.header.Get("WWW-Authenticate") == "" {
		t.Error("a 401 does not say how to authenticate")
	}
}

func TestOtherPagesCannotActForAPerson(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	for name, header := range map[string][]string{
		"another site":       {"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"},
		"a sibling":          {"Origin", "https://sibling.example", "Sec-Fetch-Site", "same-site"},
		"an old browser":     {"Origin", "https://evil.example"},
		"no word of a page":  {"Origin", ""},
		"a page without one": {"Origin", "null"},
	} {
		a := f.call("POST", "/api/v1/products", body(`{"name":"x"}`), append([]string{"Content-Type", "application/json"}, header...)...)
		if a.status != http.StatusForbidden {
			t.Errorf("%s: answered %d: %s", name, a.status, a.body)
		}
	}
	f.want(http.StatusCreated, "POST", "/api/v1/products", `{"name":"x"}`, nil)
}

// TestEveryChangeIsOnRecord changes something in each way and looks for it in the record.
func TestEveryChangeIsOnRecord(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.want(http.StatusCreated, "POST", "/api/v1/products", `{"name":"Shop"}`, nil)
	f.want(http.StatusOK, "PATCH", "/api/v1/products/1", `{"criticality":"high"}`, nil)
	f.want(http.StatusCreated, "POST", "/api/v1/products/1/releases", `{"version":"1"}`, nil)
	f.want(http.StatusOK, "PATCH", "/api/v1/releases/1", `{"active":false}`, nil)
	f.want(http.StatusCreated, "POST", "/api/v1/teams", `{"name":"Blue"}`, nil)
	f.want(http.StatusOK, "PUT", "/api/v1/products/1/access", `{"restricted":true,"teams":[{"id":1,"role":"viewer"}]}`, nil)
	f.want(http.StatusCreated, "POST", "/api/v1/invitations", `{"mail":"stranger@example.org","role":"viewer"}`, nil)
	f.want(http.StatusCreated, "POST", "/api/v1/me/tokens", `{"name":"CI","scopes":["read"],"expires_in_days":1}`, nil)
	f.want(http.StatusNoContent, "DELETE", "/api/v1/products/1", "", nil)
	var record list[struct {
		Action    string
		ActorName string `json:"actor_name"`
		Address   string
		RequestID string `json:"request_id"`
		After     map[string]any
	}]
	raw := f.want(http.StatusOK, "GET", "/api/v1/audit", "", &record)
	var actions []string
	for _, e := range record.Items {
		actions = append(actions, e.Action)
		if e.Action != "person.register" && e.Action != "session.open" && (e.ActorName != "First admin" || e.Address != "127.0.0.1" || e.RequestID == "") {
			t.Errorf("%s was done by %q from %q", e.Action, e.ActorName, e.Address)
		}
	}
	want := "product.delete token.create invitation.create product.access team.create release.update release.create product.update product.create session.open person.register"
	if got := strings.Join(actions, " "); got != want {
		t.Errorf("on record:\n%s\nwant\n%s", got, want)
	}
	for _, secret := range []string{"twk_", "#", testPassword, "argon2"} {
		if strings.Contains(string(raw.body), secret) {
			t.Errorf("the record holds %q", secret)
		}
	}
	table := f.want(http.StatusOK, "GET", "/api/v1/audit/export?action=product.", "", nil)
	if lines := strings.Count(strings.TrimSpace(string(table.body)), "\n"); lines != 4 {
		t.Errorf("%d lines of product events as CSV:\n%s", lines, table.body)
	}
	lines := f.want(http.StatusOK, "GET", "/api/v1/audit/export?format=jsonl&action=product.", "", nil)
	if n := strings.Count(string(lines.body), "\n"); n != 4 {
		t.Errorf("%d JSON lines:\n%s", n, lines.body)
	}
}
