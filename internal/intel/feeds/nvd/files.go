package nvd

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// without, as Settings.FilesURL, says that there are no yearly files.
const without = "none/"

// load brings the first state in: from the yearly files, which are less fragile than 200 pages in a row, or where they
// cannot be had from the API.
func (p *poll) load() error {
	if p.cursor.Load == nil && p.settings.FilesURL != without {
		err := p.loadFiles()
		var bad *fileError
		if !errors.As(err, &bad) {
			return err
		}
		// The run's record says why the files were not enough; what they brought stays, and the API brings it again.
		p.cursor.Files, p.cursor.Load = nil, &window{}
		p.done, p.total = 0, 0
		if err := p.emit(intel.Step{Advisories: []intel.Incoming{{Path: p.settings.FilesURL, Refused: bad}}}); err != nil {
			return err
		}
	}
	w := p.cursor.Load
	if w == nil {
		w = &window{}
		p.cursor.Load = w
	}
	_, err := p.walk(w, func() {
		if !w.Newest.IsZero() {
			// What changed while the pages were read may have stood on one that was read before.
			p.cursor.Watermark, p.cursor.Load = earlier(w.Began, w.Newest), nil
		}
	}, math.MaxInt64)
	if err == nil && p.cursor.Load != nil {
		p.cursor.Load = nil
		return problem.New(problem.Unavailable, "NVD says that it holds no record at all. That is not believed; it is asked again at the next poll.")
	}
	return err
}

// fileError says that the yearly files cannot be used.
type fileError struct {
	file string
	err  error
}

func (e *fileError) Error() string {
	return fmt.Sprintf("the yearly file %s cannot be used, so the API is read in its place: %v", e.file, e.err)
}

func (e *fileError) Unwrap() error { return e.err }

// staleness bounds how far the age of one file sets the watermark back: NVD writes all files every day, but a mirror may
// keep those of old years as long as they do not change.
const staleness = 30 * 24 * time.Hour

// loadFiles reads the files of all years from where the cursor stands.
func (p *poll) loadFiles() error {
	at := p.cursor.Files
	if at == nil {
		at = &filesCursor{Year: p.settings.FirstYear}
		p.cursor.Files = at
	}
	p.total = max(0, int64(p.holds-at.Stored-at.Done))
	this := p.settings.Fetch.Now
	if this == nil {
		this = time.Now
	}
	now := p.now
	if now.IsZero() {
		now = this() // good enough to name a year by
	}
	for last := now.Year(); at.Year <= last; {
		f, err := p.file(at.Year)
		switch {
		case fetch.FailureOf(err) != nil && fetch.FailureOf(err).Status == 404 && at.Year == last:
			at.Year++ // written for the first time some day in January
			continue
		case err != nil:
			return err
		}
		if at.Built.IsZero() || f.built.Before(at.Built) {
			at.Built = f.built
		}
		err = errors.Join(p.steps(f, at, at.Year == last), f.Close())
		if err != nil {
			return err
		}
	}
	// Reached where the last file is missing, or held nothing beyond what was stored of it.
	if p.cursor.Watermark.IsZero() {
		if at.Built.IsZero() {
			return &fileError{"of every year", errors.New("there are none")}
		}
		p.loaded(at)
		return p.emit(intel.Step{})
	}
	return nil
}

// loaded ends the first load. The files are current to when the oldest of them was written; and the watermark is a
// change that is held, so that the next poll finds it again.
func (p *poll) loaded(at *filesCursor) {
	p.cursor.Watermark, p.cursor.Files = later(at.Built, at.Youngest.Add(-staleness)), nil
	if !at.Newest.IsZero() {
		p.cursor.Watermark = earlier(p.cursor.Watermark, at.Newest)
	}
}

// steps yields a file's records beyond those that the cursor says are stored.
func (p *poll) steps(f *yearFile, at *filesCursor, last bool) error {
	at.Youngest = later(at.Youngest, f.built)
	if at.SHA256 != f.sha256 {
		at.SHA256, at.Done = f.sha256, 0
	}
	skip := at.Done
	var batch []intel.Incoming
	flush := func() error {
		at.Done += len(batch)
		p.done += int64(len(batch))
		full := batch
		batch = nil
		return p.emit(intel.Step{Advisories: full})
	}
	err := f.read(func(in intel.Incoming) error {
		if skip > 0 {
			skip--
			return nil
		}
		if len(batch) == p.batch {
			if err := flush(); err != nil {
				return err
			}
		}
		batch = append(batch, in)
		at.Newest = later(at.Newest, in.Advisory.Modified)
		return nil
	})
	if err != nil {
		return err
	}
	// The last step of a file moves on to the next, and that of the last file ends the load.
	n := len(batch)
	p.done += int64(n)
	at.Year, at.Stored, at.Done, at.SHA256 = at.Year+1, at.Stored+at.Done+n, 0, ""
	if last {
		p.loaded(at)
	}
	return p.emit(intel.Step{Advisories: batch})
}

