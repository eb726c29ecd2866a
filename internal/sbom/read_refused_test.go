package sbom

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// TestReadRefuses wants the kind, the place and what was seen.
func TestReadRefuses(t *testing.T) {
	const cdx = `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[`
	for _, c := range []struct {
		name, input string
		kind        problem.Kind
		path        string // of the first fault; empty: any
		says        string // in the whole error
	}{
		{"empty", "", problem.Malformed, "/", "empty"},
		{"blank", " \n\t ", problem.Malformed, "/", "empty"},
		{"bom only", "\xEF\xBB\xBF", problem.Malformed, "/", "empty"},
		{"html", "<!DOCTYPE html><html><body>404</body></html>", problem.Unsupported, "/", "an HTML page"},
		{"xhtml", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>`, problem.Unsupported, "/", "an HTML page"},
		{"pom", `<project xmlns="http://maven.apache.org/POM/4.0.0"></project>`, problem.Unsupported, "/", "a Maven pom.xml"},
		{"other xml", `<catalog/>`, problem.Unsupported, "/", `root element is "catalog"`},
		{"package-lock", `{"name":"a","lockfileVersion":3,"packages":{"":{"name":"a"}}}`, problem.Unsupported, "/", "a package-lock.json"},
		{"package.json", `{"name":"a","version":"1","dependencies":{}}`, problem.Unsupported, "/", "a package.json"},
		{"syft json", `{"artifacts":[],"artifactRelationships":[],"schema":{}}`, problem.Unsupported, "/", "syft's own JSON"},
		{"trivy report", `{"SchemaVersion":2,"ArtifactName":"x","Results":[]}`, problem.Unsupported, "/", "a Trivy report"},
		{"sarif", `{"$schema":"s","version":"2.1.0","runs":[]}`, problem.Unsupported, "/", "a SARIF report"},
		{"list", `[{"purl":"pkg:npm/a@1"}]`, problem.Unsupported, "/", "a JSON list"},
		{"other json", `{"a":1,"b":[]}`, problem.Unsupported, "/", `with the members "a", "b"`},
		{"empty object", `{}`, problem.Unsupported, "/", "an empty JSON object"},
		{"pdf", "%PDF-1.7 ...", problem.Unsupported, "/", "a PDF file"},
		{"elf", "\x7fELF\x02\x01", problem.Unsupported, "/", "a Linux program"},
		{"text", "hello\nworld", problem.Unsupported, "/", `begins with "hello"`},
		{"wrong format", `{"bomFormat":"Other","specVersion":"1.4"}`, problem.Unsupported, "/bomFormat", `bomFormat says "Other"`},
		{"cyclonedx 2", `{"bomFormat":"CycloneDX","specVersion":"2.0"}`, problem.Unsupported, "/specVersion", "CycloneDX 2.0 is not read"},
		{"spdx 4", `{"spdxVersion":"SPDX-4.0","packages":[]}`, problem.Unsupported, "/spdxVersion", "SPDX 4.0"},
		{"yaml of another kind", "---\na: 1\n", problem.Unsupported, "/", "a YAML document of another kind"},
		{"truncated", cdx + "\n" + `{"type":"library","name":"le`, problem.Malformed, "/components/0/name", "line 2, column 29"},
		{"truncated in skipped part", `{"bomFormat":"CycloneDX","x":{"y":[1,`, problem.Malformed, "/x", "cut off"},
		{"missing comma", cdx + `{"name":"a"} {"name":"b"}]}`, problem.Malformed, "/components/0", "a comma or a closing bracket"},
		{"trailing text", `{"bomFormat":"CycloneDX","specVersion":"1.5"} x`, problem.Malformed, "/", "text follows"},
		{"not a value", cdx + `nope]}`, problem.Malformed, "/components/0", "is no JSON value"},
		{"bad escape", cdx + `{"name":"\q"}]}`, problem.Malformed, "/components/0/name", "is no escape"},
		{"single quotes", `{'bomFormat':'CycloneDX'}`, problem.Malformed, "/", "in quotes"},
		{"xml cut", "<?xml version=\"1.0\"?>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\">\n<components>", problem.Malformed, "line 3", "line 3"},
		{"xml not closed", `<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><components></bom>`, problem.Malformed, "line 1", "element <components> closed by </bom>"},
		{"xml entities", "<!DOCTYPE bom [<!ENTITY a \"x\">]>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\"/>", problem.Malformed, "line 1", "entities"},
		{"xml unknown entity", `<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><components><component type="library"><name>&a;</name></component></components></bom>`, problem.Malformed, "line 1", "entity"},
		{"tag-value without version", "SPDXID: SPDXRef-DOCUMENT\nPackageName: a\n", problem.Unsupported, "/", "without SPDXVersion"},
		{"yaml alias", "spdxVersion: SPDX-2.3\nname: &a x\ncomment: *a\n", problem.Malformed, "line 3", "aliases"},
		{"yaml syntax", "spdxVersion: SPDX-2.3\n  packages: [\n", problem.Malformed, "line 2", "YAML"},
		{"gzip cut", string(pack(t, "gzip", []byte(duplicateRefs))[:60]), problem.Malformed, "/", "gzip packing"},
		{"zstd damaged", "\x28\xB5\x2F\xFDxxxxxxxxxxxxxxx", problem.Malformed, "/", "zstd packing"},
		{"dsse of another kind", `{"payloadType":"t","payload":"` + base64.StdEncoding.EncodeToString([]byte("<html></html>")) + `","signatures":[]}`, problem.Unsupported, "/", "an HTML page"},
		{"zip of a page", string(pack(t, "zip", []byte("<html></html>"))), problem.Unsupported, "/", "In the zip archive, sbom.json: This is not an SBOM: it looks like an HTML page"},
		{"zip of two", string(zipOf(t, "a.json", "b.json")), problem.Unsupported, "b.json", "more than one file"},
		{"zip of none", string(zipOf(t, "folder/")), problem.Unsupported, "/", "a zip archive without a file"},
		{"gzip five times", string(packTimes(t, 5)), problem.Unsupported, "/", "packed more than"},
		{"two documents", `{"bomFormat":"CycloneDX","specVersion":"1.5","sbom":{"spdxVersion":"SPDX-2.3","packages":[]}}`, problem.Unsupported, "/", "more than one SBOM"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := read(t, c.input, DefaultLimits())
			var p *problem.Error
			if !errors.As(err, &p) {
				t.Fatalf("want a problem, got %v, %v", doc, err)
			}
			if p.Kind != c.kind || !strings.Contains(err.Error(), c.says) || len(p.Faults) == 0 || c.path != "" && p.Faults[0].Path != c.path {
				t.Errorf("kind %s, faults %+v: %v", p.Kind, p.Faults, err)
			}
		})
	}
}

func TestReadBrokenDocuments(t *testing.T) {
	dir := sharedData(t, "sboms/broken")
	for name, says := range map[string]string{
		"scanoss-sbom-cdx.json": "a JSON list",
		"bashrc2-sbom-cdx.json": `a JSON object of another kind, with the members "Dockerfile"`,
		"maubot-spdx.json":      `a JSON object of another kind, with the members "0BSD"`,
	} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = read(t, string(raw), DefaultLimits()); !problem.Is(err, problem.Unsupported) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReadPackings reads one document in every packing and encoding.
func TestReadPackings(t *testing.T) {
	plain := []byte(case1XML)
	utf16Of := func(order string, mark bool) []byte {
		var out []byte
		units := utf16.Encode([]rune(case1XML))
		if mark {
			units = append([]uint16{0xFEFF}, units...)
		}
		for _, u := range units {
			if order == "le" {
				out = append(out, byte(u), byte(u>>8))
			} else {
				out = append(out, byte(u>>8), byte(u))
			}
		}
		return out
	}
	dsse := func(enc *base64.Encoding) []byte {
		statement := `{"_type":"https://in-toto.io/Statement/v1","predicate":{"bomFormat":"CycloneDX","specVersion":"1.4","components":[{"type":"library","name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0"}]}}`
		return []byte(`{"payload":"` + enc.EncodeToString([]byte(statement)) + `","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"x"}]}`)
	}
	for name, data := range map[string][]byte{
		"gzip": pack(t, "gzip", plain), "zstd": pack(t, "zstd", plain), "zip": pack(t, "zip", plain),
		"zip stored": zipStoredOf(t, plain), "gzip in zip": pack(t, "zip", pack(t, "gzip", plain)),
		"utf-16le": utf16Of("le", true), "utf-16be": utf16Of("be", true), "utf-16le without mark": utf16Of("le", false),
		"utf-16be without mark": utf16Of("be", false), "gzip of utf-16": pack(t, "gzip", utf16Of("le", true)),
		"dsse": dsse(base64.StdEncoding), "dsse url": dsse(base64.RawURLEncoding), "dsse in gzip": pack(t, "gzip", dsse(base64.URLEncoding)),
		"sigstore bundle": []byte(`{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","dsseEnvelope":` + string(dsse(base64.StdEncoding)) + `}`),
		"latin-1":         bytes.Replace(plain, []byte(`encoding="utf-8"`), []byte(`encoding="ISO-8859-1"`), 1),
	} {
		doc, err := Read(context.Background(), bytes.NewReader(data), DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(doc.Components) != 1 || doc.Components[0].PURL != "pkg:npm/left@1.0.0" || doc.SpecVersion != "1.4" || doc.WarningCount != 0 {
			t.Errorf("%s: %v", name, summary(doc))
		}
	}
}

func TestReadStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, strings.NewReader(case1XML), DefaultLimits()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	lim := Limits{MaxDuration: 1}
	if _, err := Read(context.Background(), strings.NewReader(case1XML), lim); !problem.Is(err, problem.TooLarge) {
		t.Errorf("got %v", err)
	}
	broken := io.MultiReader(strings.NewReader(case1XML[:40]), failingReader{})
	if _, err := Read(context.Background(), broken, DefaultLimits()); err == nil || !strings.Contains(err.Error(), "line went dead") {
		t.Errorf("got %v", err)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("line went dead") }

func pack(t testing.TB, how string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch how {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zstd":
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	case "zip":
		z := zip.NewWriter(&b)
		if _, err := z.Create("__MACOSX/._sbom.json"); err != nil {
			t.Fatal(err)
		}
		f, err := z.Create("sbom.json")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func packTimes(t testing.TB, n int) []byte {
	t.Helper()
	data := []byte(case1XML)
	for range n {
		data = pack(t, "gzip", data)
	}
	return data
}

// zipOf packs one document under several names.
func zipOf(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		f, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(n, "/") {
			if _, err := fmt.Fprint(f, case1XML); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipStoredOf(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: "bom.xml", Method: zip.Store, UncompressedSize64: uint64(len(data)), CompressedSize64: uint64(len(data))}
	h.CRC32 = crcOf(data)
	f, err := z.CreateRaw(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
