package bundle

import (
	"context"
	"encoding/json"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// kev stores the catalogue. It replaces what is held, so one that is older stays out.
func (i *importer) kev(ctx context.Context, s *SectionReader) (intel.RunResult, error) {
	if i.older[s.Title()] {
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
	return i.run(ctx, s, func(_ *intel.Poll, store func(intel.Step) error) error { return store(intel.Step{KEV: &c}) })
}

// epss stores a day's scores. They replace what is held, so an older day stays out.
func (i *importer) epss(ctx context.Context, s *SectionReader) (intel.RunResult, error) {
	if i.older[s.Title()] {
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
	return i.run(ctx, s, func(_ *intel.Poll, store func(intel.Step) error) error {
		return store(intel.Step{EPSS: &intel.EPSSDay{Header: intel.EPSSHeader(meta), Rows: rows}})
	})
}

// stepRecords and stepBytes bound a step: what is held in memory beside the one that is being stored.
const (
	stepRecords = 1000
	stepBytes   = 8 << 20
)

// advisories stores a feed's records, and withdraws those that the bundle no longer holds, as a reconcile does and with
// its guard. An older bundle withdraws nothing.
func (i *importer) advisories(ctx context.Context, s *SectionReader) (intel.RunResult, error) {
	return i.run(ctx, s, func(_ *intel.Poll, store func(intel.Step) error) error {
		held := &intel.HeldRecords{IDs: make([]string, 0, s.Records)}
		// Reading runs beside the database's work, one step ahead.
		steps := make(chan []intel.Incoming, 1)
		work, workCtx := errgroup.WithContext(ctx)
		work.Go(func() error {
			defer close(steps)
			for step, err := range stepsOf(s, held) {
				if err != nil {
					return err
				}
				select {
				case steps <- step:
				case <-workCtx.Done():
					return workCtx.Err()
				}
			}
			return nil
		})
		work.Go(func() error {
			done := int64(0)
			for step := range steps {
				done += int64(len(step))
				if err := store(intel.Step{Advisories: step, Done: done, Total: s.Records}); err != nil {
					return err
				}
			}
			return nil
		})
		if err := work.Wait(); err != nil || i.older[s.Title()] {
			return err
		}
		return store(intel.Step{Held: held, Done: s.Records, Total: s.Records})
	})
}

// stepsOf cuts a section into steps, and notes every id.
func stepsOf(s *SectionReader, held *intel.HeldRecords) iter.Seq2[[]intel.Incoming, error] {
	return func(yield func([]intel.Incoming, error) bool) {
		var step []intel.Incoming
		size := 0
		for line, err := range s.Lines() {
			var a intel.Advisory
			if err == nil {
				a, err = readAdvisory(line, s.Feed)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			held.IDs = append(held.IDs, a.ID)
			step, size = append(step, intel.Incoming{Path: a.ID, Advisory: a}), size+len(line)
			if len(step) == stepRecords || size >= stepBytes {
				if !yield(step, nil) {
					return
				}
				step, size = nil, 0
			}
		}
		if len(step) > 0 {
			yield(step, nil)
		}
	}
}

// run is the one place where what a bundle holds goes into the store: as a run of the feed, step by step.
func (i *importer) run(ctx context.Context, s *SectionReader, do func(p *intel.Poll, store func(intel.Step) error) error) (intel.RunResult, error) {
	p, err := i.store.BeginPoll(ctx, s.Feed, intel.TriggerBundle, i.options.AcceptWithdrawals)
	if err != nil {
		return intel.RunResult{}, err
	}
	cause := do(p, func(step intel.Step) error {
		step.Newest = s.Newest
		if err := i.store.StoreStep(ctx, p, step); err != nil {
			return err
		}
		if i.options.Progress != nil && len(step.Advisories)+len(step.Reports)+len(step.Assessments) > 0 {
			i.options.Progress(s.Feed, s.Records, p.Progress())
		}
		return nil
	})
	return i.store.EndPoll(ctx, p, cause)
}
