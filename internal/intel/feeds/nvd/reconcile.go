package nvd

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// reconcile brings one year's records right, the next year's with the next call: it reads the year's file and what
// changed since that was written, and states which records there are. Nothing is wiped before.
//
// Without files there is no list of a year's records to be had: a year of publication is another thing than the year in
// an id. Then the whole listing is read again, a stretch with each call, which brings back what was missed; what is gone
// is not seen, but NVD rejects records and does not delete them.
func (p *poll) reconcile() error {
	c := &p.cursor
	if p.settings.FilesURL == without {
		return p.relist()
	}
	year := c.Year
	if year < p.settings.FirstYear || year > p.now.Year() {
		year = p.settings.FirstYear
	}
	f, err := p.file(year)
	if err == nil && p.now.Sub(f.built) > span {
		err = errors.Join(problem.New(problem.Unavailable,
			"%s was written on %s and is too old to say which records NVD has; is the mirror still kept?", f.name, f.built.Format(time.DateOnly)), f.Close())
	}
	if err != nil {
		// The other years are not held up by the file of one.
		c.Year = year + 1
		if failed := p.emit(intel.Step{}); failed != nil {
			return failed
		}
		return err
	}
	return errors.Join(p.hold(f, year), f.Close())
}

// hold reads what changed since the file was written, then what of the file is not among that, and says what there is.
func (p *poll) hold(f *yearFile, year int) error {
	held := map[string]map[string]bool{} // by year of the id
	note := func(in intel.Incoming) string {
		if in.Refused != nil {
			return ""
		}
		id := in.Advisory.ID
		of, _, _ := strings.Cut(strings.TrimPrefix(id, "CVE-"), "-")
		if held[of] == nil {
			held[of] = map[string]bool{}
		}
		held[of][id] = true
		return id
	}
	fresh := map[string]bool{}
	p.each = func(in intel.Incoming) { fresh[note(in)] = true }
	done, err := p.walk(p.window(f.built.Add(-p.settings.Overlap)), func() {}, int64(p.settings.PerPoll))
	p.each = nil
	if err != nil || !done {
		return err // too much to be told for now; the year's turn comes again
	}
	var batch []intel.Incoming
	flush := func() error {
		p.done += int64(len(batch))
		full := batch
		batch = nil
		return p.emit(intel.Step{Advisories: full})
	}
	refused := false
	p.total = 0
	err = f.read(func(in intel.Incoming) error {
		refused = refused || in.Refused != nil
		if id := note(in); id != "" && fresh[id] {
			return nil // held in a newer state than the file's
		}
		batch = append(batch, in)
		if len(batch) == p.batch {
			return flush()
		}
		return nil
	})
	if err == nil && len(batch) > 0 {
		err = flush()
	}
	if err != nil {
		return err
	}
	p.cursor.Year = year + 1
	name := f.name[len("nvdcve-2.0-"):][:4]
	for _, of := range slices.Sorted(maps.Keys(held)) {
		// The first file holds the years before, too. A record that cannot be read leaves its year's list open.
		if refused || of != name && (year != p.settings.FirstYear || of > name) {
			continue
		}
		if err := p.emit(intel.Step{Held: &intel.HeldRecords{Part: of, IDs: slices.Sorted(maps.Keys(held[of]))}}); err != nil {
			return err
		}
	}
	return p.emit(intel.Step{})
}

// relist reads on in the whole listing.
func (p *poll) relist() error {
	if p.cursor.Relist == nil {
		p.cursor.Relist = &window{}
	}
	_, err := p.walk(p.cursor.Relist, func() { p.cursor.Relist = nil }, int64(p.settings.PerPoll))
	return err
}
