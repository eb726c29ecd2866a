package bundle_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/threatwerk/threatwerk/internal/intel/bundle"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// keys is a pair of keys, by way of their files.
func keys(t testing.TB) (ed25519.PrivateKey, ed25519.PublicKey) {
	t.Helper()
	private, public, _, err := bundle.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	priv, err := bundle.ParsePrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := bundle.ParsePublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return priv, pub
}

// small is a bundle of two sections.
func small(t testing.TB, key ed25519.PrivateKey) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := bundle.NewWriter(&out, "1.2.3", noon)
	if err != nil {
		t.Fatal(err)
	}
	add := func(s bundle.Section, records ...any) {
		if err := w.Begin(s); err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if err := w.Add(r, noon); err != nil {
				t.Fatal(err)
			}
		}
	}
	add(bundle.Section{Name: "advisories", Feed: "osv", Required: true}, map[string]string{"id": "A", "kind": "malware"}, map[string]string{"id": "B", "kind": "vulnerability"})
	add(bundle.Section{Name: "epss", Feed: "epss", Required: true, Meta: json.RawMessage(`{"score_date":"2026-11-25"}`)},
		map[string]any{"cve": "CVE-2026-0001", "score": 0.5, "percentile": 0.75})
	if _, err := w.Close(key); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func open(raw []byte, trust bundle.Trust) (*bundle.Bundle, error) {
	return bundle.Open(bytes.NewReader(raw), int64(len(raw)), trust)
}

// read opens and verifies, and gives the lines by section.
func read(raw []byte, trust bundle.Trust) (map[string][]string, error) {
	b, err := open(raw, trust)
	if err != nil {
		return nil, err
	}
	if err := b.Verify(context.Background(), bundle.Known); err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for s, err := range b.Sections(context.Background()) {
		if err != nil {
			return nil, err
		}
		for line, err := range s.Lines() {
			if err != nil {
				return nil, err
			}
			out[s.Title()] = append(out[s.Title()], string(line))
		}
	}
	return out, nil
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	private, public := keys(t)
	raw := small(t, private)
	got, err := read(raw, bundle.Trust{Key: public})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"advisories of osv": {`{"id":"A","kind":"malware"}`, `{"id":"B","kind":"vulnerability"}`},
		"epss":              {`{"cve":"CVE-2026-0001","percentile":0.75,"score":0.5}`},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	b, err := open(raw, bundle.Trust{Key: public})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(t.Context(), bundle.Known); err != nil {
		t.Fatal(err)
	}
	m := b.Manifest()
	sum := sha256.Sum256([]byte(strings.Join(want["advisories of osv"], "\n") + "\n"))
	if m.Format != bundle.Format || m.Product != "1.2.3" || !m.Created.Equal(noon) || len(m.Sections) != 2 ||
		m.Sections[0].Records != 2 || m.Sections[0].SHA256 != bundle.Digest(sum) || !m.Sections[1].Newest.Equal(noon) {
		t.Errorf("%+v", m)
	}
	if b.SignedBy() != bundle.IDOf(public).String() {
		t.Errorf("signed by %q", b.SignedBy())
	}
	// A section that nobody reads is passed over.
	for s, err := range b.Sections(t.Context()) {
		if err != nil || s.Title() == "" {
			t.Error(err)
		}
	}
}

