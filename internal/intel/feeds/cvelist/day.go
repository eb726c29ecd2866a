package cvelist

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

const (
	// singlesAStep bounds the records of a step that were fetched one by one, so that people see something happen.
	singlesAStep = 100
	// singleTries is how often a record is fetched that arrives and is no JSON.
	singleTries = 3
	// maxArchive bounds a download.
	maxArchive = 4 << 30
	// stepBytes bounds what the records of one step unpack to.
	stepBytes = 16 << 20
)

// left lists what of a day was not handed out yet.
func (p *poll) left(d day) []string {
	c := p.cursor.Day
	if c == nil || c.Day != d.name {
		return d.ids
	}
	var out []string
	for _, id := range d.ids {
		// What was logged after the part that was handed out was not in it, whatever its id.
		if id > c.After || d.logged[id].After(c.Through) {
			out = append(out, id)
		}
	}
	return out
}

// day hands out a day's changes in the order of their ids: from the day's archive where they are many and the day is
// over, else one by one.
func (p *poll) day(d day) (err error) {
	ids := p.left(d)
	packed := &archive{}
	if len(ids) > p.config.Single && d.name < p.now().UTC().Format(time.DateOnly) {
		if packed, err = p.dayArchive(d.name); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, packed.close()) }()
	}
	var step intel.Step
	var size, singles int
	// A part that was handed out before goes on being known until the day is done: its ids and these may interleave.
	through := d.through
	if c := p.cursor.Day; c != nil && c.Day == d.name {
		through = c.Through
	}
	for i, id := range ids {
		data, err := packed.read(id, p.bounds.record)
		switch {
		case err != nil:
			step.Advisories = append(step.Advisories, intel.Incoming{Path: d.name + ".zip!" + id, Refused: err})
		case data != nil:
			add(&step, d.name+".zip!"+id, data)
		case p.singles >= p.config.Most:
			// The next poll goes on from here.
			if err := p.part(step, d, through, ids, i); err != nil {
				return err
			}
			return errStopped
		default:
			if err := p.single(&step, id); err != nil {
				return err
			}
			singles++
			p.singles++
		}
		size += len(data)
		if i+1 < len(ids) && (len(step.Advisories) >= p.config.Step || singles >= singlesAStep || size >= stepBytes) {
			if err := p.part(step, d, through, ids, i+1); err != nil {
				return err
			}
			step, size, singles = intel.Step{}, 0, 0
		}
	}
	p.cursor.Through, p.cursor.Since, p.cursor.Day = later(p.cursor.Through, d.through), later(p.cursor.Since, d.through), nil
	return p.step(step)
}

// part hands out a part of a day, up to before the nth id.
func (p *poll) part(s intel.Step, d day, through time.Time, ids []string, n int) error {
	if n > 0 {
		c := dayCursor{Day: d.name, Through: through, After: ids[n-1]}
		if known := p.cursor.Day; known == nil || known.Day != d.name || known.After < c.After {
			p.cursor.Day = &c
		}
	}
	return p.step(s)
}

// single fetches one record. One that is logged and not there, or broken time and again, is refused alone.
func (p *poll) single(s *intel.Step, id string) error {
	name := pathOf(id)
	for range singleTries {
		answer, err := p.fetch.Get(p.ctx, fetch.Request{URL: p.config.URL + "/" + name, Want: fetch.JSON, MaxBody: p.bounds.record})
		if problem.Is(err, problem.NotFound) {
			s.Advisories = append(s.Advisories, intel.Incoming{Path: name, Refused: fmt.Errorf("logged as changed and not there: %w", err)})
			return nil
		}
		if err != nil {
			return err
		}
		if json.Valid(bytes.TrimPrefix(answer.Body, []byte("\xef\xbb\xbf"))) {
			add(s, name, answer.Body)
			return nil
		}
	}
	s.Advisories = append(s.Advisories, intel.Incoming{Path: name, Refused: fmt.Errorf("no JSON, or cut off, %d times in a row", singleTries)})
	return nil
}

// pathOf is where the repository keeps a record: "cves/2026/1xxx/CVE-2026-1731.json".
func pathOf(id string) string {
	year, number, _ := strings.Cut(strings.TrimPrefix(id, "CVE-"), "-")
	return "cves/" + year + "/" + number[:len(number)-3] + "xxx/" + id + ".json"
}

// archive is records in a zip file; the zero value has none.
type archive struct {
	file    *fetch.File
	entries map[string]*zip.File
}

// dayArchive fetches the records that changed on a day that is over. A day without an archive, or with one that cannot
// be read, has an empty one: then all is fetched one by one.
func (p *poll) dayArchive(name string) (*archive, error) {
	file, err := p.fetch.Download(p.ctx, fetch.Request{
		URL:  p.config.Releases + "/cve_" + name + "_at_end_of_day/" + name + "_delta_CVEs_at_end_of_day.zip",
		Want: fetch.Zip, MaxBody: maxArchive,
	})
	if problem.Is(err, problem.NotFound) {
		return &archive{}, nil
	}
	if err != nil {
		return nil, err
	}
	opened, err := zip.NewReader(file, file.Size)
	if err != nil {
		return &archive{}, file.Close()
	}
	out := &archive{file: file, entries: map[string]*zip.File{}}
	for _, f := range opened.File {
		if id, found := strings.CutSuffix(path.Base(f.Name), ".json"); found && intel.IsCVE(id) {
			out.entries[id] = f
		}
	}
	return out, nil
}

// read gives a record; nil where the archive has none.
func (a *archive) read(id string, most int64) ([]byte, error) {
	entry, ok := a.entries[id]
	if !ok {
		return nil, nil
	}
	return unpack(entry, most)
}

func (a *archive) close() error {
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}

// unpack gives the bytes of an entry, whatever the archive declares.
func unpack(entry *zip.File, most int64) (data []byte, err error) {
	in, err := entry.Open()
	if err != nil {
		return nil, fmt.Errorf("cannot be unpacked: %w", err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if data, err = io.ReadAll(fetch.Limit(in, most)); err != nil {
		return nil, fmt.Errorf("cannot be unpacked: %w", err)
	}
	return data, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
