package app_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/testkit"
	"github.com/threatwerk/threatwerk/runtime/app"
)

// secrets are the settings that sessions and stored keys need.
func secrets() []string {
	return []string{"JWT_SECRET=" + strings.Repeat("j", 32), "ENCRYPTION_KEY=" + strings.Repeat("e", 32)}
}

// pipeline sends requests with an admin's token.
type pipeline struct{ bearer string }

// newPipeline registers the first admin of a database that a server has migrated, and makes a token of theirs.
func newPipeline(t *testing.T, database string) pipeline {
	t.Helper()
	settings, err := config.Parse(append(secrets(), "DATABASE_URL="+database, "LICENSE_MODE=jwt"))
	if err != nil {
		t.Fatal(err)
	}
	stores, err := app.OpenStores(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	defer stores.Pool.Close()
	accounts, err := app.Accounts(stores.Pool, settings, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	in, err := accounts.Register(t.Context(), account.Registration{Name: "Admin", Mail: "admin@example.org", Password: "unrelated tulips ponder 7 gravel"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := accounts.CreateToken(t.Context(), in.Person.ID, account.NewToken{Name: "Pipeline", Scopes: []string{"read", "upload"}, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return pipeline{bearer: "Bearer " + made.Secret}
}

// get gives the status of an answer; 0 for none.
func (p pipeline) get(url string) int { return p.send(http.MethodGet, url, "") }

// post sends a JSON document and gives the status of the answer; 0 for none.
func (p pipeline) post(url, body string) int { return p.send(http.MethodPost, url, body) }

func (p pipeline) send(method, url, body string) int {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Authorization", p.bearer)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// get gives the status of an answer to nobody in particular; 0 for none.
func get(url string) int { return pipeline{}.get(url) }

// A server without an account answers nobody but those who register.
func TestNobodyIsLetInWithoutATokenOrASession(t *testing.T) {
	s := serve(t, testkit.DatabaseURL(t))
	if status := get(s.url + "/api/v1/findings"); status != http.StatusUnauthorized {
		t.Errorf("the list of findings is answered with %d, want 401", status)
	}
}
