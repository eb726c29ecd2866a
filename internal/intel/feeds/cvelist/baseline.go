package cvelist

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// baselineCursor is how far an archive of all records was read. It goes on only in the very same archive.
type baselineCursor struct {
	Date     string `json:"date"`
	ETag     string `json:"etag"`
	Position int    `json:"position"`
}

// baseline reads the archive of all records as they were at midnight. What changed since is the log's business.
func (p *poll) baseline() (err error) {
	date, file, err := p.midnight()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	entries, unpacked, err := p.inner(file)
	if err != nil {
		return err
	}
	if unpacked != nil {
		defer func() { err = errors.Join(err, unpacked.Close()) }()
	}
	at := baselineCursor{Date: date, ETag: file.ETag}
	if b := p.cursor.Baseline; b != nil && b.Date == date && b.ETag == at.ETag && at.ETag != "" {
		at.Position = min(b.Position, len(entries))
	}
	p.total = int64(len(entries) - at.Position)
	held := &intel.HeldRecords{}
	for _, e := range entries {
		held.IDs = append(held.IDs, idOf(e))
	}
	for at.Position < len(entries) {
		var step intel.Step
		for size := 0; at.Position < len(entries) && len(step.Advisories) < p.config.Step && size < stepBytes; at.Position++ {
			e := entries[at.Position]
			data, err := unpack(e, p.bounds.record)
			if err != nil {
				step.Advisories = append(step.Advisories, intel.Incoming{Path: e.Name, Refused: err})
				continue
			}
			size += len(data)
			add(&step, e.Name, data)
		}
		if at.Position < len(entries) {
			part := at
			p.cursor.Baseline = &part
		} else {
			through, err := time.Parse(time.DateOnly, date)
			if err != nil {
				return fmt.Errorf("read the date of an archive: %w", err)
			}
			p.cursor = cursor{Through: through}
			step.Held = held
		}
		if err := p.step(step); err != nil {
			return err
		}
	}
	return nil
}

// midnight downloads the archive of today, or of yesterday where today's is not out yet. The archive of a load that was
// begun is preferred.
func (p *poll) midnight() (date string, file *fetch.File, err error) {
	today := p.now().UTC()
	dates := []string{today.Format(time.DateOnly), today.AddDate(0, 0, -1).Format(time.DateOnly)}
	if b := p.cursor.Baseline; b != nil {
		dates = append([]string{b.Date}, dates...)
	}
	for _, date = range dates {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			continue
		}
		for _, end := range []string{".zip.zip", ".zip"} {
			file, err = p.fetch.Download(p.ctx, fetch.Request{
				URL:  p.config.Releases + "/cve_" + date + "_0000Z/" + date + "_all_CVEs_at_midnight" + end,
				Want: fetch.Zip, MaxBody: maxArchive,
			})
			if !problem.Is(err, problem.NotFound) {
				return date, file, err
			}
		}
	}
	return "", nil, problem.Wrap(problem.NotFound, err,
		"The CVE List has no archive of all records of today or yesterday (404). Check the setting of its releases' address, or switch the load of the whole list off.")
}

// inner lists the records of an archive, or of the archive within it. The second, where there is one, must be closed.
func (p *poll) inner(file *fetch.File) (entries []*zip.File, unpacked *os.File, err error) {
	broken := func(err error) error {
		return problem.Wrap(problem.Malformed, err, "The CVE List's archive of all records is no zip archive, is cut off or holds no record; it is fetched again with the next poll.")
	}
	outer, err := zip.NewReader(file, file.Size)
	if err != nil {
		return nil, nil, broken(err)
	}
	within := outer
	for _, f := range outer.File {
		if !strings.EqualFold(path.Ext(f.Name), ".zip") {
			continue
		}
		if unpacked, err = p.spool(f); err != nil {
			return nil, nil, broken(err)
		}
		info, err := unpacked.Stat()
		if err == nil {
			within, err = zip.NewReader(unpacked, info.Size())
		}
		if err != nil {
			return nil, nil, broken(errors.Join(err, unpacked.Close()))
		}
		break
	}
	for _, f := range within.File {
		if intel.IsCVE(idOf(f)) {
			entries = append(entries, f)
		}
	}
	if len(entries) == 0 {
		if unpacked != nil {
			err = unpacked.Close()
		}
		return nil, nil, broken(cmp.Or(err, errors.New("no record")))
	}
	return entries, unpacked, nil
}

func idOf(f *zip.File) string { return strings.TrimSuffix(path.Base(f.Name), ".json") }

// spool unpacks an entry to a file without a name, which goes with the process however that ends.
func (p *poll) spool(entry *zip.File) (_ *os.File, err error) {
	out, err := os.CreateTemp("", "threatwerk-*")
	if err != nil {
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close())
		}
	}()
	if err := os.Remove(out.Name()); err != nil {
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	in, err := entry.Open()
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", entry.Name, err)
	}
	_, err = io.Copy(out, fetch.Limit(in, p.bounds.archive))
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, fmt.Errorf("unpack %s: %w", entry.Name, err)
	}
	return out, nil
}
