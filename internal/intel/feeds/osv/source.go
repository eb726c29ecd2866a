package osv

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// limits bound what hostile archives can do.
type limits struct {
	record int64 // unpacked bytes of one record
	ratio  int64 // unpacked bytes of an archive, as a multiple of its size
	floor  int64 // what any archive may unpack to
}

// defaults leave room: the largest known record has some MB, and JSON packs about 1:10.
var defaults = limits{record: 16 << 20, ratio: 200, floor: 1 << 30}

// Source is an opened set of OSV records. It must be closed.
type Source struct {
	archives []*zip.ReadCloser
	tasks    []task
	entries  int
	limits   limits
}

// task is the files that share a name, and so most likely an id: the dumps hold a record once for each ecosystem that
// it names. Reading the copies together lets one of them win before the store sees any.
type task []file

// file is one record still to be read.
type file struct {
	path   string    // for people
	entry  *zip.File // nil: a plain file at path
	budget *atomic.Int64
	limit  int64
}

// Open finds the records below paths: zip dumps, folders (searched whole for *.json and *.zip) and single JSON files.
// A path that is missing, or a zip that is none, is an error before anything is read; it names every such path.
func Open(paths []string) (*Source, error) { return open(paths, defaults) }

func open(paths []string, bounds limits) (*Source, error) {
	s := &Source{limits: bounds}
	byName := map[string]int{}
	var faults []problem.Fault
	for _, p := range paths {
		if err := s.add(p, byName); err != nil {
			faults = append(faults, problem.Fault{Path: p, Code: "unreadable", Message: err.Error()})
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(problem.New(problem.Invalid, "advisories cannot be read").With(faults...), s.Close())
	}
	return s, nil
}

// Close releases the archives.
func (s *Source) Close() error {
	var all []error
	for _, a := range s.archives {
		all = append(all, a.Close())
	}
	s.archives = nil
	return errors.Join(all...)
}

// Len is the number of records to be read, copies counted.
func (s *Source) Len() int { return s.entries }

func (s *Source) add(p string, byName map[string]int) error {
	info, err := os.Stat(p)
	if err != nil {
		return errors.New("no such file or folder, or no permission to read it")
	}
	if !info.IsDir() {
		if strings.EqualFold(filepath.Ext(p), ".zip") {
			return s.addZip(p, info.Size(), byName)
		}
		s.addFile(file{path: p}, filepath.Base(p), byName)
		return nil
	}
	return filepath.WalkDir(p, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch strings.ToLower(filepath.Ext(p)) {
		case ".json":
			if d.Type().IsRegular() {
				s.addFile(file{path: p}, d.Name(), byName)
			}
		case ".zip":
			if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
				return s.addZip(p, info.Size(), byName)
			}
		}
		return nil
	})
}

func (s *Source) addZip(p string, size int64, byName map[string]int) error {
	archive, err := zip.OpenReader(p)
	if err != nil {
		return fmt.Errorf("%s is no zip archive, or it is cut off: %w", filepath.Base(p), err)
	}
	s.archives = append(s.archives, archive)
	budget := &atomic.Int64{}
	budget.Store(max(s.limits.floor, size*s.limits.ratio))
	for _, entry := range archive.File {
		if entry.FileInfo().IsDir() || !strings.EqualFold(path.Ext(entry.Name), ".json") {
			continue
		}
		s.addFile(file{path: p + "!" + entry.Name, entry: entry, budget: budget}, path.Base(entry.Name), byName)
	}
	return nil
}

func (s *Source) addFile(f file, name string, byName map[string]int) {
	f.limit = s.limits.record
	s.entries++
	if i, ok := byName[name]; ok {
		s.tasks[i] = append(s.tasks[i], f)
		return
	}
	byName[name] = len(s.tasks)
	s.tasks = append(s.tasks, task{f})
}

// read gives the bytes, never more than the bounds allow, whatever the archive declares.
func (f file) read() ([]byte, error) {
	var (
		in       io.ReadCloser
		declared int64
		err      error
	)
	if f.entry != nil {
		if f.budget.Load() <= 0 {
			return nil, errors.New("the archive unpacks to more than its size can honestly hold")
		}
		// What the entry declares may lie; it serves to refuse early and to make room.
		if f.entry.UncompressedSize64 > uint64(f.limit) {
			return nil, fmt.Errorf("larger than %d bytes", f.limit)
		}
		declared = int64(f.entry.UncompressedSize64)
		in, err = f.entry.Open()
	} else {
		in, err = os.Open(f.path)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot be opened: %w", err)
	}
	data := make([]byte, 0, declared+512)
	data, err = appendAll(data, io.LimitReader(in, f.limit+1))
	err = errors.Join(err, in.Close())
	if f.budget != nil {
		f.budget.Add(-int64(len(data)))
	}
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	if int64(len(data)) > f.limit {
		return nil, fmt.Errorf("larger than %d bytes", f.limit)
	}
	return data, nil
}

func appendAll(data []byte, in io.Reader) ([]byte, error) {
	for {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := in.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if errors.Is(err, io.EOF) {
			return data, nil
		}
		if err != nil {
			return data, err
		}
	}
}
