package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/platform/access"
	"github.com/threatwerk/threatwerk/internal/platform/ratelimit"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/runtime/httpapi"
)

// TestLimitsCountPeopleAndTokens has several callers behind one address, as in an office, on a server whose clock stands.
func TestLimitsCountPeopleAndTokens(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	at := time.Now()
	const burst = 40
	server := httptest.NewServer(httpapi.New(f.services, httpapi.Options{Log: zap.NewNop(), Limits: httpapi.Limits{
		Requests: ratelimit.New(ratelimit.Config{Rate: 1, Burst: burst, Callers: 100, Now: func() time.Time { return at }}),
	}}))
	t.Cleanup(server.Close)
	f.url = server.URL
	analyst := f.join("analyst@example.org", access.Analyst)
	token, err := f.services.Accounts.CreateToken(t.Context(), analyst, account.NewToken{Name: "CI", Scopes: []string{"read"}, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	one, two := f.signIn("analyst@example.org", testPassword), f.signIn("analyst@example.org", testPassword)
	bearer := []string{"Cookie", "", "Authorization", "Bearer " + token.Secret}
	ask := func(header ...string) int { return f.call("GET", "/api/v1/me", nil, header...).status }
	// The first request of each credential counts by address, those after it by whom it belongs to.
	for _, header := range [][]string{{"Cookie", f.cookie}, {"Cookie", one}, {"Cookie", two}, bearer} {
		if status := ask(header...); status != http.StatusOK {
			t.Fatalf("the first request is answered %d", status)
		}
	}
	for i := range burst {
		if status := ask("Cookie", []string{one, two}[i%2]); status != http.StatusOK {
			t.Fatalf("request %d of the person is answered %d", i, status)
		}
	}
	for name, c := range map[string]struct {
		header []string
		want   int
	}{
		"the person in one browser": {[]string{"Cookie", one}, http.StatusTooManyRequests},
		"and in the other":          {[]string{"Cookie", two}, http.StatusTooManyRequests},
		"a colleague":               {[]string{"Cookie", f.cookie}, http.StatusOK},
		"the person's token":        {bearer, http.StatusOK},
	} {
		if status := ask(c.header...); status != c.want {
			t.Errorf("%s is answered %d, want %d", name, status, c.want)
		}
	}
	// Made-up credentials are nobody's and count by address, however many there are.
	refused := 0
	for i := range burst {
		if ask("Cookie", "", "Authorization", fmt.Sprintf("Bearer twk_%040d", i)) == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 4 {
		t.Errorf("%d of %d made-up tokens beyond the address's burst were refused, want 4", refused, burst)
	}
	// One that has ended is nobody's any more: its thief cannot use up what the person may ask for.
	if err := f.services.Accounts.RevokeToken(t.Context(), analyst, token.ID); err != nil {
		t.Fatal(err)
	}
	if first, second := ask(bearer...), ask(bearer...); first != http.StatusUnauthorized || second != http.StatusTooManyRequests {
		t.Errorf("the revoked token is answered %d, then %d", first, second)
	}
}

func TestGuessingIsAnsweredWithWhenToComeBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t, sbom.Limits{})
	clock := &hand{at: time.Now()}
	f.serve(account.Config{Now: clock.now})
	guess := func(password string) answer {
		in := fmt.Sprintf(`{"mail":"first@example.org","password":%q}`, password)
		return f.call("POST", "/api/v1/session", body(in), "Content-Type", "application/json", "Cookie", "")
	}
	var a answer
	for range 6 {
		a = guess("wrong wrong wrong")
	}
	f.refused(a, http.StatusTooManyRequests, "rate_limited")
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	if err != nil || wait < 1 || wait > 5 || !strings.Contains(strings.Join(a.header.Values("RateLimit"), ", "), fmt.Sprintf(`"attempts";r=0;t=%d`, wait)) {
		t.Errorf("Retry-After %q, RateLimit %q", a.header.Get("Retry-After"), a.header.Values("RateLimit"))
	}
	clock.pass(time.Duration(wait) * time.Second)
	if a := guess(testPassword); a.status != http.StatusOK {
		t.Errorf("after that time the right password is answered %d: %s", a.status, a.body)
	}
}
