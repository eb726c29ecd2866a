package license

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// issuer and audience keep a licence apart from every other token that the same key may ever sign.
const (
	issuer   = "threatwerk"
	audience = "threatwerk-licence"
)

// Grant is what a signed token says.
type Grant struct {
	ID       string
	Customer string
	Seats    int // 0: any number
	Issued   time.Time
	Expires  time.Time
}

// claims is a token's content (RFC 7519).
type claims struct {
	jwt.RegisteredClaims
	Seats int `json:"seats"`
}

// Issue signs a grant with Ed25519 (RFC 8037).
func Issue(g Grant, key ed25519.PrivateKey) (string, error) {
	switch {
	case strings.TrimSpace(g.Customer) == "":
		return "", errors.New("a licence names its customer")
	case g.Seats < 0:
		return "", fmt.Errorf("%d seats: use 0 for any number", g.Seats)
	case !g.Expires.After(g.Issued):
		return "", errors.New("a licence ends after it was issued")
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			ID: g.ID, Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: g.Customer,
			IssuedAt: jwt.NewNumericDate(g.Issued), ExpiresAt: jwt.NewNumericDate(g.Expires),
		},
		Seats: g.Seats,
	}).SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign the licence: %w", err)
	}
	return token, nil
}

// Verify reads a token that this key signed. It does not judge whether the licence has run out.
func Verify(token string, key ed25519.PublicKey) (Grant, error) {
	var c claims
	// Times are judged by State, which knows grace.
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())
	if _, err := parser.ParseWithClaims(strings.TrimSpace(token), &c, func(*jwt.Token) (any, error) { return key, nil }); err != nil {
		return Grant{}, fmt.Errorf("the token is not signed by this key, or was changed or cut off: %w", plain(err))
	}
	switch {
	case c.Issuer != issuer || len(c.Audience) != 1 || c.Audience[0] != audience:
		return Grant{}, errors.New("the token is no licence")
	case c.ExpiresAt == nil || c.IssuedAt == nil || strings.TrimSpace(c.Subject) == "" || c.Seats < 0:
		return Grant{}, errors.New("the token lacks customer, seats or dates")
	}
	return Grant{ID: c.ID, Customer: c.Subject, Seats: c.Seats, Issued: c.IssuedAt.Time, Expires: c.ExpiresAt.Time}, nil
}

// plain keeps the token's content out of the error.
func plain(err error) error {
	for _, known := range []error{jwt.ErrTokenMalformed, jwt.ErrTokenSignatureInvalid, jwt.ErrTokenUnverifiable} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errors.New("not a token")
}

// ParsePublicKey reads an Ed25519 public key: PEM, or the base64 of its 32 bytes or of its DER form.
func ParsePublicKey(text string) (ed25519.PublicKey, error) {
	raw, err := decodeKey(text)
	if err != nil {
		return nil, errors.New("not a public key: want PEM, or base64")
	}
	if len(raw) == ed25519.PublicKeySize {
		return raw, nil
	}
	parsed, err := x509.ParsePKIXPublicKey(raw)
	key, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok {
		return nil, errors.New("not an Ed25519 public key")
	}
	return key, nil
}

// ParsePrivateKey reads an Ed25519 private key: PEM (PKCS #8), or the base64 of its seed.
func ParsePrivateKey(text string) (ed25519.PrivateKey, error) {
	raw, err := decodeKey(text)
	if err != nil {
		return nil, errors.New("not a private key: want PEM (PKCS #8), or base64")
	}
	if len(raw) == ed25519.SeedSize {
		return ed25519.NewKeyFromSeed(raw), nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(raw)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, errors.New("not an Ed25519 private key")
	}
	return key, nil
}

func decodeKey(text string) ([]byte, error) {
	// One-line variables write a line's end as \n.
	text = strings.ReplaceAll(strings.TrimSpace(text), `\n`, "\n")
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return block.Bytes, nil
	}
	return base64.StdEncoding.DecodeString(text)
}

// NewKeys makes a pair, as PEM (PKCS #8) and as base64.
func NewKeys() (private []byte, public string, err error) {
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, "", fmt.Errorf("make the keys: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, "", fmt.Errorf("write the private key: %w", err)
	}
	var out bytes.Buffer
	if err := pem.Encode(&out, &pem.Block{Type: "PRIVATE KEY", Bytes: der}); err != nil {
		return nil, "", fmt.Errorf("write the private key: %w", err)
	}
	return out.Bytes(), base64.StdEncoding.EncodeToString(pub), nil
}
