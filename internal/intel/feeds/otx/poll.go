package otx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// cursor is where a poll goes on.
type cursor struct {
	// Watermark is the latest modification among the pulses of the passes that came to their end.
	Watermark time.Time `json:"watermark,omitzero"`
	// Pass is a reading of the list that is under way.
	Pass *pass `json:"pass,omitempty"`
	// Events is the time of the latest event that was heeded.
	Events time.Time `json:"events,omitzero"`
}

// pass is one reading of the list of pulses, from the newest to the oldest of those modified since.
type pass struct {
	Since  time.Time `json:"since"`
	Offset int       `json:"offset"`
	Size   int       `json:"size"`             // of pages that passed last
	Failed int       `json:"failed,omitempty"` // polls in a row that got no further
	Newest time.Time `json:"newest,omitzero"`
}

const (
	// overlap is how far behind the watermark pulses are read again. Events are not: a report that was taken back and is
	// there again must not be taken back twice.
	overlap = 15 * time.Minute
	// pageSize is what passes for most accounts.
	pageSize = 20
	// skipsInARow is how many single pulses may fail one after the other before the account counts as failing.
	skipsInARow = 3
	// givenUpAfter is how many polls may end at one place before what lies behind it is given up.
	givenUpAfter = 3
	// detailSize and maxIndicators bound the reading of a pulse's indicators.
	detailSize    = 100
	maxIndicators = 20_000
)

type poll struct {
	*Client
	ctx     context.Context
	yield   func(intel.Step, error) bool
	clients *clients
	cursor  cursor
	done    int64
}

// errStopped says that whoever polls wants no more steps, or that the poll has done its share.
var errStopped = errors.New("no more steps")

// Poll implements intel.Feed. Without a key the error has intel.ErrNotSetUp in its chain.
func (c *Client) Poll(ctx context.Context, ask intel.Ask) iter.Seq2[intel.Step, error] {
	return func(yield func(intel.Step, error) bool) {
		if ask.Key == "" {
			yield(intel.Step{}, notSetUp())
			return
		}
		p := &poll{Client: c, ctx: ctx, yield: yield, clients: c.with(ask.Key)}
		// A cursor of another form comes of another version: everything is read anew, which does no harm.
		if json.Unmarshal(ask.Cursor, &p.cursor) != nil {
			p.cursor = cursor{}
		}
		if err := p.run(ask.Reconcile, ask.Wanted); err != nil && !errors.Is(err, errStopped) {
			yield(intel.Step{}, err)
		}
	}
}

func (p *poll) run(reconcile bool, wanted []string) error {
	now := p.options.Now().UTC()
	// Events come first: a pulse that is listed after it was taken back is there again.
	if err := p.events(now); err != nil {
		return err
	}
	if err := p.wanted(wanted); err != nil {
		return err
	}
	if p.cursor.Pass == nil || reconcile {
		since := p.cursor.Watermark.Add(-overlap)
		if p.cursor.Watermark.IsZero() || reconcile {
			since = now.Add(-p.config.LookBack)
		}
		p.cursor.Pass = &pass{Since: since}
	}
	return p.pulses(now)
}

// step hands out a step with the cursor as it is.
func (p *poll) step(s intel.Step) error {
	encoded, err := json.Marshal(p.cursor)
	if err != nil {
		return fmt.Errorf("encode the cursor: %w", err)
	}
	s.Cursor = encoded
	p.done += int64(len(s.Reports))
	s.Done = p.done
	for _, in := range s.Reports {
		if m := in.Report.Modified; m.After(s.Newest) {
			s.Newest = m
		}
	}
	if !p.yield(s, nil) {
		return errStopped
	}
	return nil
}

// pulses reads the list on from where the pass is.
func (p *poll) pulses(now time.Time) error {
	at := p.cursor.Pass
	path := "pulses/" + p.config.List
	w := p.walk(p.clients, path, url.Values{"modified_since": {isoTime(at.Since)}}, at.Offset, pageSize)
	if at.Size > 0 {
		w.now = at.Size // what failed before the poll was cut off is not tried again
	}
	// Single pulses that fail are left out only if one after them passes: else nothing passes, which is another matter.
	var left []intel.IncomingReport
	for pages := 0; ; {
		got, err := w.next(p.ctx)
		if err != nil {
			if !tooMuch(err) {
				return err
			}
			if len(left)+1 == skipsInARow {
				return p.stuck(err, now)
			}
			w.skip()
			left = append(left, intel.IncomingReport{
				Path: fmt.Sprintf("%s, number %d", path, w.offset), Refused: fmt.Errorf("left out: OTX does not hand it out: %w", err),
			})
			continue
		}
		step, err := p.page(got)
		if err != nil {
			return err
		}
		step.Total = max(got.Count, 0)
		for _, in := range step.Reports {
			if m := in.Report.Modified; m.After(at.Newest) {
				at.Newest = m
			}
		}
		step.Reports, left = append(left, step.Reports...), nil
		at.Offset, at.Size, at.Failed = w.offset, w.now, 0
		if got.Next == nil || len(got.Results) == 0 {
			return p.end(step, now)
		}
		if err := p.step(step); err != nil {
			return err
		}
		if pages++; pages >= p.config.Pages {
			return errStopped // the next poll goes on from here
		}
	}
}

