package osv

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

func writeFile(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func writeZip(t *testing.T, dir, name string, entries map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for entry, content := range entries {
		f, err := w.Create(entry)
		if err == nil {
			_, err = f.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return writeFile(t, dir, name, b.String())
}

func readAll(t *testing.T, paths ...string) (ids []string, refused map[string]string) {
	t.Helper()
	source, err := Open(paths)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	refused = map[string]string{}
	for in, err := range source.Records(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if in.Refused != nil {
			refused[in.Path] = in.Refused.Error()
			continue
		}
		ids = append(ids, in.Advisory.ID+" "+in.Advisory.Summary)
	}
	slices.Sort(ids)
	return ids, refused
}

func TestSourceReadsEveryKindOfPath(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "folder/A-1.json", `{"id":"A-1"}`)
	writeFile(t, dir, "folder/deep/A-2.json", `{"id":"A-2"}`)
	writeFile(t, dir, "folder/notes.txt", "not a record")
	writeZip(t, dir, "folder/all.zip", map[string]string{"A-3.json": `{"id":"A-3"}`, "README.md": "x"})
	single := writeFile(t, dir, "A-4.json", `{"id":"A-4"}`)
	ids, refused := readAll(t, filepath.Join(dir, "folder"), single)
	if want := []string{"A-1 ", "A-2 ", "A-3 ", "A-4 "}; !slices.Equal(ids, want) || len(refused) > 0 {
		t.Errorf("read %v, refused %v", ids, refused)
	}
}

func TestSourceNewestCopyWins(t *testing.T) {
	dir := t.TempDir()
	one := writeZip(t, dir, "one.zip", map[string]string{"A-1.json": `{"id":"A-1","modified":"2099-01-02T00:00:00Z","summary":"new"}`})
	two := writeZip(t, dir, "two.zip", map[string]string{"A-1.json": `{"id":"A-1","modified":"2099-01-01T00:00:00Z","summary":"old"}`})
	other := writeFile(t, dir, "x/A-1.json", `{"id":"B-1","summary":"of the same file name only"}`)
	for _, order := range [][]string{{one, two, other}, {other, two, one}} {
		ids, _ := readAll(t, order...)
		if want := []string{"A-1 new", "B-1 of the same file name only"}; !slices.Equal(ids, want) {
			t.Errorf("read %v, want %v", ids, want)
		}
	}
}

func TestSourceRefusesRecordsAlone(t *testing.T) {
	dir := t.TempDir()
	archive := writeZip(t, dir, "all.zip", map[string]string{
		"A-1.json": `{"id":"A-1"}`, "A-2.json": `{"id":`, "A-3.json": `{}`,
		"A-4.json": `{"id":"A-4","details":"` + strings.Repeat("x", int(defaults.record)) + `"}`,
	})
	ids, refused := readAll(t, archive)
	if !slices.Equal(ids, []string{"A-1 "}) || len(refused) != 3 {
		t.Errorf("read %v, refused %v", ids, refused)
	}
	for _, name := range []string{"A-2.json", "A-3.json", "A-4.json"} {
		if refused[archive+"!"+name] == "" {
			t.Errorf("%s is not among the refused: %v", name, refused)
		}
	}
}

func TestSourceBoundsWhatAnArchiveUnpacksTo(t *testing.T) {
	entries := map[string]string{}
	for i := range 100 {
		entries[fmt.Sprintf("A-%d.json", i)] = fmt.Sprintf(`{"id":"A-%d","details":"%s"}`, i, strings.Repeat("x", 100<<10))
	}
	source, err := open([]string{writeZip(t, t.TempDir(), "bomb.zip", entries)}, limits{record: 1 << 20, ratio: 2, floor: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	read, refused := 0, 0
	for in, err := range source.Records(context.Background()) {
		switch {
		case err != nil:
			t.Fatal(err)
		case in.Refused != nil:
			refused++
		default:
			read++
		}
	}
	if read < 10 || read > 20 || read+refused != 100 {
		t.Errorf("%d read and %d refused of 100 records of 100 KiB, with 1 MiB allowed", read, refused)
	}
}

func TestSourceNamesEveryBadPath(t *testing.T) {
	dir := t.TempDir()
	noZip := writeFile(t, dir, "cut.zip", "PK\x03\x04 and nothing more")
	missing := filepath.Join(dir, "absent.json")
	_, err := Open([]string{noZip, missing, dir})
	var p *problem.Error
	if !errors.As(err, &p) || p.Kind != problem.Invalid || len(p.Faults) != 3 {
		t.Fatalf("got %v, want a fault for each of %s, %s and the folder that holds the first", err, noZip, missing)
	}
}

func TestSourceStopsWithItsReader(t *testing.T) {
	dir := t.TempDir()
	for i := range 500 {
		writeFile(t, dir, fmt.Sprintf("A-%d.json", i), fmt.Sprintf(`{"id":"A-%d"}`, i))
	}
	source, err := Open([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	for range source.Records(context.Background()) {
		break // returns only when the parsers have ended
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var last error
	for _, err := range source.Records(ctx) {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("ended with %v after the context did", last)
	}
}
