package bundle

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// seal is the end of a file.
type seal struct {
	signed    bool
	key       KeyID
	digest    Digest
	signature []byte
}

func newSeal(digest Digest, key ed25519.PrivateKey) seal {
	s := seal{digest: digest, signature: make([]byte, ed25519.SignatureSize)}
	if len(key) != ed25519.PrivateKeySize {
		return s
	}
	if public, ok := key.Public().(ed25519.PublicKey); ok {
		s.signed, s.key = true, IDOf(public)
		s.signature = ed25519.Sign(key, s.message())
	}
	return s
}

// message is what is signed.
func (s seal) message() []byte { return append([]byte(sealContext), s.front()...) }

func (s seal) front() []byte {
	kind := sealed
	if s.signed {
		kind = signed
	}
	front := append([]byte(kind), s.key[:]...)
	return append(front, s.digest[:]...)
}

func (s seal) bytes() []byte { return append(s.front(), s.signature...) }

// readSeal takes a seal apart; false: these bytes are none.
func readSeal(raw []byte) (seal, bool) {
	if len(raw) != sealSize {
		return seal{}, false
	}
	kind, rest := string(raw[:len(signed)]), raw[len(signed):]
	s := seal{signed: kind == signed, key: KeyID(rest[:keyIDSize]), signature: rest[keyIDSize+sha256.Size:]}
	copy(s.digest[:], rest[keyIDSize:])
	return s, kind == signed || kind == sealed
}

// Trust says whose bundles are taken.
type Trust struct {
	// Key is the key that must have signed; nil: none is known.
	Key ed25519.PublicKey
	// AllowUnsigned takes a file that nobody signed, and one that was signed when no key is known here.
	AllowUnsigned bool
}

// check says in words why a seal is not to be trusted.
func (t Trust) check(s seal) error {
	switch {
	case !s.signed && !bytes.Equal(s.signature, make([]byte, ed25519.SignatureSize)), !s.signed && s.key != KeyID{}:
		return problem.New(problem.Invalid, "the bundle's seal was changed after it was written: do not use the file, fetch it anew")
	case !s.signed && !t.AllowUnsigned:
		return problem.New(problem.Forbidden,
			"nobody signed this bundle, so nobody vouches for what is in it: sign it where it is made (bundle export --key), or take it with --allow-unsigned")
	case !s.signed:
		return nil
	case t.Key == nil && !t.AllowUnsigned:
		return problem.New(problem.Forbidden,
			"this bundle is signed with the key %s and no public key is known here: give --public-key FILE or set BUNDLE_PUBLIC_KEY", s.key)
	case t.Key == nil:
		return nil
	case s.key != IDOf(t.Key):
		return problem.New(problem.Forbidden, "this bundle is signed with the key %s, and the one trusted here is %s", s.key, IDOf(t.Key))
	case !ed25519.Verify(t.Key, s.message(), s.signature):
		return problem.New(problem.Forbidden,
			"the signature is not that of the key %s: the bundle was changed after it was signed; do not use it, fetch it anew", s.key)
	}
	return nil
}

// checkSeal reads a file's bytes once and compares them with its seal.
func checkSeal(file io.ReaderAt, size int64, trust Trust) (seal, error) {
	head := make([]byte, min(size, int64(len(magic))))
	if _, err := file.ReadAt(head, 0); err != nil && err != io.EOF {
		return seal{}, fmt.Errorf("read the bundle: %w", err)
	}
	switch {
	case size == 0:
		return seal{}, problem.New(problem.Malformed, "the file is empty")
	case string(head) != magic:
		return seal{}, problem.New(problem.Malformed, "this is no bundle: it does not begin as the files of threatwerk bundle export do")
	}
	var s seal
	ok := false
	if size >= int64(len(magic)+sealSize) {
		tail := make([]byte, sealSize)
		if _, err := file.ReadAt(tail, size-sealSize); err != nil && err != io.EOF {
			return seal{}, fmt.Errorf("read the bundle's seal: %w", err)
		}
		s, ok = readSeal(tail)
	}
	if !ok {
		return seal{}, problem.New(problem.Malformed,
			"the bundle ends before its seal: it was cut off on the way, or its end was changed; it has %d bytes, compare that with the original", size)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(file, 0, size-sealSize)); err != nil {
		return seal{}, fmt.Errorf("read the bundle: %w", err)
	}
	if Digest(sum.Sum(nil)) != s.digest {
		return seal{}, problem.New(problem.Invalid,
			"the bundle was damaged or changed after it was written: its SHA-256 is %x and its seal says %s; fetch it anew", sum.Sum(nil), s.digest)
	}
	return s, trust.check(s)
}
