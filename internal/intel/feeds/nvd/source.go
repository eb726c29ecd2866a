package nvd

import (
	"archive/zip"
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// maxFile bounds what one file unpacks to; the largest yearly feed has some hundred MB.
const maxFile = 2 << 30

// Find lists the files below paths: pages of the API and feed files (*.json, *.json.gz, *.zip), and folders searched
// whole. A path that is missing is an error, which names every such path.
func Find(paths []string) ([]string, error) {
	var files []string
	var faults []problem.Fault
	for _, p := range paths {
		err := filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			name := strings.ToLower(d.Name())
			if !d.IsDir() && (path == p || strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".json.gz") ||
				strings.HasSuffix(name, ".zip")) {
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			faults = append(faults, problem.Fault{Path: p, Code: "unreadable", Message: "no such file or folder, or no permission to read it"})
		}
	}
	if len(faults) > 0 {
		return nil, problem.New(problem.Invalid, "NVD records cannot be read").With(faults...)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// Records yields every CVE record of the files, reading each as a stream. A record that cannot be kept comes with
// Refused set; so does a file that is no page of NVD or breaks off, once, after the records before the break. The error
// is the context's.
func Records(ctx context.Context, files []string) iter.Seq2[intel.Incoming, error] {
	return func(yield func(intel.Incoming, error) bool) {
		stopped := errors.New("the caller has enough")
		for _, file := range files {
			err := readFile(file, func(in intel.Incoming) error {
				if err := ctx.Err(); err != nil {
					return err
				}
				if !yield(in, nil) {
					return stopped
				}
				return nil
			})
			switch {
			case errors.Is(err, stopped):
				return
			case ctx.Err() != nil:
				yield(intel.Incoming{}, ctx.Err())
				return
			case err != nil:
				if !yield(intel.Incoming{Path: file, Refused: err}, nil) {
					return
				}
			}
		}
	}
}

func readFile(path string, each func(intel.Incoming) error) (err error) {
	if strings.EqualFold(filepath.Ext(path), ".zip") {
		return readZip(path, each)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot be opened: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return readStream(path, f, each)
}

func readZip(path string, each func(intel.Incoming) error) (err error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("no zip archive, or cut off: %w", err)
	}
	defer func() { err = errors.Join(err, archive.Close()) }()
	for _, entry := range archive.File {
		if !strings.HasSuffix(strings.ToLower(entry.Name), ".json") {
			continue
		}
		in, err := entry.Open()
		if err != nil {
			return fmt.Errorf("%s cannot be unpacked: %w", entry.Name, err)
		}
		err = errors.Join(readStream(path+"!"+entry.Name, in, each), in.Close())
		if err != nil {
			return err
		}
	}
	return nil
}

// envelope is what a page says of itself. Files of a year have the same form.
type envelope struct {
	Total int       // records of the whole answer that the page is a part of
	Time  time.Time // when the service answered, by its own clock; zero: it does not say
}

// member reads one member of a page besides its records; one that is unknown or of another type says nothing.
func (e *envelope) member(name string, raw json.RawMessage) {
	switch name {
	case "totalResults":
		var n int
		if json.Unmarshal(raw, &n) == nil && n > 0 {
			e.Total = n
		}
	case "timestamp":
		var s string
		if json.Unmarshal(raw, &s) == nil {
			var p parser
			e.Time = p.time("/timestamp", s)
		}
	}
}

func readStream(path string, in io.Reader, each func(intel.Incoming) error) error {
	return readPage(path, in, &envelope{}, each)
}

// readPage finds the member "vulnerabilities" and reads its elements one by one.
func readPage(path string, in io.Reader, e *envelope, each func(intel.Incoming) error) error {
	buffered := bufio.NewReaderSize(in, 1<<16)
	var plain io.Reader = buffered
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return fmt.Errorf("no gzip file: %w", err)
		}
		plain = unpacked
	} else if mark, _ := buffered.Peek(3); string(mark) == "\xef\xbb\xbf" {
		if _, err := buffered.Discard(3); err != nil {
			return fmt.Errorf("cannot be read: %w", err)
		}
	}
	d := json.NewDecoder(&io.LimitedReader{R: plain, N: maxFile})
	if err := expect(d, json.Delim('{')); err != nil {
		return fmt.Errorf("no NVD page: %w", err)
	}
	found := false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("breaks off: %w", err)
		}
		if key != "vulnerabilities" {
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return fmt.Errorf("breaks off: %w", err)
			}
			if name, ok := key.(string); ok {
				e.member(name, skipped)
			}
			continue
		}
		found = true
		if err := readItems(path, d, each); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("breaks off: %w", err)
	}
	if !found {
		return errors.New("no NVD page: it has no member vulnerabilities")
	}
	return nil
}

func readItems(path string, d *json.Decoder, each func(intel.Incoming) error) error {
	if err := expect(d, json.Delim('[')); err != nil {
		return fmt.Errorf("no NVD page: vulnerabilities is no list: %w", err)
	}
	for i := 0; d.More(); i++ {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return fmt.Errorf("breaks off after %d records: %w", i, err)
		}
		advisory, warnings, err := Parse(raw)
		in := intel.Incoming{Path: fmt.Sprintf("%s#/vulnerabilities/%d", path, i), Advisory: advisory, Warnings: warnings, Refused: err}
		if err := each(in); err != nil {
			return err
		}
	}
	if err := expect(d, json.Delim(']')); err != nil {
		return fmt.Errorf("breaks off: %w", err)
	}
	return nil
}

func expect(d *json.Decoder, want json.Delim) error {
	got, err := d.Token()
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	if got != want {
		return fmt.Errorf("%v where %v was expected", got, want)
	}
	return nil
}
