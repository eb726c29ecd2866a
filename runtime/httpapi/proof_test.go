package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// TestDangerousOperationsAskForAProof lets a session grow old and tries what a thief of it would.
func TestDangerousOperationsAskForAProof(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	f.want(http.StatusCreated, "POST", "/api/v1/products", `{"name":"Shop"}`, nil)
	f.join("viewer@example.org", access.Viewer)
	viewer := f.signIn("viewer@example.org", testPassword)
	if _, err := f.pool.Exec(t.Context(), `update sessions set proved_at = now() - interval '16 minutes'`); err != nil {
		t.Fatal(err)
	}
	dangerous := map[string][2]string{
		"remove a person": {"DELETE", "/api/v1/people/999999"}, "change a role": {"PATCH", "/api/v1/people/999999"},
		"invite": {"POST", "/api/v1/invitations"}, "delete a product": {"DELETE", "/api/v1/products/1"},
		"set a feed's key": {"PUT", "/api/v1/feeds/nvd/key"}, "remove a feed's key": {"DELETE", "/api/v1/feeds/nvd/key"},
		"sign-in settings": {"PUT", "/api/v1/settings/accounts"}, "make a token": {"POST", "/api/v1/me/tokens"},
		"add a passkey": {"POST", "/api/v1/me/passkeys/begin"}, "set codes up": {"POST", "/api/v1/me/codes/begin"},
		"remove codes": {"DELETE", "/api/v1/me/codes"}, "renew recovery codes": {"POST", "/api/v1/me/codes/recovery"},
		"unlink single sign-on": {"DELETE", "/api/v1/me/oidc"},
	}
	for name, o := range dangerous {
		a := f.call(o[0], o[1], body("{}"), "Content-Type", "application/json")
		p := f.refused(a, http.StatusForbidden, "forbidden")
		if len(p.Faults) != 1 || p.Faults[0].Code != "prove_again" {
			t.Errorf("%s: %s", name, a.body)
		}
		if strings.HasPrefix(o[1], "/api/v1/me/") {
			continue
		}
		// Who may not anyway is not asked to prove anything.
		a = f.call(o[0], o[1], body("{}"), "Content-Type", "application/json", "Cookie", viewer)
		if strings.Contains(string(a.body), "prove_again") || a.status != http.StatusForbidden {
			t.Errorf("%s, by a viewer: %d %s", name, a.status, a.body)
		}
	}
	f.want(http.StatusUnprocessableEntity, "POST", "/api/v1/session/proof", `{"password":"another four words here 9"}`, nil)
	a := f.want(http.StatusNoContent, "POST", "/api/v1/session/proof", fmt.Sprintf(`{"password":%q}`, testPassword), nil)
	f.cookie, _, _ = strings.Cut(a.header.Get("Set-Cookie"), ";")
	f.want(http.StatusNoContent, "DELETE", "/api/v1/products/1", "", nil)
	var me struct{ Proofs []string }
	f.want(http.StatusOK, "GET", "/api/v1/me", "", &me)
	if strings.Join(me.Proofs, " ") != "password" {
		t.Errorf("proofs %v", me.Proofs)
	}
}

// TestADemandedFactorLocksEverythingElse walks all operations as somebody who has none.
func TestADemandedFactorLocksEverythingElse(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	if _, err := f.pool.Exec(t.Context(), `update account_settings set require_second_factor = true`); err != nil {
		t.Fatal(err)
	}
	open := map[string]bool{
		"get-me": true, "list-my-passkeys": true, "begin-passkey": true, "create-passkey": true, "remove-passkey": true,
		"get-my-codes": true, "begin-codes": true, "create-codes": true, "remove-codes": true, "renew-recovery-codes": true,
		"prove": true, "begin-passkey-proof": true, "prove-by-passkey": true, "begin-sign-on-proof": true,
	}
	for _, o := range operations(t) {
		if o.id == "sign-out" {
			continue // would end the session that the others need
		}
		a := f.call(o.method, o.fill(portfolio{1, 1, 1, 1, 0}), body("{}"), "Content-Type", "application/json")
		locked := strings.Contains(string(a.body), "second_factor_required")
		anyone := f.call(o.method, o.fill(portfolio{1, 1, 1, 1, 0}), body("{}"), "Content-Type", "application/json", "Cookie", "").status != http.StatusUnauthorized
		if want := !anyone && !open[o.id]; locked != want {
			t.Errorf("%s: locked %v, want %v: %d %s", o.id, locked, want, a.status, a.body)
		}
	}
	f.want(http.StatusNoContent, "DELETE", "/api/v1/session", "", nil)
}
