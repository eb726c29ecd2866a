package osv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// singlesAStep bounds the records of a step that were fetched one by one, so that people see something happen.
const singlesAStep = 100

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
	var found []intel.Incoming
	for i, id := range list.ids {
		in, err := p.single(name, id)
		if err != nil {
			return err
		}
		found = append(found, in)
		if in.Advisory.Modified.After(next.Watermark) {
			next.Watermark = p.sure(in.Advisory.Modified)
		}
		if len(found) == singlesAStep && i+1 < len(list.ids) {
			if err := p.step(intel.Step{Advisories: found}); err != nil {
				return err
			}
			found = nil
		}
	}
	if list.bad > 0 {
		found = append(found, intel.Incoming{Path: name + "/modified_id.csv", Refused: fmt.Errorf("%d lines make no sense", list.bad)})
	}
	p.cursor.Ecosystems[name] = next
	return p.step(intel.Step{Advisories: found})
}

// singleTries is how often a record is fetched that arrives and is no JSON.
const singleTries = 3

// single fetches one record. One that is listed and not there was taken from the bucket in between; one that is broken
// time and again is refused, so that it cannot hold up the rest. Its tries do not count as failures of the bucket.
func (p *poll) single(ecosystem, id string) (intel.Incoming, error) {
	in := intel.Incoming{Path: ecosystem + "/" + id + ".json"}
	for range singleTries {
		answer, err := p.fetch.Get(p.ctx, fetch.Request{URL: p.address(ecosystem, id+".json"), Want: fetch.JSON, MaxBody: p.bounds.record})
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
