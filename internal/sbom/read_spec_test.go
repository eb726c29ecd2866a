package sbom

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// TestReadSpecificationFixtures runs the fixtures of the specifications: a valid one is read without a fault, an
// invalid one is refused or read with a warning that names the fault. CycloneDX as protobuf text is refused as such.
func TestReadSpecificationFixtures(t *testing.T) {
	dir := sharedData(t, "sboms/spec")
	raw, err := os.ReadFile(filepath.Join(dir, "files.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	archives := map[string]map[string]*zip.File{}
	type score struct{ valid, accepted, clean, invalid, refused, warned int }
	scores := map[string]*score{}
	for _, row := range rows[1:] {
		key := row[0] + "-" + row[1]
		if archives[key] == nil {
			archives[key] = openFixtures(t, filepath.Join(dir, key+".zip"))
			scores[key] = &score{}
		}
		name, s := row[2], scores[key]
		data := readFixture(t, archives[key][name])
		doc, err := Read(context.Background(), bytes.NewReader(data), DefaultLimits())
		if row[4] == "valid" {
			s.valid++
			switch {
			case strings.HasSuffix(name, ".textproto"):
				if err == nil || !strings.Contains(err.Error(), "protobuf") {
					t.Errorf("%s %s: protobuf text must be refused as such, got %v", key, name, err)
				}
				s.valid--
			case err != nil:
				t.Errorf("%s %s: valid, refused: %v", key, name, err)
			case blame(doc) > 0:
				s.accepted++
				if strings.HasPrefix(name, "informal-invalid-") {
					break // valid by the schema alone, and by the name of the fixture not by its words
				}
				t.Errorf("%s %s: valid, read with warnings %v", key, name, firstWarnings(doc, 3))
			default:
				s.accepted++
				s.clean++
			}
			continue
		}
		s.invalid++
		var p *problem.Error
		switch {
		case errors.As(err, &p):
			s.refused++
		case err != nil:
			t.Errorf("%s %s: an error without a message for people: %v", key, name, err)
		case doc.WarningCount > 0:
			s.warned++
			t.Logf("%s %s: %v", key, name, firstWarnings(doc, 2))
		default:
			t.Errorf("%s %s: invalid, read without a warning", key, name)
		}
	}
	for key, s := range scores {
		t.Logf("%-15s valid %3d: read %3d, without a fault %3d; invalid %3d: refused %2d, warned of %2d", key, s.valid, s.accepted, s.clean, s.invalid, s.refused, s.warned)
	}
}

// blame counts the warnings that find fault.
func blame(d *Document) int {
	n := 0
	for _, w := range d.Warnings {
		if !notes[w.Code] {
			n++
		}
	}
	return n
}

func openFixtures(t *testing.T, path string) map[string]*zip.File {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = z.Close() })
	files := make(map[string]*zip.File, len(z.File))
	for _, f := range z.File {
		files[f.Name] = f
	}
	return files
}

func readFixture(t *testing.T, f *zip.File) []byte {
	t.Helper()
	if f == nil {
		t.Fatal("a fixture of files.csv is not in its archive")
	}
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
