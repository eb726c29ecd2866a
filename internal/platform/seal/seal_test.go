package seal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

const (
	first  = "first-key-of-thirty-two-characters"
	second = "second-key-of-thirty-two-characters"
)

func sealer(t testing.TB, current string, previous ...string) *Sealer {
	t.Helper()
	s, err := New(current, previous...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sealed(t testing.TB, s *Sealer, plain, identity string) []byte {
	t.Helper()
	out, err := s.Seal([]byte(plain), identity)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatIsSealedOpens(t *testing.T) {
	t.Parallel()
	s := sealer(t, first)
	for _, plain := range []string{"", "x", "a password", strings.Repeat("long", 10000), "\x00\xff"} {
		box := sealed(t, s, plain, "source:1:password")
		got, stale, err := s.Open(box, "source:1:password")
		if err != nil || stale || string(got) != plain {
			t.Errorf("%.10q came back as %.10q, stale %t, %v", plain, got, stale, err)
		}
		if len(plain) > 4 && bytes.Contains(box, []byte(plain)) {
			t.Errorf("%.10q is readable in its sealed form", plain)
		}
	}
	if bytes.Equal(sealed(t, s, "same", "a"), sealed(t, s, "same", "a")) {
		t.Error("sealing twice gives the same bytes: the nonce is not random")
	}
}

func TestTheFormatStays(t *testing.T) {
	t.Parallel()
	// Sealed by this format's first version; what lies in databases must open for ever.
	box, err := hex.DecodeString("01b11e89a5157f3dc289e7c2aa8f617b4c3b76314f2f5ffe48af9b4eeb7028d567b8d43b25fafcb32991486fcc067b")
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := sealer(t, first).Open(box, "source:1:password")
	if err != nil || string(got) != "a password" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAnotherRecordsSecretDoesNotOpen(t *testing.T) {
	t.Parallel()
	s := sealer(t, first)
	box := sealed(t, s, "a password", "source:1:password")
	for _, identity := range []string{"", "source:1:passwor", "source:1:password ", "source:2:password", "source:11:password"} {
		if _, _, err := s.Open(box, identity); !errors.Is(err, ErrCannotOpen) {
			t.Errorf("opened as %q: %v", identity, err)
		}
	}
	if _, err := s.Seal([]byte("x"), ""); err == nil {
		t.Error("sealed without an identity")
	}
}

func TestATamperedSecretDoesNotOpen(t *testing.T) {
	t.Parallel()
	s := sealer(t, first, second)
	box := sealed(t, s, "a password", "id")
	for i := range box {
		for bit := range 8 {
			bad := bytes.Clone(box)
			bad[i] ^= 1 << bit
			if _, _, err := s.Open(bad, "id"); !errors.Is(err, ErrCannotOpen) {
				t.Fatalf("opened with bit %d of byte %d changed: %v", bit, i, err)
			}
		}
	}
	for n := range box {
		if _, _, err := s.Open(box[:n], "id"); !errors.Is(err, ErrCannotOpen) {
			t.Fatalf("opened with %d of %d bytes: %v", n, len(box), err)
		}
	}
	if _, _, err := s.Open(append(bytes.Clone(box), 0), "id"); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("opened with a byte added: %v", err)
	}
	// The other key's id in the head must not make it open under either key.
	other := sealed(t, sealer(t, second), "a password", "id")
	mixed := append(bytes.Clone(other[:headSize]), box[headSize:]...)
	if _, _, err := s.Open(mixed, "id"); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("opened under another key's id: %v", err)
	}
}

func TestARotatedKey(t *testing.T) {
	t.Parallel()
	old, next := sealer(t, first), sealer(t, second, "", first)
	box := sealed(t, old, "a password", "id")
	got, stale, err := next.Open(box, "id")
	if err != nil || !stale || string(got) != "a password" {
		t.Fatalf("%q, stale %t, %v", got, stale, err)
	}
	fresh, err := next.Reseal(box, "id")
	if err != nil || fresh == nil {
		t.Fatalf("%x, %v", fresh, err)
	}
	if got, stale, err := sealer(t, second).Open(fresh, "id"); err != nil || stale || string(got) != "a password" {
		t.Errorf("after sealing anew: %q, stale %t, %v", got, stale, err)
	}
	if again, err := next.Reseal(fresh, "id"); again != nil || err != nil {
		t.Errorf("sealed anew what is fresh: %x, %v", again, err)
	}
	if _, err := sealer(t, second).Reseal(box, "id"); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("sealed anew without the old key: %v", err)
	}
	if !bytes.Equal(fresh[1:headSize], next.KeyID()) || bytes.Equal(next.KeyID(), old.KeyID()) {
		t.Errorf("key ids: %x in the value, %x of the sealer, %x before", fresh[1:headSize], next.KeyID(), old.KeyID())
	}
	// The same key twice is no rotation.
	if _, stale, err := sealer(t, first, first).Open(box, "id"); stale || err != nil {
		t.Errorf("stale %t, %v", stale, err)
	}
}

func TestKeysAreLongEnough(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ current, previous, want string }{
		{strings.Repeat("k", 31), "", "ENCRYPTION_KEY must be at least 32 characters"},
		{strings.Repeat("ü", 16), "", "ENCRYPTION_KEY must be at least 32 characters"},
		{"", "", "ENCRYPTION_KEY must be at least 32 characters"},
		{first, "short", "ENCRYPTION_KEY_PREVIOUS must be at least 32 characters"},
	} {
		if _, err := New(c.current, c.previous); err == nil || err.Error() != c.want {
			t.Errorf("%d and %d characters: %v", len(c.current), len(c.previous), err)
		}
	}
	if _, err := New(strings.Repeat("ü", 32)); err != nil {
		t.Error(err)
	}
}

