package license

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

var issued = time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)

// pair is a pair of keys as operators hold them.
func pair(t testing.TB) (ed25519.PrivateKey, string) {
	t.Helper()
	text, public, err := NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePrivateKey(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return key, public
}

func issue(t testing.TB, key ed25519.PrivateKey, days int) string {
	t.Helper()
	token, err := Issue(Grant{ID: "1", Customer: "Example Ltd", Seats: 25, Issued: issued, Expires: issued.AddDate(0, 0, days)}, key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestASignedLicenceThroughItsLife(t *testing.T) {
	t.Parallel()
	key, public := pair(t)
	now := issued
	s, err := NewSigned(issue(t, key, 100), public, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		day      int
		standing Standing
		warns    bool
		writable bool
	}{{0, Valid, false, true}, {69, Valid, false, true}, {71, Valid, true, true}, {100, Grace, true, true}, {113, Grace, true, true}, {114, Over, true, false}} {
		now = issued.AddDate(0, 0, c.day)
		got := s.State()
		if got.Standing != c.standing || (got.Warning != "") != c.warns || got.Writable() != c.writable || got.Customer != "Example Ltd" || got.Seats != 25 || got.Mode != "jwt" {
			t.Errorf("day %d: %+v", c.day, got)
		}
	}
}

func TestWithoutATokenAFewPeopleMayTryIt(t *testing.T) {
	t.Parallel()
	s, err := NewSigned("", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := s.State()
	if got.Standing != Evaluation || got.Seats != EvaluationSeats || !got.Writable() || got.Warning == "" {
		t.Errorf("%+v", got)
	}
	if err := got.Seat(EvaluationSeats - 1); err != nil {
		t.Error(err)
	}
	if err := got.Seat(EvaluationSeats); !problem.Is(err, problem.Conflict) {
		t.Errorf("one person too many: %v", err)
	}
	if err := (State{}).Seat(1 << 30); err != nil {
		t.Errorf("a licence without a bound: %v", err)
	}
}

func TestAWrongTokenStopsTheStart(t *testing.T) {
	t.Parallel()
	key, public := pair(t)
	_, other := pair(t)
	good := issue(t, key, 100)
	parts := strings.Split(good, ".")
	sign := func(method jwt.SigningMethod, c jwt.Claims, with any) string {
		token, err := jwt.NewWithClaims(method, c).SignedString(with)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	raw, err := base64.StdEncoding.DecodeString(public)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ token, key string }{
		"another key":                            {good, other},
		"no key":                                 {good, ""},
		"a key that is none":                     {good, "hunter2"},
		"cut off":                                {good[:len(good)-5], public},
		"changed":                                {parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"threatwerk","seats":9999}`)) + "." + parts[2], public},
		"no token":                               {"hunter2", public},
		"unsigned":                               {sign(jwt.SigningMethodNone, jwt.MapClaims{"iss": issuer}, jwt.UnsafeAllowNoneSignatureType), public},
		"signed with the public key as a secret": {sign(jwt.SigningMethodHS256, jwt.MapClaims{"iss": issuer, "aud": audience, "sub": "x", "iat": 1, "exp": 2e9}, raw), public},
		"another kind of token":                  {sign(jwt.SigningMethodEdDSA, jwt.MapClaims{"iss": issuer, "aud": "session", "sub": "x", "iat": 1, "exp": 2e9}, key), public},
		"no end":                                 {sign(jwt.SigningMethodEdDSA, jwt.MapClaims{"iss": issuer, "aud": audience, "sub": "x", "iat": 1}, key), public},
		"no customer":                            {sign(jwt.SigningMethodEdDSA, jwt.MapClaims{"iss": issuer, "aud": audience, "iat": 1, "exp": 2e9}, key), public},
		"fewer than no seats":                    {sign(jwt.SigningMethodEdDSA, jwt.MapClaims{"iss": issuer, "aud": audience, "sub": "x", "iat": 1, "exp": 2e9, "seats": -1}, key), public},
	} {
		_, err := NewSigned(c.token, c.key, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "license validation failed (") || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), parts[1]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsNotIssued(t *testing.T) {
	t.Parallel()
	key, _ := pair(t)
	for _, g := range []Grant{
		{Customer: " ", Issued: issued, Expires: issued.AddDate(1, 0, 0)},
		{Customer: "x", Seats: -1, Issued: issued, Expires: issued.AddDate(1, 0, 0)},
		{Customer: "x", Issued: issued, Expires: issued},
	} {
		if token, err := Issue(g, key); err == nil {
			t.Errorf("%+v became %s", g, token)
		}
	}
}

func TestKeysInAllTheirForms(t *testing.T) {
	t.Parallel()
	text, public, err := NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	oneLine := strings.ReplaceAll(string(text), "\n", `\n`)
	key, err := ParsePrivateKey(oneLine)
	if err != nil {
		t.Fatal(err)
	}
	seed := base64.StdEncoding.EncodeToString(key.Seed())
	if again, err := ParsePrivateKey(seed); err != nil || !again.Equal(key) {
		t.Errorf("from the seed: %v", err)
	}
	if got, err := ParsePublicKey(" " + public + "\n"); err != nil || !got.Equal(key.Public()) {
		t.Errorf("the public key: %v", err)
	}
	for _, bad := range []string{"", "x", base64.StdEncoding.EncodeToString(make([]byte, 31))} {
		if _, err := ParsePublicKey(bad); err == nil {
			t.Errorf("%q is a public key", bad)
		}
		if _, err := ParsePrivateKey(bad); err == nil {
			t.Errorf("%q is a private key", bad)
		}
	}
}

func FuzzVerify(f *testing.F) {
	key, public := pair(f)
	parsed, err := ParsePublicKey(public)
	if err != nil {
		f.Fatal(err)
	}
	good := issue(f, key, 1)
	f.Add(good)
	f.Fuzz(func(t *testing.T, token string) {
		if g, err := Verify(token, parsed); err == nil && (token != good || g.Seats != 25) && strings.TrimSpace(token) != good {
			t.Errorf("%q counts as %+v", token, g)
		}
	})
}
