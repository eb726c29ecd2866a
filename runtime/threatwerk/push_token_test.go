package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// pushesWithLittle pushes with tokens that may do no more, and looks that they cannot.
func pushesWithLittle(t *testing.T, s *server, pool *pgxpool.Pool) {
	orders := sampleSBOM("orders-service-2.4.0.cdx.json")
	push := func(product, release string, more ...string) ran {
		t.Helper()
		return command(t, "", append([]string{"push", orders, "--url", "http://" + s.address, "--product", product, "--release", release}, more...)...)
	}
	made := command(t, "", "access", "token", "--mail", "ci@example.org", "--scope", "upload", "--token-name", "pipeline")
	token := strings.TrimSpace(made.out)
	t.Setenv("THREATWERK_TOKEN", token)
	if r := push("Shop", "upload-only"); r.code != exitDone || !strings.Contains(r.err, "no scope read") || strings.Contains(r.out, "CVE-") {
		t.Errorf("push with upload alone: code %d\n%s%s", r.code, r.out, r.err)
	}
	if r := push("Shop", "upload-only", "--fail-on", "any"); r.code != exitError || !strings.Contains(r.err, "scopes (upload)") {
		t.Errorf("push --fail-on with upload alone: code %d\n%s%s", r.code, r.out, r.err)
	}
	little := *s
	little.token = token
	for _, ask := range [][2]string{
		{"GET", "/api/v1/products"}, {"GET", "/api/v1/findings"}, {"GET", "/api/v1/me"}, {"GET", "/api/v1/people"}, {"GET", "/api/v1/sboms/1/document"},
		{"POST", "/api/v1/products"}, {"DELETE", "/api/v1/products/1"}, {"PATCH", "/api/v1/releases/1"}, {"POST", "/api/v1/me/tokens"}, {"GET", "/api/v1/audit"},
	} {
		res := little.do(ask[0], ask[1], strings.NewReader("{}"))
		_ = res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s %s with upload alone is answered %s", ask[0], ask[1], res.Status)
		}
	}
	var used *time.Time
	if err := pool.QueryRow(t.Context(), `select last_used_at from api_tokens where name = 'pipeline'`).Scan(&used); err != nil || used == nil {
		t.Errorf("last used %v, %v", used, err)
	}
	// Limited to another product, it says nothing of this one; ended or revoked, it is none.
	for _, c := range []struct{ change, said string }{
		{`update api_tokens set product_ids = '{999}' where name = 'pipeline'`, "not allow"},
		{`update api_tokens set product_ids = null, expires_at = now() where name = 'pipeline'`, "not valid"},
		{`update api_tokens set expires_at = now() + interval '1 day', revoked_at = now() where name = 'pipeline'`, "not valid"},
	} {
		if _, err := pool.Exec(t.Context(), c.change); err != nil {
			t.Fatal(err)
		}
		if r := push("Shop", "more"); r.code != exitError || !strings.Contains(r.err, c.said) {
			t.Errorf("push after %s: code %d\n%s%s", c.change, r.code, r.out, r.err)
		}
	}
}