func TestASealerPrintsNoKey(t *testing.T) {
	t.Parallel()
	s := sealer(t, first, second)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, s); got != "seal.Sealer" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

func TestWhatCannotBeOpenedIsNoInternalError(t *testing.T) {
	t.Parallel()
	if kind := problem.KindOf(fmt.Errorf("read source 1: %w", ErrCannotOpen)); kind != problem.Conflict {
		t.Errorf("kind %s", kind)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s := sealer(t, first)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			text := strings.Repeat("x", i)
			box, err := s.Seal([]byte(text), "id")
			if err != nil {
				t.Error(err)
				return
			}
			if got, _, err := s.Open(box, "id"); err != nil || string(got) != text {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	all.Wait()
}

func TestMask(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ secret, want string }{
		{"", ""},
		{"x", masked},
		{strings.Repeat("x", maskWhole-1), masked},
		{"0123456789abcdef", masked + "cdef"},
		{"ghp_0123456789abcdefghij0123456789", masked + "6789"},
		{"0123456789abcdeü", masked + "cdeü"},
		{"0123456789abcdef\xff\xff", masked + "def?"},
	} {
		if got := Mask(c.secret); got != c.want {
			t.Errorf("%q is shown as %q, want %q", c.secret, got, c.want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	s := sealer(f, first, second)
	f.Add(sealed(f, s, "a password", "id"), "id")
	f.Add([]byte{version}, "")
	f.Fuzz(func(t *testing.T, box []byte, identity string) {
		plain, stale, err := s.Open(box, identity)
		if err != nil && (!errors.Is(err, ErrCannotOpen) || plain != nil || stale) {
			t.Errorf("%v with %d bytes, stale %t", err, len(plain), stale)
		}
	})
}

func FuzzSeal(f *testing.F) {
	s := sealer(f, first)
	f.Add([]byte("a password"), "id")
	f.Fuzz(func(t *testing.T, plain []byte, identity string) {
		box, err := s.Seal(plain, identity)
		if (err != nil) != (identity == "") {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		if got, stale, err := s.Open(box, identity); err != nil || stale || !bytes.Equal(got, plain) {
			t.Errorf("%x, stale %t, %v", got, stale, err)
		}
	})
}
