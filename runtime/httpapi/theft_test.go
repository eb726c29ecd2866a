package httpapi_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/pg"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/internal/testkit"
	"github.com/threatwerk/threatwerk/runtime/httpapi"
)

// hand is a clock that a test moves.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// serve puts another server on the fixture's database, with accounts of its own, and makes it the one that is called.
func (f *fixture) serve(c account.Config) {
	f.t.Helper()
	services := f.services
	services.Accounts = accountsWith(f.t, f.pool, c)
	server := httptest.NewServer(httpapi.New(services, httpapi.Options{Log: zap.NewNop()}))
	f.t.Cleanup(server.Close)
	f.url, f.services = server.URL, services
}

// TestAStolenCookieIsRefused copies the cookie of someone signed in, lets happen what must end it, and replays it.
func TestAStolenCookieIsRefused(t *testing.T) {
	t.Parallel()
	const other = "three quiet lanterns over 9 hills"
	for name, happens := range map[string]func(f *fixture, clock *hand, person int64, cookie string){
		"nothing": func(*fixture, *hand, int64, string) {},
		"after renewal": func(f *fixture, clock *hand, _ int64, cookie string) {
			clock.pass(11 * time.Minute)
			a := f.call("GET", "/api/v1/me", nil, "Cookie", cookie)
			if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Set-Cookie"), "threatwerk_session=") {
				f.t.Errorf("renewal answered %d with %q", a.status, a.header.Get("Set-Cookie"))
			}
			clock.pass(2 * time.Minute)
		},
		"after sign-out": func(f *fixture, _ *hand, _ int64, cookie string) {
			if a := f.call("DELETE", "/api/v1/session", nil, "Cookie", cookie); a.status != http.StatusNoContent {
				f.t.Errorf("sign-out answered %d: %s", a.status, a.body)
			}
		},
		"after it was ended elsewhere": func(f *fixture, _ *hand, _ int64, _ string) {
			again := f.signIn("analyst@example.org", testPassword)
			if a := f.call("DELETE", "/api/v1/me/sessions", nil, "Cookie", again); a.status != http.StatusOK {
				f.t.Errorf("ending the others answered %d: %s", a.status, a.body)
			}
		},
		"after an admin ended all": func(f *fixture, _ *hand, person int64, _ string) {
			f.want(http.StatusOK, "DELETE", fmt.Sprintf("/api/v1/people/%d/sessions", person), "", nil)
		},
		"after a change of role": func(f *fixture, _ *hand, person int64, _ string) {
			f.want(http.StatusOK, "PATCH", fmt.Sprintf("/api/v1/people/%d", person), `{"role":"viewer"}`, nil)
		},
		"after it was disabled": func(f *fixture, _ *hand, person int64, _ string) {
			f.want(http.StatusOK, "PATCH", fmt.Sprintf("/api/v1/people/%d", person), `{"status":"disabled"}`, nil)
		},
		"after removal": func(f *fixture, _ *hand, person int64, _ string) {
			f.want(http.StatusNoContent, "DELETE", fmt.Sprintf("/api/v1/people/%d", person), "", nil)
		},
		"after a change of password": func(f *fixture, _ *hand, _ int64, _ string) {
			again := f.signIn("analyst@example.org", testPassword)
			change := fmt.Sprintf(`{"current":%q,"password":%q}`, testPassword, other)
			a := f.call("PUT", "/api/v1/me/password", body(change), "Content-Type", "application/json", "Cookie", again)
			if a.status != http.StatusNoContent {
				f.t.Errorf("the change answered %d: %s", a.status, a.body)
			}
		},
		"after JWT_SECRET was rotated": func(f *fixture, clock *hand, _ int64, _ string) {
			f.serve(account.Config{Secret: []byte(strings.Repeat("rotated ", 5)), Now: clock.now})
		},
		"after 12 idle hours": func(_ *fixture, clock *hand, _ int64, _ string) { clock.pass(12*time.Hour + time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, sbom.Limits{})
			clock := &hand{at: time.Now()}
			f.serve(account.Config{Now: clock.now})
			person := f.join("analyst@example.org", access.Analyst)
			cookie := f.signIn("analyst@example.org", testPassword)
			happens(f, clock, person, cookie)
			for _, method := range []string{"GET", "POST"} {
				a := f.call(method, "/api/v1/products", body(`{"name":"x"}`), "Content-Type", "application/json", "Cookie", cookie, "Origin", f.url)
				if taken := a.status < 300; taken != (name == "nothing") || !taken && a.status != http.StatusUnauthorized {
					t.Errorf("%s with the copied cookie is answered %d: %s", method, a.status, a.body)
				}
			}
		})
	}
}