func TestTrust(t *testing.T) {
	t.Parallel()
	private, public := keys(t)
	_, other := keys(t)
	signed, unsigned := small(t, private), small(t, nil)
	for _, tc := range []struct {
		name  string
		raw   []byte
		trust bundle.Trust
		want  string // "" when it is taken
	}{
		{"signed, its key", signed, bundle.Trust{Key: public}, ""},
		{"signed, another key", signed, bundle.Trust{Key: other}, "the one trusted here is " + bundle.IDOf(other).String()},
		{"signed, another key, unsigned allowed", signed, bundle.Trust{Key: other, AllowUnsigned: true}, "the one trusted here is"},
		{"signed, no key", signed, bundle.Trust{}, "no public key is known here"},
		{"signed, no key, unsigned allowed", signed, bundle.Trust{AllowUnsigned: true}, ""},
		{"unsigned", unsigned, bundle.Trust{Key: public}, "nobody signed this bundle"},
		{"unsigned, no key", unsigned, bundle.Trust{}, "nobody signed this bundle"},
		{"unsigned, allowed", unsigned, bundle.Trust{Key: public, AllowUnsigned: true}, ""},
	} {
		_, err := read(tc.raw, tc.trust)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
	// A signature moved to other content, with that content's digest, is no signature.
	forged := whole(t, `{"name":"advisories","feed":"osv"}`, `{"id":"A","kind":"malware"}`+"\n")
	seal := len(forged) - 112
	copy(forged[seal:], signed[len(signed)-112:][:16])
	copy(forged[seal+48:], signed[len(signed)-64:])
	if _, err := open(forged, bundle.Trust{Key: public}); err == nil || !strings.Contains(err.Error(), "changed after it was signed") {
		t.Errorf("forged: %v", err)
	}
}

func TestEveryFlippedBitAndEveryCutIsNoticed(t *testing.T) {
	t.Parallel()
	private, public := keys(t)
	for name, raw := range map[string][]byte{"signed": small(t, private), "unsigned": small(t, nil)} {
		trust := bundle.Trust{Key: public, AllowUnsigned: true}
		for at := range raw {
			for bit := range 8 {
				bad := bytes.Clone(raw)
				bad[at] ^= 1 << bit
				if _, err := open(bad, trust); err == nil || problem.KindOf(err) == problem.Internal {
					t.Fatalf("%s, byte %d bit %d flipped: %v", name, at, bit, err)
				}
			}
		}
		for size := range raw {
			if _, err := open(raw[:size], trust); err == nil || problem.KindOf(err) == problem.Internal {
				t.Fatalf("%s, cut to %d bytes: %v", name, size, err)
			}
		}
		if _, err := open(append(bytes.Clone(raw), 0), trust); err == nil {
			t.Errorf("%s, with a byte more, is taken", name)
		}
	}
}

// frame is one frame of a hand-made bundle.
type frame struct {
	kind    byte
	payload string
}

// made puts a bundle together that the writer would not write: sealed, and so whole as far as the seal goes.
func made(t testing.TB, frames ...frame) []byte {
	t.Helper()
	return packed(t, func(w io.Writer) {
		for _, f := range frames {
			head := binary.BigEndian.AppendUint32([]byte{f.kind}, uint32(len(f.payload)))
			if _, err := w.Write(append(head, f.payload...)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func packed(t testing.TB, write func(io.Writer), options ...zstd.EOption) []byte {
	t.Helper()
	var out bytes.Buffer
	out.WriteString("TWBNDL1\n")
	z, err := zstd.NewWriter(&out, append([]zstd.EOption{zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1 << 20)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	write(z)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(out.Bytes())
	out.WriteString("TWSEALED")
	out.Write(make([]byte, 8))
	out.Write(sum[:])
	out.Write(make([]byte, 64))
	return out.Bytes()
}

const head = `{"format":1,"product":"9.9.9","created":"2026-11-25T12:00:00Z"}`

// whole is a made bundle with one section of these lines and a manifest that agrees.
func whole(t testing.TB, section, data string) []byte {
	t.Helper()
	sum := sha256.Sum256([]byte(data))
	contents := fmt.Sprintf(`%s,"records":%d,"bytes":%d,"sha256":"%x"}`, strings.TrimSuffix(section, "}"), strings.Count(data, "\n"), len(data), sum)
	return made(t, frame{'H', head}, frame{'S', section}, frame{'D', data}, frame{'M', strings.TrimSuffix(head, "}") + `,"sections":[` + contents + `]}`})
}

func TestRefusedInWords(t *testing.T) {
	t.Parallel()
	osv := `{"name":"advisories","feed":"osv","required":true}`
	empty := frame{'M', strings.TrimSuffix(head, "}") + `,"sections":[]}`}
	for _, tc := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"empty file", nil, "the file is empty"},
		{"another file", []byte("PK\x03\x04 and so on"), "this is no bundle"},
		{"nothing within", made(t), "ends in the middle"},
		{"no manifest", made(t, frame{'H', head}), "ends in the middle"},
		{"no header", made(t, empty), "does not begin with its header"},
		{"two headers", made(t, frame{'H', head}, frame{'H', head}), "two headers"},
		{"header of another kind", made(t, frame{'H', `[]`}), "header cannot be read"},
		{"format of the future", made(t, frame{'H', `{"format":2,"product":"9.9.9"}`}), "has format 2, written by ThreatWerk 9.9.9, and this version reads formats up to 1"},
		{"no format", made(t, frame{'H', `{}`}), "no format that ever was"},
		{"unknown frame", made(t, frame{'H', head}, frame{'X', ""}), "unknown kind ('X')"},
		{"data without section", made(t, frame{'H', head}, frame{'D', "{}\n"}), "before the first section"},
		{"half a line", made(t, frame{'H', head}, frame{'S', osv}, frame{'D', `{"id":"A"`}), "ends in the middle of a record"},
		{"no data", made(t, frame{'H', head}, frame{'S', osv}, frame{'D', ``}), "ends in the middle of a record"},
		{"bad section", made(t, frame{'H', head}, frame{'S', `{`}), "head of a section cannot be read"},
		{"twice the same", made(t, frame{'H', head}, frame{'S', osv}, frame{'S', osv}), "advisories of osv comes twice"},
		{"unknown and required", whole(t, `{"name":"oracles","feed":"delphi","required":true}`, "{}\n"),
			"does not know and that must not be left out (oracles of delphi), written by ThreatWerk 9.9.9"},
		{"a section under a wrong feed", whole(t, `{"name":"kev","feed":"osv","required":true}`, "{}\n"), "must not be left out"},
		{"manifest of another", made(t, frame{'H', head}, frame{'M', `{"format":1,"product":"x","created":"2026-11-25T12:00:00Z"}`}), "manifest is of another bundle"},
		{"manifest leaves one out", made(t, frame{'H', head}, frame{'S', osv}, empty), "manifest is of another bundle"},
		{"more after the manifest", made(t, frame{'H', head}, empty, frame{'S', osv}), "something follows the manifest"},
		{"no JSON", whole(t, osv, "{\n"), "record 1 of advisories of osv cannot be read"},
		{"no id", whole(t, osv, "{}\n"), "it has no id"},
		{"empty line", whole(t, osv, "\n"), "record 1 of"},
		{"unknown kind", whole(t, osv, `{"id":"A","kind":"rumour"}`+"\n"), `A is of the unknown kind "rumour"`},
		{"out of order", whole(t, osv, `{"id":"B","kind":"malware"}`+"\n"+`{"id":"A","kind":"malware"}`+"\n"), `"A" comes after "B"`},
		{"the same twice", whole(t, osv, strings.Repeat(`{"id":"B","kind":"malware"}`+"\n", 2)), `record 2 of advisories of osv cannot be read`},
		{"no score", whole(t, `{"name":"epss","feed":"epss"}`, `{"cve":"CVE-2026-0001","score":7}`+"\n"), "is no score"},
		{"no day", whole(t, `{"name":"kev","feed":"kev"}`, `{"cve":"CVE-2026-0001","added":"soon"}`+"\n"), "record 1 of kev"},
		{"deep JSON", whole(t, osv, `{"id":"A","x":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+"}\n"), "exceeded max depth"},
		{"many parts", whole(t, osv, `{"id":"A","kind":"malware","affected":[{}`+strings.Repeat(",{}", 1<<19)+"]}\n"), "more than 524288 parts"},
		{"long line", whole(t, osv, `{"id":"`+strings.Repeat("A", 16<<20)+"\"}\n"), "and 16777216 are the most"},
		{"long header", made(t, frame{'H', strings.Repeat(" ", 1<<20+1)}), "and 1048576 are the most"},
	} {
		_, err := read(tc.raw, bundle.Trust{AllowUnsigned: true})
		if err == nil || !strings.Contains(err.Error(), tc.want) || problem.KindOf(err) == problem.Internal {
			t.Errorf("%s: %.300v, want %q", tc.name, err, tc.want)
		}
	}
	if got, err := read(whole(t, `{"name":"oracles","feed":"delphi"}`, "{}\n"), bundle.Trust{AllowUnsigned: true}); err != nil || len(got) != 1 {
		t.Errorf("an unknown section that may be left out: %v, %v", got, err)
	}
}

// TestBombsAreBounded gives files that unpack to hundreds of times what a reader may hold.
func TestBombsAreBounded(t *testing.T) {
	t.Parallel()
	// Frames without content, millions of them.
	frames := packed(t, func(w io.Writer) {
		some := bytes.Repeat([]byte{'D', 0, 0, 0, 0}, 1<<16)
		for range 1 << 7 {
			if _, err := w.Write(some); err != nil {
				t.Fatal(err)
			}
		}
	})
	// Eight gigabytes announced and 256 MB of them there, in few bytes.
	zeros := packed(t, func(w io.Writer) {
		if _, err := w.Write(append([]byte{'H', 0, 0, 0, byte(len(head))}, head...)); err != nil {
			t.Fatal(err)
		}
		section := `{"name":"x"}`
		if _, err := w.Write(append([]byte{'S', 0, 0, 0, byte(len(section))}, section...)); err != nil {
			t.Fatal(err)
		}
		chunk := append([]byte{'D', 0, 0x10, 0, 0}, bytes.Repeat([]byte{'\n'}, 1<<20)...)
		for range 256 {
			if _, err := w.Write(chunk); err != nil {
				t.Fatal(err)
			}
		}
	})
	// A window that would make the reader keep 256 MB.
	window := packed(t, func(w io.Writer) {
		if _, err := w.Write(bytes.Repeat([]byte("0123456789abcdef"), 2<<20)); err != nil {
			t.Fatal(err)
		}
	}, zstd.WithWindowSize(256<<20), zstd.WithSingleSegment(false))
	for name, tc := range map[string]struct {
		raw  []byte
		want string
	}{
		"frames": {frames, ""}, "zeros": {zeros, "unpacks to far more"}, "window": {window, "cannot be unpacked"},
	} {
		b, err := open(tc.raw, bundle.Trust{AllowUnsigned: true})
		if err != nil {
			t.Fatal(err)
		}
		err = b.Verify(t.Context(), func(bundle.Section) (bundle.Check, bool) { return nil, true })
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// swapped gives other bytes from the second reading of the content on.
type swapped struct {
	first, then []byte
	reads       *int
}

func (s swapped) ReadAt(p []byte, at int64) (int, error) {
	if at == 8 {
		*s.reads++
	}
	if *s.reads > 1 {
		return bytes.NewReader(s.then).ReadAt(p, at)
	}
	return bytes.NewReader(s.first).ReadAt(p, at)
}

func TestFileThatChangesAfterItWasVerified(t *testing.T) {
	t.Parallel()
	osv := `{"name":"advisories","feed":"osv","required":true}`
	one := whole(t, osv, `{"id":"A","kind":"malware","summary":"0123456789"}`+"\n")
	var two []byte
	for i := 0; len(one) != len(two); i++ {
		two = whole(t, osv, fmt.Sprintf(`{"id":"A","kind":"malware","summary":"%010d"}`+"\n", i))
	}
	reads := 0
	b, err := bundle.Open(swapped{one, two, &reads}, int64(len(one)), bundle.Trust{AllowUnsigned: true})
	if err != nil {
		t.Fatal(err)
	}
	reads = 0
	if err := b.Verify(t.Context(), bundle.Known); err != nil {
		t.Fatal(err)
	}
	got, failed := 0, error(nil)
	for s, err := range b.Sections(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range s.Lines() {
			if err != nil {
				failed = err
				break
			}
			got++
		}
	}
	if got != 0 || failed == nil || !strings.Contains(failed.Error(), "changed while it was read") {
		t.Errorf("%d lines were handed out, then %v", got, failed)
	}
}

func TestKeysSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	private, public, _, err := bundle.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		parse func([]byte) error
		text  []byte
		want  string
	}{
		"no key to sign":         {parsePrivate, []byte("secret words"), "this is no key"},
		"public key to sign":     {parsePrivate, public, "this is the public key"},
		"no key to check":        {parsePublic, []byte("secret words"), "no Ed25519 public key"},
		"nothing to check":       {parsePublic, nil, "no Ed25519 public key"},
		"private key to check":   {parsePublic, private, "keep the private key where bundles are made"},
		"encrypted key to sign":  {parsePrivate, []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), "is encrypted"},
		"another kind of key":    {parsePrivate, []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "cannot sign"},
		"another kind of public": {parsePublic, []byte("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), "no Ed25519 public key"},
	} {
		if err := tc.parse(tc.text); err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	oneLine := strings.Join(strings.Split(string(public), "\n")[1:2], "")
	if err := parsePublic([]byte(" " + oneLine + "\n")); err != nil {
		t.Errorf("on one line: %v", err)
	}
}

func parsePrivate(text []byte) error { _, err := bundle.ParsePrivateKey(text); return err }
func parsePublic(text []byte) error  { _, err := bundle.ParsePublicKey(text); return err }

func FuzzRead(f *testing.F) {
	osv := `{"name":"advisories","feed":"osv","required":true}`
	for _, raw := range [][]byte{small(f, nil), whole(f, osv, `{"id":"A","kind":"malware"}`+"\n"), made(f), whole(f, `{"name":"x"}`, "\n")} {
		f.Add(raw, false)
	}
	f.Add([]byte("H\x00\x00\x00\x02{}"), true)
	f.Add([]byte("H\x00\x00\x00\x41"+head+"S\x00\x00\x00\x0c{\"name\":\"x\"}"), true)
	f.Fuzz(func(t *testing.T, raw []byte, content bool) {
		// What is fuzzed is the file, or what is packed in it: few changed files get past their seal.
		if content {
			raw = packed(t, func(w io.Writer) {
				if _, err := w.Write(raw); err != nil {
					t.Fatal(err)
				}
			})
		}
		if _, err := read(raw, bundle.Trust{AllowUnsigned: true}); err != nil && problem.KindOf(err) == problem.Internal {
			t.Errorf("an error without words for people: %v", err)
		}
	})
}
