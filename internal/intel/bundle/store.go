package bundle

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// kev stores the catalogue. It replaces what is held, so one that is older stays out.
func (i *importer) kev(ctx context.Context, s *SectionReader) (intel.RunResult, error) {
	if i.older[s.Feed] {
		return intel.RunResult{}, nil
	}
	var c intel.KEVCatalogue
	for line, err := range s.Lines() {
		if err != nil {
			return intel.RunResult{}, err
		}
		e, err := readKEV(line)
		if err != nil {
			return intel.RunResult{}, err
		}
		c.Entries = append(c.Entries, e)
	}
	return i.store.ImportKEVBy(ctx, intel.TriggerBundle, c)
}

// epss stores a day's scores. They replace what is held, so an older day stays out.
func (i *importer) epss(ctx context.Context, s *SectionReader) (intel.RunResult, error) {
	if i.older[s.Feed] {
		return intel.RunResult{}, nil
	}
	var meta epssMeta
	if len(s.Meta) > 0 {
		if err := json.Unmarshal(s.Meta, &meta); err != nil {
			return intel.RunResult{}, err
		}
	}
	rows := func(yield func(intel.EPSSRow, error) bool) {
		n := 0
		for line, err := range s.Lines() {
			row := intel.EPSSRow{Line: n + 1}
			if err == nil {
				row.Score, err = readEPSS(line)
			}
			if n++; !yield(row, err) || err != nil {
				return
			}
		}
	}
	return i.store.ImportEPSSBy(ctx, intel.TriggerBundle, intel.EPSSHeader(meta), rows)
}

// advisories stores a feed's records, and withdraws those that the bundle no longer holds.
func (i *importer) advisories(ctx context.Context, s *SectionReader) (intel.RunResult, error) {
	ids := make([]string, 0, s.Records)
	records := func(yield func(intel.Incoming, error) bool) {
		n := 0
		for line, err := range s.Lines() {
			n++
			in := intel.Incoming{Path: fmt.Sprintf("record %d", n)}
			if err == nil {
				in.Advisory, err = readAdvisory(line, s.Feed)
			}
			if err == nil {
				in.Path, ids = in.Advisory.ID, append(ids, in.Advisory.ID)
			}
			if !yield(in, err) || err != nil {
				return
			}
		}
	}
	held := func() *intel.HeldRecords {
		if i.older[s.Feed] {
			return nil
		}
		return &intel.HeldRecords{IDs: ids}
	}
	progress := func(p intel.Progress) {
		if i.options.Progress != nil {
			i.options.Progress(s.Feed, s.Records, p)
		}
	}
	return storeAdvisories(ctx, i.store, s.Feed, records, held, progress)
}

// storeAdvisories is the one place where records of a bundle go into the store. held is asked after the last of them and
// lists the feed's records whole, so that others can be withdrawn; nil: they are not.
func storeAdvisories(ctx context.Context, store *intel.Store, feed string, records iter.Seq2[intel.Incoming, error],
	held func() *intel.HeldRecords, progress func(intel.Progress)) (intel.RunResult, error) {
	return store.ImportAdvisories(ctx, feed, intel.TriggerBundle, records, progress)
}
