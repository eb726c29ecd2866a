package sbom

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestReadFormatsAgree reads one inventory in every format and wants the same of each.
func TestReadFormatsAgree(t *testing.T) {
	for file, format := range map[string]string{
		"shop.rdf": "spdx 2.3 rdf-xml", "shop.yaml": "spdx 2.3 yaml", "shop.spdx": "spdx 2.3 tag-value", "shop.xml": "spdx 2.3 xml",
		"shop.spdx3.json": "spdx 3.0.1 json-ld", "shop.cdx.xml": "cyclonedx 1.6 xml",
	} {
		t.Run(file, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join("testdata", "read", file))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := read(t, string(raw), Limits{Strict: true})
			if err != nil {
				t.Fatal(err)
			}
			want := []string{format + " subject=shop@1 tools=[gen-2]", "0 pkg:npm/left@1.0.0 parent=-1 depth=1", "-1>0"}
			if diff := cmp.Diff(want, summary(doc)); diff != "" {
				t.Error(diff)
			}
			c := doc.Components[0]
			got := fmt.Sprint(c.Name, c.Version, c.Licenses, c.Hashes, doc.Created.Format(time.RFC3339))
			if want := "left1.0.0[(MIT OR Apache-2.0)] [SHA-1:0123456789abcdef0123456789abcdef01234567]2025-03-01T10:00:00Z"; got != want {
				t.Errorf("got %s", got)
			}
		})
	}
}
