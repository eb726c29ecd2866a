// Package seal keeps credentials unreadable at rest: AES-256-GCM (NIST SP 800-38D) under a key derived from
// ENCRYPTION_KEY, bound to the record that the secret belongs to.
//
// A sealed value is
//
//	version (1 byte, 0x01) | key id (8 bytes) | nonce (12 bytes) | ciphertext and tag
//
// The first nine bytes and the record's identity are authenticated with it: a value that is copied into another row, or
// whose key id is exchanged, does not open. The key id is derived from the key beside it and tells nothing about it. Nonces
// are random; 2^32 values under one key are far beyond the credentials of one installation.
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// MinKey is how many characters a key has at least.
const MinKey = 32

const (
	version   = 1
	idSize    = 8
	headSize  = 1 + idSize
	nonceSize = 12
	tagSize   = 16

	// The strings that keep keys of this package apart from anything else that is ever derived from ENCRYPTION_KEY. They
	// are part of the format: changing one makes every stored secret unreadable.
	keyInfo = "threatwerk seal v1 aes-256-gcm key"
	idInfo  = "threatwerk seal v1 key id"
)

// ErrCannotOpen says that a stored secret is not readable with the keys at hand: another key sealed it, it belongs to another
// record, or it was damaged. Whoever holds the secret is asked to enter it again; it is never an internal error, and since
// it is a problem of kind Conflict, not even where a caller forgets to look for it.
var ErrCannotOpen error = problem.New(problem.Conflict, "The stored secret cannot be opened with this ENCRYPTION_KEY: enter it again.")

// Sealer seals with one key and opens with that one and those before it. It is safe for concurrent use.
type Sealer struct {
	keys []key // the current one first
}

type key struct {
	head [headSize]byte
	aead cipher.AEAD
}

// New makes a sealer. current seals and opens; previous ones, which may be empty strings, only open. The error names no key.
func New(current string, previous ...string) (*Sealer, error) {
	first, err := derive("ENCRYPTION_KEY", current)
	if err != nil {
		return nil, err
	}
	s := &Sealer{keys: []key{first}}
	for _, text := range previous {
		if text == "" {
			continue
		}
		k, err := derive("ENCRYPTION_KEY_PREVIOUS", text)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, k)
	}
	return s, nil
}

func derive(name, text string) (key, error) {
	if utf8.RuneCountInString(text) < MinKey {
		return key{}, fmt.Errorf("%s must be at least %d characters", name, MinKey)
	}
	raw, err := hkdf.Key(sha256.New, []byte(text), nil, keyInfo, 32)
	if err != nil {
		return key{}, fmt.Errorf("derive the key of %s: %w", name, err)
	}
	id, err := hkdf.Key(sha256.New, []byte(text), nil, idInfo, idSize)
	if err != nil {
		return key{}, fmt.Errorf("derive the key id of %s: %w", name, err)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return key{}, fmt.Errorf("make the cipher of %s: %w", name, err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return key{}, fmt.Errorf("make the cipher of %s: %w", name, err)
	}
	k := key{aead: aead}
	k.head[0] = version
	copy(k.head[1:], id)
	return k, nil
}

// Seal makes a secret unreadable. identity names the record and field that it belongs to, such as "source:17:password"; the
// same identity is needed to open it, so it must never change or be used for another record.
func (s *Sealer) Seal(plain []byte, identity string) ([]byte, error) {
	if identity == "" {
		return nil, fmt.Errorf("seal: a secret needs the identity of its record")
	}
	k := s.keys[0]
	out := make([]byte, headSize, headSize+nonceSize+len(plain)+tagSize)
	copy(out, k.head[:])
	return k.aead.Seal(out, nil, plain, associated(k.head[:], identity)), nil
}

// Open gives the secret back. stale says that a previous key sealed it: seal it anew when it is at hand for writing. The only
// error is ErrCannotOpen.
func (s *Sealer) Open(sealed []byte, identity string) (plain []byte, stale bool, err error) {
	if len(sealed) < headSize+nonceSize+tagSize {
		return nil, false, ErrCannotOpen
	}
	head, body := sealed[:headSize], sealed[headSize:]
	for i, k := range s.keys {
		if !bytes.Equal(head, k.head[:]) {
			continue
		}
		if plain, err = k.aead.Open(nil, nil, body, associated(head, identity)); err == nil {
			return plain, i > 0, nil
		}
	}
	return nil, false, ErrCannotOpen
}

// Reseal seals a secret of a previous key under the current one; fresh is nil when it is under the current one already. The
// error is ErrCannotOpen when no key opens it.
func (s *Sealer) Reseal(sealed []byte, identity string) (fresh []byte, err error) {
	plain, stale, err := s.Open(sealed, identity)
	if err != nil || !stale {
		return nil, err
	}
	return s.Seal(plain, identity)
}

// KeyID is the current key's id as it stands in sealed values: SQL finds what other keys sealed by comparing bytes 2 to 9.
func (s *Sealer) KeyID() []byte { return bytes.Clone(s.keys[0].head[1:]) }

// associated is what is authenticated beside the secret. The head has a fixed length, so the two cannot run into each other.
func associated(head []byte, identity string) []byte {
	return append(append(make([]byte, 0, len(head)+len(identity)), head...), identity...)
}

// String keeps the keys out of logs; so does GoString.
func (s *Sealer) String() string { return "seal.Sealer" }

// GoString implements fmt.GoStringer.
func (s *Sealer) GoString() string { return s.String() }

const (
	masked = "••••••••"
	// A secret shorter than this would be given away by its end.
	maskWhole = 16
	maskShown = 4
)

// Mask is how a stored secret is shown: its last four characters tell people which one it is. The length is not told, and
// nothing at all of a short secret.
func Mask(secret string) string {
	secret = strings.ToValidUTF8(secret, "?")
	if secret == "" {
		return ""
	}
	runes := []rune(secret)
	if len(runes) < maskWhole {
		return masked
	}
	return masked + string(runes[len(runes)-maskShown:])
}
