package osv

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// singlesAStep bounds the records of a step that were fetched one by one, so that people see something happen.
const singlesAStep = 100

// singlesAtOnce is how many records are fetched side by side; the budget bounds them all.
const singlesAtOnce = 4

// update fetches what the list of changes names: record by record, or with the archive where it is much.
func (p *poll) update(name string, known state) error {
	list, answer, err := p.changes(name, known)
	if err != nil {
		return err
	}
	if answer.NotModified {
		return nil
	}
	next := state{Watermark: known.Watermark, ETag: answer.ETag, LastModified: answer.LastModified}
	if list.lines == 0 {
		// An empty success is not believed: the next poll asks again.
		return problem.New(problem.Malformed, "OSV's list of changes of %s is empty, which it never is; it is asked for again with the next poll", name)
	}
	switch {
	case !list.reached:
		// Everything changed, or the list breaks off: only the archive has it all.
		return p.load(name, nil, next, false)
	case len(list.ids) > p.config.Single:
		return p.load(name, list.ids, next, false)
	}
	for ids := list.ids; ; {
		n := min(len(ids), singlesAStep)
		found, err := p.singles(name, ids[:n])
		if err != nil {
			return err
		}
		for _, in := range found {
			next.Watermark = later(next.Watermark, p.sure(in.Advisory.Modified))
		}
		if ids = ids[n:]; len(ids) > 0 {
			if err := p.step(intel.Step{Advisories: found}); err != nil {
				return err
			}
			continue
		}
		if list.bad > 0 {
			found = append(found, intel.Incoming{Path: name + "/modified_id.csv", Refused: fmt.Errorf("%d lines make no sense", list.bad)})
		}
		p.cursor.Ecosystems[name] = next
		return p.step(intel.Step{Advisories: found})
	}
}

// singles fetches records, a few at once, in the order of their ids.
func (p *poll) singles(ecosystem string, ids []string) ([]intel.Incoming, error) {
	found := make([]intel.Incoming, len(ids))
	work, ctx := errgroup.WithContext(p.ctx)
	work.SetLimit(singlesAtOnce)
	for i, id := range ids {
		work.Go(func() (err error) {
			found[i], err = p.single(ctx, ecosystem, id)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	return found, nil
}

// singleTries is how often a record is fetched that arrives and is no JSON.
const singleTries = 3

// single fetches one record. One that is listed and not there was taken from the bucket in between; one that is broken
// time and again is refused, so that it cannot hold up the rest. Its tries do not count as failures of the bucket.
func (p *poll) single(ctx context.Context, ecosystem, id string) (intel.Incoming, error) {
	in := intel.Incoming{Path: ecosystem + "/" + id + ".json"}
	for range singleTries {
		answer, err := p.fetch.Get(ctx, fetch.Request{URL: p.address(ecosystem, id+".json"), Want: fetch.JSON, MaxBody: p.bounds.record})
		if problem.Is(err, problem.NotFound) {
			in.Refused = fmt.Errorf("listed as changed and not there: %w", err)
			return in, nil
		}
		if err != nil {
			return in, err
		}
		if json.Valid(bytes.TrimPrefix(answer.Body, utf8BOM)) {
			in.Advisory, in.Warnings, in.Refused = Parse(answer.Body)
			return in, nil
		}
	}
	in.Refused = fmt.Errorf("no JSON, or cut off, %d times in a row", singleTries)
	return in, nil
}

// later gives the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