// stuck ends a poll that gets no further. What fails again and again behind pages that passed is given up, since deep
// pages fail for some accounts and must not keep newer pulses from being read; it is tried again when all is reconciled.
func (p *poll) stuck(err error, now time.Time) error {
	at := p.cursor.Pass
	if at.Failed++; at.Failed < givenUpAfter || at.Offset == 0 {
		if stopped := p.step(intel.Step{}); stopped != nil {
			return stopped
		}
		return p.tooSlow(err)
	}
	return p.end(intel.Step{Reports: []intel.IncomingReport{{
		Path:    fmt.Sprintf("pulses/%s, from number %d on", p.config.List, at.Offset+1),
		Refused: fmt.Errorf("left out: OTX did not hand out older reports in %d polls in a row: %w", at.Failed, err),
	}}}, now)
}

// end closes a pass with its last step.
func (p *poll) end(step intel.Step, now time.Time) error {
	newest := p.cursor.Pass.Newest
	p.cursor.Pass = nil
	if newest.After(now) {
		newest = now // a pulse from the future must not hide what comes until then
	}
	if newest.After(p.cursor.Watermark) {
		p.cursor.Watermark = newest
	}
	if p.cursor.Watermark.IsZero() && len(step.Reports) == 0 {
		what := "subscriptions: subscribe to the pulses or users whose reports are wanted, such as AlienVault, at otx.alienvault.com"
		if p.config.List == Activity {
			what = "activity to show"
		}
		step.Reports = append(step.Reports, intel.IncomingReport{Path: "pulses/" + p.config.List, Refused: problem.New(problem.NotFound,
			"OTX takes the key and has no report of the last %d days for it. Most likely the account has no %s.", int(p.config.LookBack.Hours()/24), what)})
	}
	return p.step(step)
}

// tooSlow puts a failed pass in words.
func (p *poll) tooSlow(err error) error {
	what := "This happens to accounts with many subscriptions; switch OTX from subscribed to activity in the settings, or take subscriptions off the account."
	if p.config.List == Activity {
		what = "It is tried again with the next poll, from where this one got to."
	}
	return problem.Wrap(problem.Unavailable, err, "OTX hands out no page of its %s list, not even with one report in it: %s %s",
		p.config.List, sentence(err), what)
}

func sentence(err error) string {
	var e *problem.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "the request failed."
}

// page reads the pulses of a page, and the rest of the indicators of those whose list is cut.
func (p *poll) page(got page) (intel.Step, error) {
	var step intel.Step
	for i, raw := range got.Results {
		in := intel.IncomingReport{Path: fmt.Sprintf("pulses/%s#/results/%d", p.config.List, i)}
		report, more, err := Parse(raw)
		if err != nil {
			in.Refused = err
			step.Reports = append(step.Reports, in)
			continue
		}
		in.Path = "pulses/" + report.ID
		if more {
			if err := p.indicators(&report); err != nil {
				return step, err
			}
		}
		in.Report = report
		step.Reports = append(step.Reports, in)
	}
	return step, nil
}

// indicators reads all indicators of a pulse. Where that fails, or they are too many, it keeps what there is and says
// that the list is not whole; the error is the context's.
func (p *poll) indicators(r *intel.Report) error {
	w := p.walk(p.clients, "pulses/"+url.PathEscape(r.ID)+"/indicators", nil, 0, detailSize)
	for {
		got, err := w.next(p.ctx)
		if p.ctx.Err() != nil {
			return err
		}
		if err != nil {
			r.Partial = true
			return nil
		}
		addIndicators(r, got.Results)
		switch {
		case got.Next == nil || len(got.Results) == 0:
			return nil
		case len(r.Indicators) >= maxIndicators || w.offset >= 2*maxIndicators:
			r.Partial = true
			return nil
		}
	}
}

// wanted reads single pulses whole. One that OTX does not hand out costs itself alone.
func (p *poll) wanted(ids []string) error {
	var step intel.Step
	for _, id := range ids {
		in := intel.IncomingReport{Path: "pulses/" + id}
		raw, _, err := fetch.GetJSON[json.RawMessage](p.ctx, p.clients.pages, fetch.Request{
			URL: p.config.URL + "/api/v1/pulses/" + url.PathEscape(id), Tries: 2,
		})
		if p.ctx.Err() != nil {
			return p.ctx.Err()
		}
		more := false
		if err == nil {
			in.Report, more, err = Parse(raw)
		}
		if err != nil {
			in.Report, in.Refused = intel.Report{}, fmt.Errorf("asked for in full: %w", err)
		} else if more || len(in.Report.Indicators) == 0 {
			if err := p.indicators(&in.Report); err != nil {
				return err
			}
		}
		step.Reports = append(step.Reports, in)
	}
	if len(step.Reports) == 0 {
		return nil
	}
	return p.step(step)
}

// isoTime writes a time as OTX's own client does: UTC, without saying so.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000") }
