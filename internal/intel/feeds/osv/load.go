package osv

import (
	"archive/zip"
	"errors"
	"path"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

const (
	// maxArchive bounds a download; the archive of everything has a gigabyte.
	maxArchive = 2 << 30
	// stepBytes bounds what the records of one step unpack to.
	stepBytes = 16 << 20
	// archiveTries is how often an archive is fetched that arrives whole and cannot be opened.
	archiveTries = 3
)

// load reads the archive of an ecosystem: all of it, or the records with these ids. What was read of the same archive
// before is not read again. Once all is handed out the ecosystem's state is next, with the latest modification seen; to
// compare, the ids of the archive follow as what OSV holds.
func (p *poll) load(name string, ids []string, next state, compare bool) (err error) {
	file, archive, err := p.archive(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	entries := records(archive)
	if len(entries) == 0 {
		return problem.New(problem.Malformed, "OSV's archive of %s holds no record, which is not believed; it is fetched again with the next poll", name)
	}
	at := load{Ecosystem: name, ETag: file.ETag, Whole: ids == nil, Compare: compare}
	if l := p.cursor.Load; l != nil && l.Ecosystem == name && l.ETag == at.ETag && at.ETag != "" && l.Whole == at.Whole &&
		l.Compare == compare {
		at.Position, at.Newest = min(l.Position, len(entries)), l.Newest
	}
	// A poll that was cut off before the comparison has nothing left to read: each step must bring it on.
	if at.Position < len(entries) || !compare {
		if err := p.read(p.reader(name, file, entries, ids), &at, next); err != nil {
			return err
		}
	}
	if !compare {
		return nil
	}
	held := &intel.HeldRecords{Part: name, IDs: make([]string, 0, len(entries))}
	for _, e := range entries {
		held.IDs = append(held.IDs, foldID(idOf(e)))
	}
	p.finish(name, next, at.Newest)
	p.cursor.Reconciled = name
	return p.step(intel.Step{Held: held})
}

// read hands out what is left of an archive. Nothing but a comparison comes after its last step.
func (p *poll) read(r *reader, at *load, next state) error {
	for chunk := range r.chunks(at.Position) {
		if chunk.err != nil {
			return chunk.err
		}
		at.Position, at.Newest = chunk.position, later(at.Newest, chunk.newest)
		p.cursor.Load = at
		if chunk.position == len(r.entries) && !at.Compare {
			p.finish(r.name, next, at.Newest)
		}
		if err := p.step(intel.Step{Advisories: chunk.records}); err != nil {
			return err
		}
	}
	return nil
}

// finish notes that all of an archive was handed out.
func (p *poll) finish(name string, next state, newest time.Time) {
	// What the last poll knew stays known: an archive behind a slow mirror does not turn the watermark back.
	next.Watermark = later(p.cursor.Ecosystems[name].Watermark, p.sure(newest))
	p.cursor.Ecosystems[name], p.cursor.Load = next, nil
}

// archive downloads all.zip and opens it.
func (p *poll) archive(name string) (*fetch.File, *zip.Reader, error) {
	var last error
	for range archiveTries {
		file, err := p.fetch.Download(p.ctx, fetch.Request{URL: p.address(name, "all.zip"), Want: fetch.Zip, MaxBody: maxArchive})
		if err != nil {
			return nil, nil, err
		}
		archive, err := zip.NewReader(file, file.Size)
		if err == nil {
			return file, archive, nil
		}
		last = errors.Join(err, file.Close())
	}
	return nil, nil, problem.Wrap(problem.Malformed, last,
		"OSV's archive of %s is no zip archive or is cut off, %d times in a row; it is fetched again with the next poll", name, archiveTries)
}

func records(archive *zip.Reader) []*zip.File {
	out := make([]*zip.File, 0, len(archive.File))
	for _, f := range archive.File {
		if !f.FileInfo().IsDir() && strings.EqualFold(path.Ext(f.Name), ".json") {
			out = append(out, f)
		}
	}
	return out
}

func idOf(f *zip.File) string {
	base := path.Base(f.Name)
	return base[:len(base)-len(".json")]
}

// chunk is what one step brings, read up to a position in the archive.
type chunk struct {
	records  []intel.Incoming
	position int
	newest   time.Time
	err      error
}

type reader struct {
	name    string
	entries []*zip.File
	wanted  map[string]bool // nil: all
	budget  *atomic.Int64
	bounds  limits
	most    int
}

func (p *poll) reader(name string, file *fetch.File, entries []*zip.File, ids []string) *reader {
	r := &reader{name: name, entries: entries, budget: &atomic.Int64{}, bounds: p.bounds, most: p.config.Step}
	r.budget.Store(max(p.bounds.floor, file.Size*p.bounds.ratio))
	if ids != nil {
		r.wanted = make(map[string]bool, len(ids))
		for _, id := range ids {
			r.wanted[id] = true
		}
	}
	return r
}

// chunks yields the entries from a position on, always in the archive's order and cut at the same places. One chunk is
// read ahead while the caller stores the one before.
func (r *reader) chunks(from int) func(yield func(chunk) bool) {
	return func(yield func(chunk) bool) {
		ahead := make(chan chunk, 1)
		fill := func(from int) { ahead <- r.chunk(from) }
		go fill(from)
		for {
			now := <-ahead
			last := now.err != nil || now.position == len(r.entries)
			if !last {
				go fill(now.position)
			}
			if !yield(now) {
				if !last {
					<-ahead // the file must not be closed under a reader
				}
				return
			}
			if last {
				return
			}
		}
	}
}

func (r *reader) chunk(from int) chunk {
	out := chunk{position: from}
	var todo []file
	var size int64
	for ; out.position < len(r.entries) && len(todo) < r.most && size < stepBytes; out.position++ {
		e := r.entries[out.position]
		if r.wanted != nil && !r.wanted[idOf(e)] {
			continue
		}
		todo = append(todo, file{path: r.name + "/all.zip!" + e.Name, entry: e, budget: r.budget, limit: r.bounds.record})
		size += int64(min(e.UncompressedSize64, uint64(r.bounds.record)))
	}
	out.records = make([]intel.Incoming, len(todo))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(todo)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(todo); i = int(next.Add(1)) - 1 {
				out.records[i] = todo[i].parse()
			}
		})
	}
	workers.Wait()
	if r.budget.Load() <= 0 && out.position < len(r.entries) {
		return chunk{err: problem.New(problem.Malformed,
			"OSV's archive of %s unpacks to more than an archive of its size can honestly hold; the rest of it is not read", r.name)}
	}
	for _, in := range out.records {
		out.newest = later(out.newest, in.Advisory.Modified)
	}
	return out
}