// TestAForgedCookieIsRefused signs claims that are right in ways that are wrong.
func TestAForgedCookieIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	_, genuine, _ := strings.Cut(f.cookie, "=")
	parts := strings.Split(genuine, ".")
	signed := func(head, claims, key string) string {
		text := base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + claims
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(text))
		return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	secret := strings.Repeat("secret ", 6) // JWT_SECRET itself: keys are derived from it, so that it signs nothing
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	for name, cookie := range map[string]string{
		"alg none":             base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + ".",
		"alg None, signed":     base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"None","typ":"JWT"}`)) + "." + parts[1] + "." + parts[2],
		"no alg":               base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT"}`)) + "." + parts[1] + "." + parts[2],
		"another key":          signed(`{"alg":"HS256","typ":"JWT"}`, parts[1], "a key that the attacker knows well"),
		"the secret as key":    signed(`{"alg":"HS256","typ":"JWT"}`, parts[1], secret),
		"an empty key":         signed(`{"alg":"HS256","typ":"JWT"}`, parts[1], ""),
		"another algorithm":    signed(`{"alg":"HS512","typ":"JWT"}`, parts[1], secret),
		"a key in the header":  signed(`{"alg":"HS256","typ":"JWT","jwk":{"kty":"oct","k":"YQ"}}`, parts[1], "a"),
		"the signature is cut": parts[0] + "." + parts[1] + "." + parts[2][:len(parts[2])-4],
		"other claims": parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(claims), `"sub":"1"`, `"sub":"2"`, 1))) +
			"." + parts[2],
	} {
		if a := f.call("GET", "/api/v1/me", nil, "Cookie", "threatwerk_session="+cookie); a.status != http.StatusUnauthorized {
			t.Errorf("%s: answered %d: %s", name, a.status, a.body)
		}
	}
	f.want(http.StatusOK, "GET", "/api/v1/me", "", nil)
}

// TestForgedRequestsAreRefused sends what a page of another site can make a browser send along with the person's cookie.
func TestForgedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	json, form := "application/json", "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		method, kind string
		header       []string
	}{
		"foreign Origin":                          {"POST", json, []string{"Origin", "https://evil.example"}},
		"a name that only begins like ours":       {"POST", json, []string{"Origin", f.url + ".evil.example"}},
		"Origin null, as of a sandboxed frame":    {"POST", json, []string{"Origin", "null"}},
		"no Origin, content type of a form":       {"POST", form, []string{"Origin", ""}},
		"no Origin, plain text that holds JSON":   {"POST", "text/plain", []string{"Origin", ""}},
		"no Origin, no content type":              {"POST", "", []string{"Origin", ""}},
		"Sec-Fetch-Site cross-site":               {"POST", json, []string{"Origin", "", "Sec-Fetch-Site", "cross-site"}},
		"Sec-Fetch-Site same-site":                {"POST", json, []string{"Origin", "", "Sec-Fetch-Site", "same-site"}},
		"both, and they disagree":                 {"POST", json, []string{"Origin", f.url, "Sec-Fetch-Site", "cross-site"}},
		"a form's POST that asks for DELETE":      {"POST", form, []string{"Origin", "", "X-HTTP-Method-Override", "DELETE"}},
		"PATCH without a word of where it's from": {"PATCH", json, []string{"Origin", ""}},
		"DELETE from another site":                {"DELETE", json, []string{"Origin", "https://evil.example"}},
	} {
		path := map[string]string{"POST": "/api/v1/products"}[c.method]
		if path == "" {
			path = "/api/v1/products/1"
		}
		a := f.call(c.method, path, body(`{"name":"forged"}`), append([]string{"Content-Type", c.kind}, c.header...)...)
		if a.status != http.StatusForbidden {
			t.Errorf("%s: answered %d: %s", name, a.status, a.body)
		}
	}
	// A method that a header or a parameter asks for is not carried out, wherever the request comes from.
	f.want(http.StatusCreated, "POST", "/api/v1/products", `{"name":"Kept"}`, nil)
	for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		if a := f.call("POST", "/api/v1/products/1?_method=DELETE", nil, header, "DELETE"); a.status < 400 {
			t.Errorf("%s: answered %d", header, a.status)
		}
	}
	var products list[named]
	f.want(http.StatusOK, "GET", "/api/v1/products", "", &products)
	if len(products.Items) != 1 || products.Items[0].Name != "Kept" {
		t.Errorf("products after the attempts: %+v", products.Items)
	}
}

// TestOfManyFirstRegistrationsOnFourServersOneIsAdmin is the start of a product that everybody is told of at once, over HTTP, on
// four whole servers of one database.
func TestOfManyFirstRegistrationsOnFourServersOneIsAdmin(t *testing.T) {
	t.Parallel()
	const servers, each = 4, 50
	address := testkit.DatabaseURL(t)
	var wait sync.WaitGroup
	start := make(chan struct{})
	statuses := make(chan int, servers*each)
	var pools []*fixture
	for server := range servers {
		pool, err := pg.Open(t.Context(), pg.Config{URL: address, MaxConns: 8})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		f := &fixture{t: t, pool: pool, services: httpapi.Services{}}
		f.serve(account.Config{})
		pools = append(pools, f)
		for i := range each {
			wait.Go(func() {
				<-start
				in := fmt.Sprintf(`{"name":"Someone","mail":"person-%d-%d@example.org","password":%q}`, server, i, testPassword)
				statuses <- f.call("POST", "/api/v1/registrations", body(in), "Content-Type", "application/json").status
			})
		}
	}
	close(start)
	wait.Wait()
	close(statuses)
	count := map[int]int{}
	for status := range statuses {
		count[status]++
	}
	var people, admins int
	if err := pools[0].pool.QueryRow(t.Context(), `select count(*), count(*) filter (where role = 'admin' and founder) from users`).Scan(&people, &admins); err != nil {
		t.Fatal(err)
	}
	if people != 1 || admins != 1 || count[http.StatusOK] != 1 || count[http.StatusForbidden] != servers*each-1 {
		t.Errorf("%d people, %d of them admins; answers %v", people, admins, count)
	}
}
