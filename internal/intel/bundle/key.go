package bundle

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

const keyIDSize = 8

var errDigest = errors.New("a SHA-256 is 64 hexadecimal digits")

// KeyID is the start of a public key's SHA-256: enough to tell keys apart for a person, not to trust one.
type KeyID [keyIDSize]byte

// String is the digits; empty for the id of no key.
func (k KeyID) String() string {
	if k == (KeyID{}) {
		return ""
	}
	return hex.EncodeToString(k[:])
}

// IDOf is the id of a public key.
func IDOf(key ed25519.PublicKey) KeyID {
	sum := sha256.Sum256(key)
	return KeyID(sum[:keyIDSize])
}

// The PEM types of key files: PKCS #8 and SubjectPublicKeyInfo, which other tools read too.
const (
	pemPrivate = "PRIVATE KEY"
	pemPublic  = "PUBLIC KEY"
)

// GenerateKey makes a pair of keys, as files.
func GenerateKey() (private, public []byte, id KeyID, err error) {
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, KeyID{}, fmt.Errorf("make a key: %w", err)
	}
	privateDER, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		return nil, nil, KeyID{}, fmt.Errorf("encode the private key: %w", err)
	}
	publicDER, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, nil, KeyID{}, fmt.Errorf("encode the public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: privateDER}),
		pem.EncodeToMemory(&pem.Block{Type: pemPublic, Bytes: publicDER}), IDOf(pub), nil
}

// ParsePrivateKey reads a private key's file. Its error never quotes what it was given.
func ParsePrivateKey(text []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(text)
	switch {
	case block == nil:
		return nil, problem.New(problem.Invalid, "this is no key: want the private key that threatwerk bundle keygen wrote (PEM)")
	case block.Type == pemPublic:
		return nil, problem.New(problem.Invalid, "this is the public key: signing needs the private one")
	case strings.Contains(block.Type, "ENCRYPTED"):
		return nil, problem.New(problem.Invalid, "this key is encrypted: decrypt it first, for instance with openssl pkey")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, problem.New(problem.Invalid, "this key cannot sign a bundle: want an Ed25519 private key in PKCS #8")
	}
	return key, nil
}

// ParsePublicKey reads a public key: its file, or the file's middle on one line, as settings hold it.
func ParsePublicKey(text []byte) (ed25519.PublicKey, error) {
	var der []byte
	if block, _ := pem.Decode(text); block != nil {
		if block.Type != pemPublic {
			return nil, problem.New(problem.Invalid,
				"this is a %s and not the public key: give the .pub file, and keep the private key where bundles are made",
				strings.ToLower(block.Type))
		}
		der = block.Bytes
	} else {
		var err error
		if der, err = base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(text), nil))); err != nil {
			der = nil
		}
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	key, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok {
		return nil, problem.New(problem.Invalid, "this is no Ed25519 public key: want the .pub file that threatwerk bundle keygen wrote")
	}
	return key, nil
}