// yearFile is a yearly file that is what its .meta file says.
type yearFile struct {
	*fetch.File
	name   string
	sha256 string
	built  time.Time
}

// maxGzip bounds a yearly file as it is sent; the largest has some 30 MB.
const maxGzip = 512 << 20

// file fetches a year's file and proves it against its .meta. The two are written one after the other, so a
// contradiction is given another chance.
func (p *poll) file(year int) (*yearFile, error) {
	name := fmt.Sprintf("nvdcve-2.0-%d.json.gz", year)
	var all error
	for range 2 {
		f, err := p.fetchFile(name)
		if err == nil {
			return f, nil
		}
		if p.ctx.Err() != nil {
			return nil, p.ctx.Err()
		}
		all = &fileError{name, err}
		if fetch.FailureOf(err) != nil {
			break // tried often enough by the client
		}
	}
	return nil, all
}

func (p *poll) fetchFile(name string) (_ *yearFile, err error) {
	stated, err := p.meta(name)
	if err != nil {
		return nil, err
	}
	f, err := p.files.Download(p.ctx, fetch.Request{URL: p.settings.FilesURL + name, Want: fetch.Gzip, MaxBody: maxGzip})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	sums, written, err := weigh(f.File)
	if err != nil {
		return nil, err
	}
	if stated.sha256 != sums[0] && stated.sha256 != sums[1] {
		return nil, fmt.Errorf("its SHA-256 is %s, and its .meta says %s", sums[0], stated.sha256)
	}
	if written.IsZero() {
		written = stated.modified
	}
	if written.IsZero() {
		return nil, errors.New("neither it nor its .meta says when it was written")
	}
	return &yearFile{File: f, name: name, sha256: sums[0], built: written}, nil
}

// weigh gives the SHA-256 of a file's content (and of the packed file, which some mirrors state) and the time within it.
func weigh(f io.ReadSeeker) (sums [2]string, written time.Time, err error) {
	content, packed := sha256.New(), sha256.New()
	in, err := gzip.NewReader(bufio.NewReaderSize(io.TeeReader(f, packed), 1<<16))
	if err != nil {
		return sums, written, fmt.Errorf("no gzip file: %w", err)
	}
	plain := bufio.NewReaderSize(fetch.Limit(in, maxFile), 1<<16)
	start, err := plain.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return sums, written, fmt.Errorf("cannot be unpacked: %w", err)
	}
	written = timestampIn(start)
	if _, err := io.Copy(content, plain); err != nil {
		return sums, written, fmt.Errorf("cannot be unpacked: %w", err)
	}
	if _, err := io.Copy(io.Discard, io.TeeReader(f, packed)); err != nil {
		return sums, written, fmt.Errorf("cannot be read: %w", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return sums, written, fmt.Errorf("cannot be read: %w", err)
	}
	return [2]string{hex.EncodeToString(content.Sum(nil)), hex.EncodeToString(packed.Sum(nil))}, written, nil
}

// timestampIn finds the member "timestamp" before the records.
func timestampIn(start []byte) time.Time {
	start, _, _ = bytes.Cut(start, []byte(`"vulnerabilities"`))
	_, rest, found := bytes.Cut(start, []byte(`"timestamp"`))
	parts := bytes.SplitN(rest, []byte(`"`), 3)
	if !found || len(parts) < 3 {
		return time.Time{}
	}
	var p parser
	return p.time("/timestamp", string(parts[1]))
}

// read yields the file's records.
func (f *yearFile) read(each func(intel.Incoming) error) error {
	in, err := gzip.NewReader(bufio.NewReaderSize(f.File.File, 1<<16))
	if err != nil {
		return &fileError{f.name, err}
	}
	var failed error // of each, which says nothing against the file
	err = readPage(f.name, in, &envelope{}, func(one intel.Incoming) error {
		failed = each(one)
		return failed
	})
	if err != nil && failed == nil {
		return &fileError{f.name, err}
	}
	return err
}

// meta is what a .meta file states: lines of "name:value".
type meta struct {
	modified time.Time
	sha256   string // of the unpacked content, lower case
}

func (p *poll) meta(name string) (meta, error) {
	answer, err := p.files.Get(p.ctx, fetch.Request{
		URL: p.settings.FilesURL + strings.TrimSuffix(name, ".json.gz") + ".meta", Want: fetch.Text, MaxBody: 1 << 16})
	if err != nil {
		return meta{}, err
	}
	var m meta
	for line := range strings.Lines(string(answer.Body)) {
		field, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch field {
		case "sha256":
			m.sha256 = strings.ToLower(value)
		case "lastModifiedDate":
			var p parser
			m.modified = p.time("", value)
		}
	}
	if len(m.sha256) != 2*sha256.Size {
		return meta{}, errors.New("its .meta states no SHA-256")
	}
	return m, nil
}
