package sbom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// fuzzLimits are small, so that what is unbounded shows.
var fuzzLimits = Limits{MaxBytes: 1 << 20, MaxComponents: 2000, MaxDuration: 10 * time.Second}

// check holds for whatever Read is given.
func check(t *testing.T, data []byte) *Document {
	t.Helper()
	doc, err := Read(context.Background(), bytes.NewReader(data), fuzzLimits)
	if err != nil {
		var p *problem.Error
		if !errors.As(err, &p) || len(p.Faults) == 0 || p.Message == "" || p.Kind == problem.Internal {
			t.Fatalf("an error that no person can use: %v", err)
		}
		return nil
	}
	n := len(doc.Components)
	for _, e := range doc.Edges {
		if e.From < Root || e.From >= n || e.To < 0 || e.To >= n || e.From == e.To {
			t.Fatalf("edge %v of %d components", e, n)
		}
	}
	for i, c := range doc.Components {
		if c.Parent < Root || c.Parent >= i || c.Depth < 0 || c.Depth > n || c.Path == "" {
			t.Fatalf("component %d: %+v", i, c)
		}
		for _, s := range []string{c.Name, c.Version, c.PURL, c.Group, c.Ref, c.Supplier} {
			if !utf8.ValidString(s) || bytes.IndexByte([]byte(s), 0) >= 0 || len(s) > maxText+utf8.UTFMax {
				t.Fatalf("text that cannot be stored: %q", s)
			}
		}
	}
	if len(doc.Warnings) > doc.WarningCount || len(doc.Warnings) > defaultMaxWarnings {
		t.Fatalf("%d warnings of %d", len(doc.Warnings), doc.WarningCount)
	}
	if q := Quality(doc); q.Score < 0 || q.Score > 100 {
		t.Fatalf("score %d", q.Score)
	}
	return doc
}

// seed adds the small documents of testdata whose names end so, and the cases.
func seed(f *testing.F, ends ...string) {
	for _, c := range cases {
		f.Add([]byte(c.input))
	}
	for _, end := range ends {
		files, err := filepath.Glob(filepath.Join("testdata", "read", "*"+end))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
}

// FuzzReadJSON holds the walker against encoding/json: what Read takes for a JSON document is one.
func FuzzReadJSON(f *testing.F) {
	seed(f, ".json")
	f.Fuzz(func(t *testing.T, data []byte) {
		doc := check(t, data)
		if doc != nil && len(data) > 0 && data[0] == '{' && !json.Valid(data) && !hasRawControl(data) {
			t.Fatalf("not JSON, and read: %q", data)
		}
	})
}

// hasRawControl says whether text holds the one thing that the walker tolerates and RFC 8259 does not.
func hasRawControl(data []byte) bool {
	for _, c := range data {
		if c < ' ' {
			return true
		}
	}
	return false
}

func FuzzReadXML(f *testing.F) {
	seed(f, ".xml", ".rdf")
	f.Fuzz(func(t *testing.T, data []byte) { check(t, data) })
}

func FuzzReadTagValue(f *testing.F) {
	seed(f, ".spdx")
	f.Fuzz(func(t *testing.T, data []byte) { check(t, append([]byte("SPDXVersion: SPDX-2.3\n"), data...)) })
}

func FuzzReadYAML(f *testing.F) {
	seed(f, ".yaml")
	f.Fuzz(func(t *testing.T, data []byte) { check(t, append([]byte("---\n"), data...)) })
}

// FuzzReadPacked fuzzes what is around a document.
func FuzzReadPacked(f *testing.F) {
	plain := []byte(case1XML)
	for _, how := range []string{"gzip", "zstd", "zip"} {
		f.Add(pack(f, how, plain))
	}
	f.Add(zipStoredOf(f, plain))
	f.Add(packTimes(f, 3))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, data) })
}
