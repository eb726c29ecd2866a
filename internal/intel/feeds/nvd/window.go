package nvd

import (
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
)

// span is the longest stretch of changes that is asked for. NVD admits 120 consecutive days; whether both ends count is
// not worth finding out.
const span = 119 * 24 * time.Hour

// catchUp reads what changed since the watermark, in windows. It reports false where there is more than a poll may read.
//
// The watermark is the newest change that was stored, never a time at which NVD was asked: an empty success cannot be
// told from a fault. Windows begin before it, so that they hold at least the newest record again.
func (p *poll) catchUp() (bool, error) {
	c, most := &p.cursor, int64(p.settings.PerPoll)
	for {
		if c.Window == nil {
			c.Window = p.window(c.Watermark.Add(-p.settings.Overlap))
		}
		w := c.Window
		last := !w.To.Before(p.now)
		done, err := p.walk(w, func() {
			switch {
			case !w.Newest.IsZero():
				c.Pending = later(c.Pending, w.Newest)
			case c.Suspect.IsZero() && (c.Doubt.Before(w.From) || c.Doubt.After(w.To)):
				c.Suspect = w.From
			}
			if last {
				p.finish()
			} else {
				c.Window = p.window(w.To)
			}
		}, most-p.done)
		if err != nil || !done || last {
			return last && done, err
		}
	}
}

func (p *poll) window(from time.Time) *window {
	w := &window{From: from, To: earlier(from.Add(span), p.now)}
	if !w.To.After(w.From) { // NVD's clock went back, or it is a mirror that stands still
		w.To = w.From.Add(p.settings.Overlap + time.Second)
	}
	return w
}

// finish moves the watermark over everything that was read. It stops before a window that was empty and should perhaps
// not have been, if later ones were not.
func (p *poll) finish() {
	c := &p.cursor
	if c.Pending.IsZero() {
		if c.EmptyPolls == 0 {
			c.EmptySince = p.now
		}
		c.EmptyPolls++
	} else {
		c.EmptyPolls, c.EmptySince = 0, time.Time{}
	}
	c.Doubt = time.Time{}
	if !c.Suspect.IsZero() && c.Suspect.Before(c.Pending) {
		c.Doubt, c.Pending = c.Suspect, c.Suspect
	}
	c.Watermark = later(c.Watermark, c.Pending)
	c.Window, c.Pending, c.Suspect = nil, time.Time{}, time.Time{}
}

// steadfast is how often a page is read again because records went out of the list before it, and shorts how many polls
// may end with fewer records than were announced.
const (
	steadfast = 50
	shorts    = 3
)

// walk reads a window from where its cursor stands, page by page, each a step. complete is called before the last of
// them goes out. It reports false where it read as many as it may and there are more.
func (p *poll) walk(w *window, complete func(), most int64) (bool, error) {
	began := p.done
	base := began - int64(w.Start)
	for {
		got, err := p.smaller(query{from: w.From, to: w.To, start: w.Start, known: w.Total})
		if err != nil {
			enough, err := p.disbelieve(w, err)
			if !enough {
				return false, err
			}
			complete()
			return true, p.emit(intel.Step{})
		}
		if w.Began.IsZero() {
			w.Began = got.Time
		}
		p.take(w, got)
		ended := w.turn(len(got.records), got.Total)
		if p.total = base + int64(w.Total); ended {
			p.total = p.done
			complete()
		}
		if err := p.emit(intel.Step{Advisories: got.records}); err != nil {
			return false, err
		}
		if ended {
			return true, nil
		}
		if p.done-began >= most {
			return false, nil
		}
	}
}

// turn moves on after a page and reports whether the window was read to its end.
//
// A total that shrank means that records left the list, and as many of the others moved up over the page's border and
// were not seen: those are read next. From then on pages overlap by more than what leaves.
func (w *window) turn(records, total int) (ended bool) {
	missed := 0
	if gone := w.Total - total; w.Start > 0 && gone > 0 {
		w.Margin = max(w.Margin, 2*gone)
		if gone > w.Overlap && w.Back < steadfast {
			missed = gone - w.Overlap
			w.Back++
		}
	}
	next := w.Start + records
	w.Total = total
	switch {
	case missed > 0:
		next = w.Start - missed
	case next >= total:
		w.Start = next
		return true
	}
	w.Start = max(0, next-min(w.Margin, records/2))
	w.Overlap = next - w.Start
	return false
}

// take counts a page's records and notes the newest of them. A time after NVD's own now is a slip that would have the
// watermark leap over what comes until then.
func (p *poll) take(w *window, got page) {
	p.done += int64(len(got.records))
	for _, in := range got.records {
		if m := in.Advisory.Modified; m.After(w.Newest) && !m.After(got.Time) {
			w.Newest = m
		}
		if p.each != nil {
			p.each(in)
		}
	}
}

// disbelieve ends the poll on an answer that stayed implausible, and has the window read from its beginning next time:
// what was announced then may not be there now. A window that never gives as many records as it announces is taken for
// complete in the end, so that no slip in NVD's counting holds the feed up for ever.
func (p *poll) disbelieve(w *window, err error) (enough bool, _ error) {
	if f := fetch.FailureOf(err); f == nil || !p.implausible || f.Status != 0 || w.Total == 0 {
		return false, err
	}
	if w.Short++; w.Short == shorts {
		return true, nil
	}
	w.Start, w.Total, w.Overlap = 0, 0, 0
	if err := p.emit(intel.Step{}); err != nil {
		return false, err
	}
	return false, err
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
