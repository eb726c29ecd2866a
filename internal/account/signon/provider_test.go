package signon_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// idp is a provider of single sign-on with one person, whose claims a test sets. It checks what a good one checks: the client, its
// secret, the address to go back to, that a code serves once, and PKCE.
type idp struct {
	*httptest.Server
	t      *testing.T
	key    *rsa.PrivateKey
	mu     sync.Mutex
	claims map[string]any
	codes  map[string]url.Values
	// bend spoils the ID token's claims.
	bend func(claims jwt.MapClaims)
	// signer signs in place of key.
	signer *rsa.PrivateKey
	asked  url.Values // by the newest request
}

const (
	client       = "threatwerk"
	clientSecret = "the secret of the client"
	redirect     = "https://threatwerk.example.org/api/v1/session/oidc/callback"
)

func newIDP(t *testing.T, claims map[string]any) *idp {
	t.Helper()
	p := &idp{t: t, key: newKey(t), claims: claims, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.write(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"userinfo_endpoint": p.URL + "/person", "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.write(w, map[string]any{"keys": []any{map[string]string{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(p.key.E)).Bytes()),
			"n": base64.RawURLEncoding.EncodeToString(p.key.N.Bytes()),
		}}})
	})
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /person", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.write(w, p.claims)
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// agree is the person who says yes: it gives what the provider sends back.
func (p *idp) agree(address string) (state, code string) {
	p.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	q := u.Query()
	if q.Get("client_id") != client || q.Get("redirect_uri") != redirect || q.Get("response_type") != "code" ||
		q.Get("code_challenge_method") != "S256" || len(q.Get("state")) < 40 || len(q.Get("nonce")) < 40 {
		p.t.Errorf("asked with %v", q)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = q
	code = rand.Text()
	p.codes[code] = q
	return q.Get("state"), code
}

func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	secret, _ = url.QueryUnescape(secret)
	code := r.FormValue("code")
	asked, held := p.codes[code]
	delete(p.codes, code)
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if id != client || secret != clientSecret || !held || r.FormValue("redirect_uri") != redirect ||
		asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) {
		w.WriteHeader(http.StatusBadRequest)
		p.write(w, map[string]string{"error": "invalid_grant"})
		return
	}
	claims := jwt.MapClaims{"iss": p.URL, "aud": client, "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(), "nonce": asked.Get("nonce")}
	for name, value := range p.claims {
		claims[name] = value
	}
	if p.bend != nil {
		p.bend(claims)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = "1"
	signer := p.key
	if p.signer != nil {
		signer = p.signer
	}
	signed, err := token.SignedString(signer)
	if err != nil {
		p.t.Error(err)
	}
	p.write(w, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": signed})
}

func (p *idp) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}
